/* The bench and the shelf: a device from our care through inspection, erasure, stock, listing, sale, delivery and return,
 * clicked by those who do it; what is stuck; many at once; a count; 100,000 rows. */
import assert from 'node:assert/strict';
import { run, test } from './lib.mjs';
import { buy, city, scan, sure, untilListed, words } from './steps.mjs';

const state = async (t, device) => (await t.api('admin', 'GET', `${city}/devices/${device}`)).state;
/** A phone in our care that nobody has inspected, at a site. */
async function uninspected(t) {
	const { items } = await t.api('bench', 'GET', `${city}/devices?state=in_custody&limit=1000`);
	const found = items.find((d) => d.grade_c === undefined && d.place === 'site' && d.storage);
	assert.ok(found, 'the sample has a device to inspect');
	return found;
}
for (const [lang, price] of [['en', '123'], ['zh', '124']])
	test(`a device from our care to a buyer and back, ${lang}`, async (t) => {
		const w = words[lang], d = await uninspected(t), page = await t.as('bench', { lang });
		/* scanned: what is next stands there, and Enter does it */
		await scan(t, page, d.label);
		await t.axe(page);
		await page.locator('.huge').click();
		await page.locator('.check-row').first().waitFor();
		await t.settle(page);
		/* by keys, each after what the one before it did: the first fails, is mended, the rest works; the grade comes as facts come in */
		const row = page.locator('.check-row').first(), f = (grade) => page.locator('.grade b').nth(1).filter({ hasText: grade }).waitFor();
		await page.keyboard.press('f');
		await row.locator('[aria-pressed=true].no').waitFor();
		await f('F1');
		await t.axe(page);
		await page.keyboard.press('k');
		await page.locator('.check-row.at[data-row="0"]').waitFor();
		await page.keyboard.press('p');
		await row.locator('[aria-pressed=true].yes').waitFor();
		await page.keyboard.press('a');
		await page.waitForFunction(() => document.querySelectorAll('.answers').length === document.querySelectorAll('.answers .yes[aria-pressed=true]').length);
		await page.getByLabel(w.battery).fill('100');
		await f('F4');
		await page.reload(); /* nothing typed is lost */
		await f('F4');
		await t.settle(page);
		await page.keyboard.press('Control+Enter');
		await page.getByText(w.go).waitFor();
		await t.axe(page);
		if ((await state(t, d.device)) === 'in_custody') /* a lower offer: its owner takes it */
			await t.api('admin', 'POST', `${city}/items/${d.item}/accept`);
		await page.keyboard.press('Enter');
		await page.waitForURL('**/bench/device/*');
		await untilListed(t, page, w, d.device, price);
		/* bought from the deposit, handed over, and back */
		const sale = await buy(t, await t.as('buyer', { lang, size: 'phone' }), w, d.device, price);
		await t.go(page, `/sales/${sale}`);
		await t.axe(page);
		await sure(page, w.deliver);
		await page.getByRole('button', { name: w.take_back }).click();
		await page.getByText(w.defective, { exact: true }).click();
		await page.getByText(w.damaged, { exact: true }).click();
		await t.axe(page);
		await page.getByRole('dialog').getByRole('button', { name: w.take_back }).click();
		await page.getByText(w.sale_returned, { exact: true }).first().waitFor();
		assert.equal(await state(t, d.device), 'owned');
		assert.equal((await t.api('admin', 'GET', `${city}/sales/${sale}`)).state, 'returned');
		/* its page tells all of it */
		await t.go(page, `/devices/${d.device}`);
		await t.axe(page);
		await page.locator('.way li').nth(11).waitFor(); /* the whole history is there */
	});

