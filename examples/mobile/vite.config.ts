import { defineConfig } from 'vite';

// The app asks its own origin, as it would behind a reverse proxy.
const proxy = { '/graphql': { target: process.env.FOLKMOOT_URL ?? 'http://127.0.0.1:8000', ws: true } };

export default defineConfig({ server: { proxy }, preview: { proxy } });
