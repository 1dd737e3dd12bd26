/* The owner's whole way: find, answer, book without an account, open by code and PIN, follow, and decide on a new offer:
 * one declines and has the device back, another accepts. The counter and the bench work through the API meanwhile. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test, run } from './lib.mjs';
import { answer, book, itemOf, lookAgain, open, quote, sure, words } from './steps.mjs';

/** The bench finds a cracked screen, with a photo of it. */
async function inspectWorse(t, item, device) {
	const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
	const photo = await t.api('admin', 'POST', '/v1/cities/1/evidence', { device, purpose: 'photo', content: png });
	const list = await t.api('admin', 'GET', '/v1/cities/1/tests?category=phone');
	await t.api('admin', 'POST', `/v1/cities/1/items/${item}/inspections`, {
		tests: list.tests.map((x) => ({ test: x.code, result: 'pass' })), marks: [{ part: 'screen', severity: 'cracked' }], photos: [{ evidence: photo.evidence, about: 'screen' }],
		battery_percent: 90, activation_lock: 'off', stolen: 'clear',
	});
}

async function whole(t, lang, size, accept) {
	const w = words[lang], page = await t.as(undefined, { lang, size });
	await quote(t, page, size === 'phone');
	await page.evaluate(() => scrollTo(0, 0));
	await t.axe(page, 'quote');
	await page.getByRole('button', { name: w.book }).click();
	const order = await book(t, page, w);

	/* somebody else's browser: the code and the PIN are enough */
	const other = await t.as(undefined, { lang, size });
	await open(t, other, order);
	const booked = await itemOf(t, order.code), { item } = booked;

	/* the counter takes it, the owner confirms, the bench inspects */
	await t.api('admin', 'POST', `/v1/cities/1/items/${item}/take-in`, { stolen: 'clear' });
	await lookAgain(t, other);
	await sure(other, w.give);
	const { device } = await t.api('admin', 'GET', `/v1/cities/1/items/${item}`);
	await inspectWorse(t, item, device);

	await lookAgain(t, other);
	await other.getByRole('heading', { name: w.offer, exact: true }).waitFor();
	await other.locator('.offer td.found', { hasText: w.cracked }).waitFor();
	await other.locator('.offer .photos img').waitFor();
	const steps = (await t.api('admin', 'GET', `/v1/cities/1/items/${item}/inspections`)).items[0];
	if (steps.defects.reduce((s, d) => s + d.step_minor, 0) !== steps.offered_minor - booked.quoted_minor)
		throw new Error('the steps do not add up to the difference');
	if (accept) {
		await other.getByRole('button', { name: w.accept }).click();
		await t.axe(other, 'accept?');
		await other.getByRole('button', { name: w.yes }).click();
		await other.getByText(w.agreed).waitFor();
		await lookAgain(t, other);
	} else {
		await other.getByRole('button', { name: w.decline }).click();
		await t.axe(other, 'decline?');
		await other.getByRole('button', { name: w.yes_back }).click();
		await other.locator('dialog').waitFor({ state: 'detached' });
		await t.api('admin', 'POST', `/v1/cities/1/items/${item}/return-given`, {});
		await lookAgain(t, other);
		await sure(other, w.back);
		await other.getByText(w.returned).waitFor();
		await lookAgain(t, other);
	}
	const state = (await t.api('admin', 'GET', `/v1/cities/1/items/${item}`)).state;
	if (state !== (accept ? 'agreed' : 'returned'))
		throw new Error(`the item is ${state}`);
	/* anyone reads the passport */
	await t.go(page, `/p/1/${device}`);
	await t.axe(page, 'passport');
	await t.fits(page);
}
test('an owner declines a new offer and has the device back', (t) => whole(t, 'en', 'desktop', false));
test('an owner accepts a new offer, on a phone, in Chinese', (t) => whole(t, 'zh', 'phone', true));