test('buyers see the photos of the inspection, and only while they may', async (t) => {
	const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
	const d = (await t.api('bench', 'GET', `${city}/devices?state=listed&limit=1000`)).items.find((x) => x.category === 'phone');
	await t.api('bench', 'DELETE', `${city}/devices/${d.device}/listing`);
	const list = await t.api('bench', 'GET', `${city}/tests?category=phone`), add = () => t.api('admin', 'POST', `${city}/evidence`, { device: d.device, content: png });
	const photos = [{ evidence: (await add()).evidence, about: 'screen:cracked' }, { evidence: (await add()).evidence }], loose = await add();
	await t.api('bench', 'POST', `${city}/items/${d.item}/inspections`, { tests: list.tests.map((x) => ({ test: x.code, result: 'pass' })), battery_percent: 95, photos });
	await t.api('bench', 'POST', `${city}/devices/${d.device}/listing`, { price_minor: 66600 });
	for (const lang of ['en', 'zh'])
		for (const size of ['phone', 'desktop']) {
			const page = await t.as(lang === 'en' ? 'buyer' : undefined, { lang, size, theme: size === 'phone' ? 'dark' : 'light' });
			await t.go(page, '/offers');
			const lot = page.locator('.lot').filter({ hasText: '666' });
			await lot.scrollIntoViewIfNeeded();
			await lot.locator('.photo img').waitFor();
			await t.axe(page);
			await t.fits(page);
			await lot.getByRole('button', { name: lang === 'zh' ? '详情' : 'Details' }).click();
			await page.getByRole('dialog').locator('.photos img').nth(1).waitFor();
			assert.equal(await page.getByRole('dialog').locator('.photos img').count(), 2);
			await t.axe(page);
		}
	const see = (who, evidence) => t.api(who, 'GET', `${city}/offers/${d.device}/photos/${evidence}`).then(() => true, () => false);
	assert.deepEqual([await see('buyer', photos[0].evidence), await see('buyer', loose.evidence)], [true, false]);
	const buyer = (await t.api('buyer', 'GET', '/v1/session')).org;
	const { sale } = await t.api('admin', 'POST', `${city}/devices/${d.device}/sales`, { buyer });
	const page = await t.as('buyer');
	await t.go(page, `/sales/${sale}`);
	await page.locator('.photos img').nth(1).waitFor();
	await t.axe(page);
	await t.api('admin', 'POST', `${city}/sales/${sale}/cancellation`);
	assert.equal(await see('buyer', photos[0].evidence), false);
	await t.go(page, `/sales/${sale}`);
	assert.equal(await page.locator('.photos').count(), 0);
});

test('what is stuck has its place, in both sizes', async (t) => {
	for (const size of ['desktop', 'phone']) {
		const page = await t.as('bench', { size });
		await t.go(page, '/bench/stuck');
		await t.axe(page);
		await t.fits(page);
		await t.go(page, '/bench/list');
		await t.axe(page);
		await t.fits(page);
	}
	const page = await t.as('bench');
	await t.go(page, '/bench/stuck');
	const filters = page.getByRole('group', { name: 'Kinds' }).getByRole('button');
	const wanted = Number(await filters.nth(1).locator('b').innerText());
	await filters.nth(1).click();
	await t.settle(page);
	await page.waitForFunction((n) => document.querySelectorAll('.space .tr').length === n, wanted);
	await page.locator('.space .tr a.button').first().click();
	await page.waitForURL((u) => !u.pathname.startsWith('/bench/stuck'));
});

test('what waits, in the order in which it began to wait, and many of it at once', async (t) => {
	for (const [lang, size] of [['en', 'desktop'], ['zh', 'phone']]) {
		const page = await t.as('bench', { lang, size, theme: size === 'phone' ? 'dark' : 'light' });
		const { items } = await t.api('bench', 'GET', `${city}/bench/tasks`), decide = items.find((x) => x.task === 'decide');
		assert.ok(decide.count > 2, 'the sample has devices to decide about');
		const { items: first } = await t.api('bench', 'GET', `${city}/bench/devices?task=decide&limit=3`);
		assert.ok(first[0].since_us <= first[1].since_us && first[1].since_us <= first[2].since_us);
		await t.go(page, '/bench/list');
		await page.getByRole('button', { name: new RegExp(`^${lang === 'zh' ? '待决定' : 'Decide'} ${decide.count}$`) }).click();
		await t.settle(page);
		const shown = await page.locator('.list').innerText();
		assert.ok(shown.indexOf(first[0].label) >= 0 && shown.indexOf(first[0].label) < shown.indexOf(first[1].label), 'the longest waiting first');
		await t.axe(page);
		await t.fits(page);
		if (lang === 'zh')
			continue;
		await page.getByRole('checkbox', { name: 'Select this row' }).first().check();
		await page.getByRole('button', { name: /^Sell or recover/ }).click();
		await page.getByRole('dialog').getByRole('button', { name: /1/ }).last().click();
		await page.getByRole('dialog').getByText(/All 1|1 done|is done/).first().waitFor();
	}
});

