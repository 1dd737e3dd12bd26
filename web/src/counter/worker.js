/* The counter's service worker: keeps the shell of the counter (its page, scripts and styles), so that the counter opens
 * while the server is away. It answers for nothing else: what the API says is never kept here. The build writes the list
 * of the shell's files and a digest of it in front: SHELL, VERSION. */
const name = `relode-${VERSION}`;

self.addEventListener('install', (e) => {
	e.waitUntil((async () => {
		const cache = await caches.open(name);
		await cache.addAll(SHELL.map((url) => new Request(url, { cache: 'no-cache' })));
		await self.skipWaiting();
	})());
});
self.addEventListener('activate', (e) => {
	e.waitUntil((async () => {
		for (const old of await caches.keys())
			if (old.startsWith('relode-') && old !== name)
				await caches.delete(old);
		await self.clients.claim();
	})());
});

/* The page comes from the server when it answers soon, so that a new version is seen at once. */
async function page(request) {
	const stop = new AbortController(), late = setTimeout(() => stop.abort(), 4000);
	try {
		const r = await fetch(request.url, { signal: stop.signal, credentials: 'same-origin' });
		if (r.ok)
			return r;
	} catch {
		/* away, or too slow: the one that is kept */
	} finally {
		clearTimeout(late);
	}
	return (await caches.match('/', { cacheName: name })) ?? Response.error();
}
self.addEventListener('fetch', (e) => {
	const url = new URL(e.request.url);
	if (e.request.method !== 'GET' || url.origin !== location.origin)
		return;
	if (e.request.mode === 'navigate')
		e.respondWith(page(e.request));
	else if (SHELL.includes(url.pathname))
		e.respondWith(caches.match(url.pathname, { cacheName: name }).then((kept) => kept ?? fetch(e.request)));
});
