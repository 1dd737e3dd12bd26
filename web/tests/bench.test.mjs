/* The bench and the shelf: a device from our care through inspection, erasure, stock, listing, sale, delivery and return,
 * clicked by those who do it; what is stuck; many at once; a count; 100,000 rows. */
import assert from 'node:assert/strict';
import { run, test } from './lib.mjs';

const words = {
	en: { works: 'Works', go: /Go on with this device/, start: /^Start erasing/, attempt: /^Record an erasure/, battery: 'Battery health, %', tool: 'Tool', version: 'Version', log: 'SHA-256 of the log', minutes: 'It took, in minutes', decide: /^Sell or recover/, reckon: 'Work it out', on: 'Go on', receive: /^Take into stock/, list: /^Put up for sale/, price: 'Asking price, tax included', buy: /^Buy · /, sure: 'Buy this?', asked: '123', details: 'Details', deliver: /^Hand to the buyer/, back: 'Take back', defective: 'Defective', damaged: 'It is damaged', sold: 'Waiting to be handed over', returned: 'Returned', fails: 'Failed', reason: 'Why', failed: 'Erasure failed', waits: 'Waits for a buyer', offers: 'My orders' },
	zh: { works: '正常', go: /继续处理此设备/, start: /^开始擦除/, attempt: /^记录擦除结果/, battery: '电池健康度（%）', tool: '工具', version: '版本', log: '日志的 SHA-256', minutes: '用时（分钟）', decide: /^转售还是拆解/, reckon: '计算', on: '继续', receive: /^入库/, list: /^上架销售/, price: '售价（含税）', buy: /^购买 · /, sure: '确定购买？', asked: '124', details: '详情', deliver: /^交付买家/, back: '接收退货', defective: '有故障', damaged: '有损坏', sold: '待交付', returned: '已退货', fails: '失败', reason: '原因', failed: '擦除失败', waits: '等待买家', offers: '我的订单' },
};
const city = '/v1/cities/1';
const state = async (t, device) => (await t.api('admin', 'GET', `${city}/devices/${device}`)).state;
/** A phone in our care that nobody has inspected, at a site. */
async function uninspected(t) {
	const { items } = await t.api('bench', 'GET', `${city}/devices?state=in_custody&limit=1000`);
	const found = items.find((d) => d.grade_c === undefined && d.place === 'site' && d.storage);
	assert.ok(found, 'the sample has a device to inspect');
	return found;
}
async function recordErasure(page, v, failed) {
	await page.getByRole('button', { name: v.attempt }).first().click();
	const dialog = page.getByRole('dialog');
	if (failed) {
		await dialog.getByText(v.fails, { exact: true }).click();
		await dialog.getByLabel(v.reason).selectOption('read_error');
	}
	await dialog.getByLabel(v.tool, { exact: true }).fill('nwipe');
	await dialog.getByLabel(v.version).fill('0.36');
	await dialog.getByLabel(v.minutes).fill('0');
	if (!failed)
		await dialog.getByLabel(v.log, { exact: true }).fill('ab'.repeat(32));
	return dialog;
}

