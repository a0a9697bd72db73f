// Keeps the app's own files, so that it starts without a network. What it shows is in IndexedDB; the API is not cached.

const CACHE = 'app';

/** Fetches the page and the files that it names. The page comes last: it is never kept without its files. */
async function refresh() {
  const cache = await caches.open(CACHE);
  const page = await fetch('/', { cache: 'no-cache' });
  if (!page.ok || page.redirected) throw new Error(`The app's page answers ${page.status} at ${page.url}.`);
  const files = await namedBy(page.clone());
  if (files.length === 0) throw new Error('This is not the app, which names its files.');
  const before = await namedBy(await cache.match('/'));
  const kept = (await cache.keys()).map(({ url }) => new URL(url).pathname);
  await cache.addAll(files.filter((file) => !kept.includes(file)));
  await cache.put('/', page);
  // A window that is open may still want the files of the page before.
  const gone = kept.filter((file) => file !== '/' && !files.includes(file) && !before.includes(file));
  await Promise.all(gone.map((file) => cache.delete(file)));
}

/** The files that a page names. */
async function namedBy(page) {
  const text = (await page?.text()) ?? '';
  return [...text.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, file]) => file);
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
