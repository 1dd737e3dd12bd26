/* What the app weighs and how soon it answers, in Chromium with a processor slowed four times: one line a page.
 *
 *   kB        what comes over the network when the page is opened with nothing kept, compressed (scripts, styles, page)
 *   FCP       first contentful paint, median of five, ms
 *   LCP       largest contentful paint, median of five, ms
 *   CLS       how much the page jumped while it loaded
 *   answer    from a key or click to the next paint (Event Timing), the slowest of those tried, median of five, ms
 *
 * usage: node figures.mjs [part of a name]   (RELODE_SAMPLE as for the tests; RUNS=3 for medians of three) */
import { launch, serve, World } from './lib.mjs';

const press = (name) => async (page) => page.getByRole('button', { name }).first().click();
const pages = [
	['owner: start', undefined, '/', async (page) => page.keyboard.type('iphone 13', { delay: 30 })],
	['owner: quote', undefined, '/quote/category?c=phone', async (page) => page.getByRole('radio').first().check()],
	['owner: book', undefined, '/book', undefined],
	['owner: open order', undefined, '/o', async (page) => page.locator('main input').first().fill('000Z')],
	['passport', undefined, async (t) => `/p/1/${(await t.api('admin', 'GET', '/v1/cities/1/devices?limit=1')).items[0].device}`, undefined],
	['counter', 'counter', '/counter', async (page) => page.keyboard.type('353918112345679', { delay: 10 })],
	['bench', 'bench', '/bench', undefined],
	['stock', 'bench', '/stock', undefined],
	['offers', 'buyer', '/offers', undefined],
	['recovery', 'recycler', '/recovery', press('Open a batch')],
	['city', 'officer', '/city', undefined],
	['money', 'officer', '/money', undefined],
	['administration', 'admin', '/admin', press('Add a user')],
];
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const server = await serve(), browser = await launch(), t = new World(server, browser);
console.log('page                 kB   FCP   LCP   CLS answer');
for (const [name, role, path, act] of pages) {
	if (process.argv[2] && !name.includes(process.argv[2]))
		continue;
	const runs = [];
	for (let i = 0; i < Number(process.env.RUNS ?? 5); i++) {
		const page = await t.as(role, { size: role ? 'desktop' : 'phone' });
		const cdp = await page.context().newCDPSession(page);
		let bytes = 0;
		await cdp.send('Network.enable');
		await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
		cdp.on('Network.responseReceived', (e) => (e.response.url.includes('/v1/') ? skip.add(e.requestId) : undefined));
		const skip = new Set();
		cdp.on('Network.loadingFinished', (e) => (bytes += skip.has(e.requestId) ? 0 : e.encodedDataLength));
		await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
		await page.addInitScript(() => {
			window.seen = { lcp: 0, cls: 0, answer: 0 };
			new PerformanceObserver((l) => l.getEntries().forEach((e) => (window.seen.lcp = e.startTime))).observe({ type: 'largest-contentful-paint', buffered: true });
			new PerformanceObserver((l) => l.getEntries().forEach((e) => (window.seen.cls += e.hadRecentInput ? 0 : e.value))).observe({ type: 'layout-shift', buffered: true });
			new PerformanceObserver((l) => l.getEntries().forEach((e) => (window.seen.answer = Math.max(window.seen.answer, e.duration)))).observe({ type: 'event', buffered: true, durationThreshold: 16 });
		});
		await t.go(page, typeof path === 'function' ? await path(t) : path);
		if (act)
			await act(page);
		await page.waitForTimeout(400);
		const fcp = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
		runs.push({ kb: bytes / 1024, fcp, ...(await page.evaluate(() => window.seen)) });
		await t.closeAll();
	}
	const m = (k) => median(runs.map((r) => r[k]));
	console.log(`${name.padEnd(18)} ${m('kb').toFixed(0).padStart(4)} ${m('fcp').toFixed(0).padStart(5)} ${m('lcp').toFixed(0).padStart(5)} ${m('cls').toFixed(3).padStart(5)} ${(act ? m('answer').toFixed(0) : '-').padStart(6)}`);
}
await browser.close();
await server.stop();
server.remove();
