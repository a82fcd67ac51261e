// The demo store's service worker: what it has loaded once it shows without a network.
const CACHE = "larkspur";
const FILES = [
  "/",
  "/demo.css",
  "/demo.js",
  "/pictures.js",
  "/visitors.json",
  "/cdnow-rfm.csv",
  "/edge-clv/index.js",
  "/edge-clv/widget.js",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const ours = origin === self.location.origin && FILES.includes(pathname);
  // The Worker's answers are its own: nothing here stands in for them.
  if (request.method === "GET" && ours) event.respondWith(freshOrKept(request));
});

/** What the network has, or without one what it had; so a new version is never waited for. */
async function freshOrKept(request) {
  const cache = await caches.open(CACHE);
  try {
    const fresh = await fetch(request);
    // One copy, whatever the address asks besides; a store that is full keeps the one it has.
    if (fresh.ok) await cache.put(new URL(request.url).pathname, fresh.clone()).catch(() => {});
    return fresh;
  } catch (why) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw why;
  }
}
