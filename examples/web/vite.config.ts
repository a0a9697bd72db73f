import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Pages ask their own origin, as they do behind a CDN or a reverse proxy.
const proxy = { '/graphql': { target: process.env.FOLKMOOT_URL ?? 'http://127.0.0.1:8000', ws: true } };

export default defineConfig({
  plugins: [react()],
  server: { proxy },
  preview: { proxy },
});
