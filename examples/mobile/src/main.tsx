import { render } from 'preact';

import { App } from './app';
import { keepInSync } from './sync';

// While developing, the files are Vite's and change all the time.
if (import.meta.env.PROD) void navigator.serviceWorker.register('/sw.js');
await keepInSync();
render(<App />, document.querySelector('#app')!);
