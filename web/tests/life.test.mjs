/* The whole life of a device, clicked through all roles: its owner on a phone, the counter, the bench, the officer, the
 * buyer, and whoever scans it at the end. In both languages; and once more, declined and given back. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { run, test } from './lib.mjs';
import { answer, book, buy, city, doubt, imei, itemOf, lookAgain, open, scan, sure, take, untilListed, words } from './steps.mjs';

/** An owner at home with a phone: found, answered, booked at the counter's shop without an account. */
async function fromTheKitchen(t, w, lang) {
	const page = await t.as(undefined, { lang, size: 'phone' });
	await t.go(page, '/');
	await page.locator('.finder input').fill('iphnoe 13 pro');
	await page.locator('.finder li').first().waitFor();
	await page.keyboard.press('Enter');
	await page.waitForURL('**/quote/*');
	await t.settle(page);
	await doubt(t, page, w);
	await answer(page, true);
	await t.settle(page);
	await page.getByRole('button', { name: w.book }).click();
	const order = await book(t, page, w, { name: lang === 'zh' ? '王小明' : 'Li Na', account: '6222020000001234567' });
	await page.getByRole('button', { name: w.order }).click();
	await page.waitForURL('**/order');
	await t.settle(page);
	return { page, order };
}
/** A scratch that nobody told of: recorded, and a lower offer follows. */
async function scratched(t, page, w, label) {
	await scan(t, page, label);
	await page.locator('.huge').click();
	await page.locator('.check-row').first().waitFor();
	await page.getByRole('button', { name: w.rest }).click();
	const screen = page.locator('.check-row:has(#o-screen) .levels');
	await screen.locator('button.no').nth(2).click(); /* seen from 50 cm */
	await screen.locator('button.no[aria-pressed=true]').waitFor();
	await page.getByLabel(w.battery).fill('90');
	await page.locator('.standing .chip.warn').waitFor();
	await t.axe(page, 'inspection');
	await page.locator('.standing .huge').click();
	await page.getByText(w.go).waitFor();
}
/** The owner comes back another day, with code and PIN, and reads why. */
async function reasons(t, w, lang, order) {
	const page = await t.as(undefined, { lang, size: 'phone' });
	await open(t, page, order);
	await page.getByRole('heading', { name: w.offer, exact: true }).waitFor();
	await page.locator('.offer td.found', { hasText: w.scratched }).waitFor();
	await t.fits(page);
	await t.axe(page, 'the reasons');
	return page;
}
/** Everyone who is owed is paid: the payout is made, its file taken, the bank's answer imported. */
async function payOut(t, w, lang) {
	const page = await t.as('officer', { lang });
	await t.go(page, '/money/new');
	await sure(page, w.make);
	await page.waitForURL(/\/money\/payouts\/\d+/);
	const coming = page.waitForEvent('download');
	await page.locator('section.card', { hasText: w.to_bank }).getByRole('button', { name: 'CSV' }).click();
	const file = readFileSync(await (await coming).path(), 'utf8').replace(/^\ufeff/, '').trim().split('\r\n').slice(1).map((l) => l.split(',')).filter((c) => c[0].startsWith('R1-'));
	await page.getByRole('button', { name: w.gave }).click();
	await page.getByText(w.given).first().waitFor();
	const sum = file.reduce((s, c) => s + Math.round(Number(c[1]) * 100), 0);
	const answer = ['end_to_end_id,amount,currency,status,reason', ...file.map((c) => `${c[0]},${c[1]},${c[2]},paid,`), `TOTAL,${(sum / 100).toFixed(2)},CNY,${file.length},`, ''];
	await page.locator('input[type=file]').setInputFiles({ name: 'return.csv', mimeType: 'text/csv', buffer: Buffer.from(answer.join('\r\n')) });
	await page.getByRole('button', { name: w.import }).click();
	await page.getByText(w.answered).waitFor();
	return page;
}
/** Today's devices: the number on the dashboard, and those that it opens. */
async function counted(t, page, w) {
	const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date());
	await t.go(page, `/city?p=own&from=${today}&to=${today}`);
	const figure = page.locator('a.figure', { hasText: w.taken_in }).first(), { rows } = await t.api('officer', 'GET', `${city}/lives?by=flags&from=${today}`);
	await figure.locator('b', { hasText: new RegExp(`^${rows.reduce((n, r) => n + r.lives, 0)}$`) }).waitFor();
	await figure.click();
	await page.waitForURL('**/city/lives?*');
	await t.settle(page);
	await t.axe(page, 'behind the figure');
}