for (const lang of ['en', 'zh'])
	test(`a device from our care to a buyer and back, ${lang}`, async (t) => {
		const v = words[lang], d = await uninspected(t), page = await t.as('bench', { lang });
		/* scanned: what is next stands there, and Enter does it */
		await t.go(page, '/bench');
		await t.axe(page);
		await page.fill('#scan', d.label);
		await page.keyboard.press('Enter');
		await page.waitForURL(`**/bench/device/${d.device}`);
		await page.locator('.huge').waitFor();
		await t.settle(page);
		await t.axe(page);
		await page.locator('.huge').click();
		await page.locator('.check-row').first().waitFor();
		/* by keys: the first fails, is mended, the rest works; the grade comes as facts come in */
		await page.waitForTimeout(100);
		await page.keyboard.press('f');
		await page.locator('.check-row [aria-pressed=true].no').waitFor();
		await page.locator('.grade b').nth(1).filter({ hasText: 'F1' }).waitFor();
		await t.axe(page);
		await page.waitForTimeout(60);
		await page.keyboard.press('k');
		await page.waitForTimeout(60);
		await page.keyboard.press('p');
		await page.waitForTimeout(60);
		await page.keyboard.press('a');
		await page.getByLabel(v.battery).fill('100');
		await page.locator('.grade b').nth(1).filter({ hasText: 'F4' }).waitFor();
		await page.reload(); /* nothing typed is lost */
		await page.locator('.grade b').nth(1).filter({ hasText: 'F4' }).waitFor();
		await page.waitForTimeout(200);
		await page.keyboard.press('Control+Enter');
		await page.getByText(v.go).waitFor();
		await t.axe(page);
		if ((await state(t, d.device)) === 'in_custody') /* a lower offer: its owner takes it */
			await t.api('admin', 'POST', `${city}/items/${d.item}/accept`);
		await page.keyboard.press('Enter');
		/* erased: once in vain, then verified */
		await page.getByRole('button', { name: v.start }).first().click();
		let dialog = await recordErasure(page, v, true);
		await t.axe(page);
		await dialog.getByRole('button', { name: v.attempt }).click();
		await page.getByText(v.failed).first().waitFor();
		await page.getByRole('button', { name: v.start }).first().click();
		dialog = await recordErasure(page, v, false);
		await dialog.getByRole('button', { name: v.attempt }).click();
		await page.getByRole('button', { name: v.decide }).first().click();
		await page.getByRole('button', { name: v.reckon }).click();
		await page.locator('.worth').waitFor();
		await t.axe(page);
		await page.getByRole('dialog').getByRole('button', { name: v.on, exact: true }).click();
		if ((await t.api('admin', 'GET', `${city}/devices/${d.device}/next`)).action === 'recover.send')
			await t.api('bench', 'POST', `${city}/devices/${d.device}/dispositions`, { choice: 'resale', reason: 'trial' });
		await page.reload();
		await page.getByRole('button', { name: v.receive }).first().click();
		await page.getByRole('button', { name: v.list }).first().click();
		await page.getByLabel(v.price).fill(v.asked);
		await t.axe(page);
		await page.getByRole('dialog').getByRole('button', { name: v.list }).click();
		await page.getByText(v.waits).waitFor();
		assert.equal(await state(t, d.device), 'listed');
		/* bought from the deposit */
		const buyer = await t.as('buyer', { lang, size: 'phone' });
		await t.go(buyer, '/offers');
		await t.fits(buyer);
		await t.axe(buyer);
		const lot = buyer.locator('.lot').filter({ has: buyer.getByText(`¥${v.asked}`, { exact: true }) }).last();
		await lot.getByRole('button', { name: v.details }).click();
		await buyer.getByRole('dialog').locator('.note.good').waitFor();
		await t.axe(buyer);
		await buyer.getByRole('dialog').getByRole('button', { name: v.buy }).click();
		await buyer.getByRole('dialog', { name: v.sure }).getByRole('button', { name: v.buy }).click();
		await lot.waitFor({ state: 'detached' });
		const sale = (await t.api('admin', 'GET', `${city}/devices/${d.device}`)).sale;
		await t.go(buyer, '/offers/orders');
		await t.axe(buyer);
		await buyer.getByRole('link', { name: `#${sale}` }).click();
		await buyer.getByText(v.sold).first().waitFor();
		await t.settle(buyer);
		await t.fits(buyer);
		await t.axe(buyer);
		/* handed over, and back */
		await t.go(page, `/sales/${sale}`);
		await t.axe(page);
		await page.getByRole('button', { name: v.deliver }).click();
		await page.getByRole('dialog').getByRole('button', { name: v.deliver }).click();
		await page.getByRole('button', { name: v.back }).click();
		await page.getByText(v.defective, { exact: true }).click();
		await page.getByText(v.damaged, { exact: true }).click();
		await t.axe(page);
		await page.getByRole('dialog').getByRole('button', { name: v.back }).click();
		await page.getByText(v.returned, { exact: true }).first().waitFor();
		assert.equal(await state(t, d.device), 'owned');
		assert.equal((await t.api('admin', 'GET', `${city}/sales/${sale}`)).state, 'returned');
		/* its page tells all of it */
		await t.go(page, `/devices/${d.device}`);
		await t.axe(page);
		assert.ok((await page.locator('.way li').count()) >= 12, 'the whole history is there');
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