test('many at once: prices, one of them refused and tried again', async (t) => {
	const page = await t.as('bench');
	await t.go(page, '/stock');
	await t.axe(page);
	await page.getByLabel('State', { exact: true }).selectOption('listed');
	await t.settle(page);
	const boxes = page.getByRole('checkbox', { name: 'Select this row' });
	await boxes.nth(0).check();
	await boxes.nth(1).check();
	let refuse = true; /* the connection breaks once */
	await page.route('**/listing', (r) => (refuse ? ((refuse = false), r.abort()) : r.continue()));
	await page.getByRole('button', { name: 'Put up for sale' }).click();
	await page.getByText('By percent').click();
	await t.axe(page);
	await page.getByRole('button', { name: 'Do it for 2 devices' }).click();
	await page.getByText('1 done, 1 failed.').waitFor();
	await t.axe(page);
	await page.getByRole('button', { name: /^Try the 1 failed one/ }).click();
	await page.getByText('All 2 are done.').waitFor();
});

test('a site is counted: what is missing is named before it is written off', async (t) => {
	const page = await t.as('bench');
	await t.go(page, '/stock/count?site=2');
	await t.axe(page);
	const { items } = await t.api('bench', 'GET', `${city}/stock?site=2&limit=1000`);
	const here = items.filter((d) => d.place === 'site'), missing = here.find((d) => d.state === 'listed');
	await page.fill('#count', 'no such label');
	await page.keyboard.press('Enter');
	await page.getByText('is not known here').waitFor();
	for (const d of here.filter((x) => x !== missing)) {
		await page.fill('#count', d.label);
		await page.keyboard.press('Enter');
		await page.locator('.count-last').filter({ hasText: d.label }).waitFor();
	}
	await page.reload(); /* nothing scanned is lost */
	await t.settle(page);
	await page.getByRole('row').filter({ hasText: missing.label }).waitFor();
	await t.axe(page);
	await page.getByRole('button', { name: 'Record the count' }).click();
	await page.getByText('1 device in stock was not seen').waitFor();
	await page.getByRole('dialog').getByRole('button', { name: 'Record the count' }).click();
	await page.getByText('The count is recorded.').waitFor();
	await t.axe(page);
	assert.equal(await state(t, missing.device), 'lost');
	/* found again, on its page */
	await t.go(page, `/devices/${missing.device}`);
	await page.getByRole('button', { name: 'Found again' }).click();
	await page.getByRole('dialog').getByLabel('At which site').selectOption('2');
	await page.getByRole('dialog').getByRole('button', { name: 'Found again' }).click();
	await page.waitForFunction(() => document.querySelector('.way li strong')?.textContent === 'Found again');
});

test('100,000 rows scroll, and only those in sight are drawn', async (t) => {
	const page = await t.as('bench');
	const items = Array.from({ length: 100000 }, (_, i) => ({ city: 1, device: i + 1, category: 'phone', grade_c: i % 7, grade_f: 4, state: 'listed', listed_minor: 1000 + i, since_us: 1.79e15, site: 2, returns: 0, label: `ROW-${i + 1}`, place: 'site', storage: true, mass_mg: 1 }));
	await page.route(`**${city}/stock?*`, (r) => r.fulfill({ json: { items } }));
	await t.go(page, '/stock');
	await page.getByText('100,000 rows').waitFor();
	await page.locator('.view').evaluate((v) => v.scrollTo(0, v.scrollHeight));
	await page.getByText('ROW-100000', { exact: true }).waitFor();
	assert.ok((await page.locator('.space .tr').count()) < 80, 'only the rows in sight');
	await page.locator('.view').evaluate((v) => v.scrollTo(0, 50000 * 48));
	await page.getByText('ROW-50001', { exact: true }).waitFor();
});