for (const [lang, price] of [['en', '131'], ['zh', '132']])
	test(`the whole life of a device, through all roles, ${lang}`, async (t) => {
		const w = words[lang], { page: owner, order } = await fromTheKitchen(t, w, lang);
		const { item, quoted_minor: promised } = await itemOf(t, order.code);

		/* both sides confirm: the counter on its screen, the owner on the phone */
		const counter = await t.as('counter', { lang });
		const label = await take(t, counter, w, order.code, imei(`353918${lang === 'en' ? '20000001' : '20000002'}`), true);
		await counter.getByText(w.waits_owner).waitFor();
		await lookAgain(t, owner);
		await sure(owner, w.give);
		await counter.getByText(w.owner_done).waitFor();
		const { device } = await t.api('admin', 'GET', `${city}/items/${item}`);

		const bench = await t.as('bench', { lang });
		await scratched(t, bench, w, label);
		const back = await reasons(t, w, lang, order);
		await back.getByRole('button', { name: w.accept }).click();
		await back.getByRole('button', { name: w.yes }).click();
		await back.getByText(w.agreed).waitFor();
		const { agreed_minor: agreed } = await t.api('admin', 'GET', `${city}/items/${item}`);
		assert.ok(agreed < promised, 'the scratch has its price');

		const officer = await payOut(t, w, lang);
		await lookAgain(t, back);
		await back.getByText(w.paid).waitFor();

		await scan(t, bench, label);
		await untilListed(t, bench, w, device, price);

		/* staff note what the buyer paid in; the buyer buys with it */
		const buyer = await t.as('buyer', { lang, size: 'phone' }), { org } = await (await buyer.context().request.get('/v1/session')).json();
		await t.go(bench, '/offers/buyers');
		await bench.getByLabel(w.buyer).selectOption(String(org));
		await bench.getByRole('button', { name: w.deposit }).click();
		await bench.getByRole('dialog').getByLabel(w.amount).fill('500');
		await bench.getByRole('dialog').getByLabel(w.reference).fill(`life-${lang}`);
		await t.axe(bench, 'a deposit');
		await bench.getByRole('dialog').getByRole('button', { name: w.deposit }).click();
		await bench.getByRole('dialog').waitFor({ state: 'detached' });
		const sale = await buy(t, buyer, w, device, price);
		await t.go(bench, `/sales/${sale}`);
		await sure(bench, w.deliver);

		/* its next owner scans it; the first one sees what became of it */
		const anyone = await t.as(undefined, { lang, size: 'phone' });
		await t.go(anyone, `/p/1/${device}`);
		await anyone.getByText(w.gone).waitFor();
		await anyone.getByText(w.new_owner).waitFor();
		assert.ok(!(await anyone.locator('main').innerText()).match(/Li Na|王小明|353918/), 'no name, no number');
		await t.axe(anyone, 'passport');
		await t.fits(anyone);
		await lookAgain(t, back);
		await back.getByText(w.new_owner).waitFor();

		await counted(t, officer, w);
		await officer.locator('.list .tr', { hasText: label }).getByRole('link').first().click();
		await officer.waitForURL(`**/devices/${device}`);
		await officer.locator('.way li').first().waitFor();
		await t.axe(officer, 'its history');
	});

test('a lower offer is declined, and its owner has the device back', async (t) => {
	const lang = 'en', w = words[lang], { order } = await fromTheKitchen(t, w, lang), { item } = await itemOf(t, order.code);
	const counter = await t.as('counter', { lang }), bench = await t.as('bench', { lang });
	const label = await take(t, counter, w, order.code, imei('35391820000003'), false);
	await scratched(t, bench, w, label);
	const owner = await reasons(t, w, lang, order);
	await sure(owner, w.decline, w.yes_back);
	/* it is handed back over the counter: the clerk has the owner's name on the screen */
	await t.go(counter, `/items/${item}`);
	await counter.getByRole('button', { name: w.hand_back }).click();
	await counter.getByRole('dialog').getByLabel(w.owner_name).fill('Li Na');
	await t.axe(counter, 'handing back');
	await counter.getByRole('dialog').getByRole('button', { name: w.confirm }).click();
	await counter.getByRole('dialog').waitFor({ state: 'detached' });
	await lookAgain(t, owner);
	await owner.getByText(w.returned).waitFor();
	const end = await t.api('admin', 'GET', `${city}/items/${item}`);
	assert.equal(end.state, 'returned');
	assert.equal(end.agreed_minor, undefined, 'nothing was bought');
	/* the bench is told that there is nothing left to do */
	await t.go(bench, '/bench');
	await bench.fill('#scan', label);
	await bench.keyboard.press('Enter');
	await bench.waitForURL('**/bench/device/*');
	await bench.getByText('Nothing to do').waitFor();
});

await run();