test('the drawer keeps several devices and books them at once', async (t) => {
	const w = words.en, page = await t.as(undefined, {});
	await t.go(page, '/drawer');
	await t.axe(page, 'an empty drawer');
	await quote(t, page, false);
	await page.getByRole('button', { name: w.keep }).click();
	await page.waitForURL('**/drawer');
	await t.go(page, '/quote/category?c=washing_machine');
	await answer(page, false);
	await t.settle(page);
	await page.getByRole('button', { name: w.keep }).click();
	await page.waitForURL('**/drawer');
	await page.reload(); /* it is kept */
	await page.getByRole('button', { name: 'Book 2 devices' }).click();
	const order = await book(t, page, w);
	const kept = await page.evaluate(() => localStorage.getItem('relode.drawer'));
	if (kept !== '[]')
		throw new Error(`the drawer still has ${kept}`);
	/* one of them is cancelled before the hand-over */
	await page.getByRole('button', { name: w.order }).click();
	await page.waitForURL('**/order');
	await t.settle(page);
	await page.getByRole('button', { name: w.cancel, exact: true }).first().click();
	await page.getByRole('button', { name: w.yes_cancel }).click();
	await page.getByText(w.cancelled).waitFor();
	const found = await t.api('admin', 'GET', `/v1/cities/1/find?text=${order.code}`);
	const { devices } = await t.api('admin', 'GET', `/v1/cities/1/orders/${found.items.find((x) => x.kind === 'order').id}`);
	if (devices.map((d) => d.state).sort().join() !== 'booked,cancelled')
		throw new Error(`the items are ${devices.map((d) => d.state)}`);
});

test('the link of an order opens it and does not stay in the address', async (t) => {
	const w = words.en, page = await t.as(undefined, {});
	await t.go(page, '/quote/category?c=fridge');
	await answer(page, false);
	await t.settle(page);
	await page.getByRole('button', { name: w.book }).click();
	await book(t, page, w);
	const link = await page.locator('.link-text').innerText(), other = await t.as(undefined, {});
	await t.go(other, '/drawer');
	await other.goto(link);
	await other.waitForURL('**/order');
	await other.locator('.turn').waitFor();
	const seen = await other.evaluate(() => [location.href, document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join());
	if (seen.includes(link.split('#').pop()))
		throw new Error('the secret of the link is still to be seen');
	await other.goBack();
	if (!other.url().endsWith('/drawer'))
		throw new Error(`the way back leads to ${other.url()}`);
	/* a wrong one says so */
	await t.go(other, '/o/1#ro_1.AAAAAAAAAAAAAAAAAAAAAA');
	await other.locator('.note.bad').first().waitFor();
	await t.axe(other, 'a bad link');
});

test('a locked device is refused with the reason; what is not there is said', async (t) => {
	const page = await t.as(undefined, { lang: 'zh' });
	await t.go(page, '/quote/category?c=phone');
	await page.locator('.choice', { hasText: '未退出或不清楚' }).click();
	await page.getByText('关闭激活锁，然后重新估价').waitFor();
	await t.axe(page, 'refused');
	await t.go(page, '/p/1/42');
	await page.getByText('没有这台设备').waitFor();
	await t.axe(page, 'no such passport');
	await t.go(page, '/order');
	await t.axe(page, 'no order');
	/* without a connection the page says so, and goes on when there is one again */
	await t.go(page, '/quote/category?c=phone');
	await page.context().setOffline(true);
	await page.locator('.choice', { hasText: '玻璃碎裂' }).click();
	await page.locator('.offline').waitFor();
	await t.axe(page, 'offline');
	await page.context().setOffline(false);
	await page.locator('.choice', { hasText: '无法开机' }).click();
	await page.locator('.offline').waitFor({ state: 'detached' });
});
test('what an owner loads is small; the reader of barcodes comes when the camera is opened', async (t) => {
	const page = await t.as(undefined, { size: 'phone' }), loaded = new Set();
	page.on('response', (r) => /\/assets\//.test(r.url()) && loaded.add(new URL(r.url()).pathname));
	const size = (path) => statSync(join(t.server.dir, 'web', `${path}.br`)).size, weigh = () => [...loaded].reduce((sum, path) => sum + size(path), 0);
	for (const path of ['/', '/quote/category?c=laptop', '/drawer', '/book', '/o', '/order', '/p/1/42'])
		await t.go(page, path);
	const most = weigh();
	/* the reader and the charts are the only pieces of their size */
	if (most > 150_000 || [...loaded].some((path) => size(path) > 50_000))
		throw new Error(`an owner loads ${most} bytes: ${[...loaded].join(' ')}`);
	await t.go(page, '/');
	await page.locator('main .actions button').first().click();
	await page.locator('dialog video').waitFor();
	await t.settle(page);
	await t.axe(page, 'the camera');
	if (weigh() > 250_000 || weigh() === most)
		throw new Error(`with the camera an owner loads ${weigh()} bytes`);
});
await run();
