// Keeps the app's own files, so that it starts without a network. What it shows is in IndexedDB; the API is not cached.

const CACHE = 'app';

/** Fetches the page and the files that it names. The page comes last: it is never kept without its files. */
async function refresh() {
  const cache = await caches.open(CACHE);
  const page = await fetch('/', { cache: 'no-cache' });
  if (!page.ok) throw new Error(`The app's page answers ${page.status}.`);
  const files = [...(await page.clone().text()).matchAll(/"(\/assets\/[^"]+)"/g)].map(([, file]) => file);
  const kept = (await cache.keys()).map(({ url }) => new URL(url).pathname);
  await cache.addAll(files.filter((file) => !kept.includes(file)));
  await cache.put('/', page);
  const gone = kept.filter((file) => file !== '/' && !files.includes(file));
  await Promise.all(gone.map((file) => cache.delete(file)));
}

self.addEventListener('install', (event) => event.waitUntil(refresh().then(() => self.skipWaiting())));

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (pathname !== '/' && !pathname.startsWith('/assets/')) return;
  // The files are the same for everybody, whatever `Vary` a server sends.
  const kept = caches.match(request, { ignoreSearch: true, ignoreVary: true });
  event.respondWith(kept.then((response) => response ?? fetch(request)));
  // A new version is there at the next start. Without a network there is none.
  if (pathname === '/') event.waitUntil(refresh().catch(() => undefined));
});