/** The rows of a list that are drawn: where they lie, and whether a finger at their middle would meet them. */
const drawn = (view) => view.evaluate((v) => {
	v.scrollIntoView({ block: 'center' });
	const box = v.getBoundingClientRect(), head = v.querySelector('.tr.th:not(.hide)')?.getBoundingClientRect().height ?? 0;
	return [...v.querySelectorAll('.space .tr')].map((row) => {
		const r = row.getBoundingClientRect(), y = (Math.max(r.top, box.top + head) + Math.min(r.bottom, box.bottom)) / 2;
		const inside = r.bottom > box.top + head + 8 && r.top < box.bottom - 8;
		return { top: r.top, bottom: r.bottom, left: r.left, right: r.right, text: row.innerText.trim(), n: Number(row.ariaRowIndex ?? row.getAttribute('aria-rowindex')), inside, met: inside && row.contains(document.elementFromPoint(r.left + r.width / 3, y)) };
	}).sort((a, b) => a.top - b.top);
});
test('on a phone the rows of lists are really to be seen, from the first to the last', async (t) => {
	for (const [role, path] of [['bench', '/stock'], ['bench', '/bench/stuck'], ['officer', '/city/lives?from=2000-01-01&to=2100-01-01'], ['officer', '/money/owed?kind=merchant'], ['admin', '/admin/catalogue'], ['admin', '/admin/parties']]) {
		const page = await t.as(role, { size: 'phone' });
		await t.go(page, path);
		const view = page.locator('main .list .view').first();
		await view.waitFor();
		const look = async (end) => {
			const rows = await drawn(view), seen = rows.filter((r) => r.inside), at = `${path}, ${end}: ${JSON.stringify(rows.slice(0, 4))}`;
			assert.ok(seen.length >= Math.min(3, rows.length) && seen.length > 0, `rows in sight at ${at}`);
			for (const r of seen) {
				assert.ok(r.bottom - r.top >= 40 && r.right - r.left > 250 && r.left >= -1 && r.right <= 376, `a row has room within the window at ${at}`);
				assert.ok(r.text.length > 2 && r.met, `"${r.text}" can be read and touched at ${at}`);
			}
			for (let i = 1; i < rows.length; i++)
				assert.ok(rows[i].top >= rows[i - 1].bottom - 1, `rows do not lie upon each other at ${at}`);
			return seen;
		};
		assert.equal((await look('top'))[0].n, 2, `${path} begins with the first`);
		await page.waitForFunction(() => document.querySelector('main .list .view').ariaRowCount !== '-1' || document.querySelector('main .list .view').scrollTo(0, 1e9));
		await view.evaluate((v) => v.scrollTo(0, v.scrollHeight));
		const count = Number(await view.getAttribute('aria-rowcount'));
		await page.locator(`main .list .view .tr[aria-rowindex="${count}"]`).first().waitFor();
		assert.equal((await look('end')).at(-1).n, count, `${path} ends with the last`);
		await page.context().close();
	}
});

test('who may not, is told; who is not signed in, may', async (t) => {
	for (const [role, path] of [['buyer', '/bench'], ['buyer', '/stock'], ['buyer', '/devices/4294967297'], [undefined, '/bench'], [undefined, '/stock'], [undefined, '/devices/4294967297'], ['bench', '/devices/1'], ['bench', '/sales/99999999']]) {
		const page = await t.as(role);
		await t.go(page, path);
		await page.getByRole('alert').first().waitFor();
		await t.axe(page, `${role} ${path}`);
	}
	const page = await t.as(undefined);
	await t.go(page, '/offers');
	await page.getByRole('link', { name: 'Sign in to buy' }).waitFor();
	await t.axe(page);
});

await run();
