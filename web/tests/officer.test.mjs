/* The city officer: figures and what is behind them, a payout from preview to the bank's answer, proof, corrections. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { run, test } from './lib.mjs';

const lines = async (download) => readFileSync(await download.path(), 'utf8').replace(/^\ufeff/, '').trim().split('\r\n');
async function csv(page, button) {
	const coming = page.waitForEvent('download');
	await button.click();
	return lines(await coming);
}
/* All rows of the list on the page: it loads on while its end is in sight. */
async function rows(page) {
	const end = await page.waitForFunction(() => {
		const m = /^([\d,]+) (?:rows?|行)$/.exec(document.querySelector('.list-foot [role=status]')?.textContent?.trim() ?? '');
		document.querySelector('.list .view')?.scrollTo(0, 1e9);
		return m ? { n: Number(m[1].replace(',', '')) } : undefined;
	}, undefined, { polling: 100 });
	return (await end.jsonValue()).n;
}

test('no tile of the dashboard stays in loading, whoever may open it', async (t) => {
	await t.api('admin', 'POST', '/v1/users', { login: 'analyst', password: t.server.password, roles: 'analyst', scope: 1 });
	for (const role of ['analyst', 'officer', 'auditor', 'admin']) {
		const page = await t.as(role, { lang: role === 'analyst' ? 'zh' : 'en' });
		await t.go(page, '/city?p=90');
		await page.locator('.fresh:not([aria-busy])').waitFor();
		await t.settle(page);
		const figures = await page.locator('.figure b').allTextContents();
		assert.ok(figures.length > 10 && !figures.some((f) => f.includes('…') || f === '–'), `${role}: ${figures}`);
		assert.equal(await page.locator('.ghost').count(), 0, `${role}: something is loading`);
		assert.equal(await page.locator('[role=alert]').count(), 0, `${role}: something was refused`);
		await t.axe(page, `the dashboard of ${role}`);
	}
});

test('grams of metal: what is an estimate says so, what is measured too, and both open what is behind', async (t) => {
	const { items } = await t.api('officer', 'GET', '/v1/cities/1/mass/metals'), gold = items.filter((r) => r.material === 'Au'), cu = items.filter((r) => r.material === 'Cu');
	assert.ok(gold.length && cu.length && items.every((r) => !r.material || r.source), 'every estimate names its source');
	for (const [lang, size] of [['en', 'desktop'], ['zh', 'phone']]) {
		const page = await t.as('officer', { lang, size, theme: size === 'phone' ? 'dark' : 'light' });
		await t.go(page, '/city?p=all');
		const card = page.locator('.metals');
		await card.scrollIntoViewIfNeeded();
		await t.settle(page);
		await card.locator('summary').click();
		await card.getByText(gold[0].source).first().waitFor();
		await t.axe(page);
		await t.fits(page);
	}
	const page = await t.as('officer');
	await t.go(page, '/city?p=90');
	const file = await csv(page, page.locator('.metals').getByRole('button', { name: 'CSV' }));
	assert.ok(file.some((l) => l.startsWith('Au,')) && file[0].includes('period before'), file[0]);
	await t.go(page, '/city?p=all');
	const row = page.locator('.metals .tr', { hasText: 'Copper' });
	await row.locator('a').first().click();
	await page.waitForURL('**/city/dismantled?*');
	await t.settle(page);
	assert.equal(await rows(page), cu.reduce((n, r) => n + r.devices, 0), 'the devices that were reckoned with');
	await t.axe(page);
	await page.goBack();
	await page.locator('.metals .tr', { hasText: 'Copper' }).locator('a[href*="/city/lots?fraction=copper"]').click();
	await page.waitForURL('**/city/lots?fraction=copper&from=*');
	await t.settle(page);
	await t.axe(page);
});

test('a period, a figure, and the devices that it counts', async (t) => {
	const page = await t.as('officer');
	await t.go(page, '/city');
	await t.axe(page);
	await page.getByLabel('Period').selectOption('all');
	await page.waitForURL('**/city?p=all');
	await page.locator('.fresh:not([aria-busy])').waitFor();
	await t.settle(page);
	const all = (await t.api('officer', 'GET', '/v1/cities/1/lives?by=flags&from=2000-01-01')).rows;
	const n = all.reduce((s, r) => s + r.lives, 0), figure = page.locator('a.figure', { hasText: 'Devices taken in' });
	await figure.locator('b', { hasText: new RegExp(`^${n}$`) }).waitFor();
	await figure.click();
	await page.waitForURL('**/city/lives?*');
	await t.settle(page);
	assert.equal(await rows(page), n, 'the list has what the figure counts');
	await t.axe(page);
	assert.equal((await csv(page, page.getByRole('button', { name: 'CSV' }))).length, n + 1, 'and so has its CSV');
	await page.goBack();
	await t.settle(page);
	await page.locator('a.figure', { hasText: 'Offers revised' }).click();
	await t.settle(page);
	assert.equal(await rows(page), all.filter((r) => Number(r.by) & 2).reduce((s, r) => s + r.lives, 0), 'revised: those with that flag');
	await page.locator('.list .tr.link a').first().click();
	await page.waitForURL(/\/devices\/\d+/);
});

test('every band of the flow opens its devices; table and CSV say the same', async (t) => {
	const page = await t.as('officer');
	await t.go(page, '/city?p=all');
	const card = page.locator('section.card', { hasText: 'What flows where' });
	await card.locator('.chart svg').waitFor();
	await card.getByRole('button', { name: 'Table' }).click();
	await t.axe(page);
	const first = card.locator('tbody tr').first(), n = Number((await first.locator('td').nth(2).textContent()).replace(',', ''));
	const table = await card.locator('tbody tr').count();
	assert.equal((await csv(page, card.getByRole('button', { name: 'CSV' }))).length, table + 1);
	await first.locator('a').click();
	await t.settle(page);
	assert.equal(await rows(page), n);
	await page.goBack();
	await t.settle(page);
	for (const measure of ['grams', 'money']) {
		await card.getByLabel('Measured in').selectOption(measure);
		await card.locator('.chart svg').waitFor();
	}
	await card.getByLabel('Measured in').selectOption('pieces');
	await card.locator('.chart svg text', { hasText: /phone/ }).first().click(); /* a node of the drawing itself */
	await page.waitForURL('**/city/lives?*category=phone*');
});

test('bands of money open the transfers of the chosen days, which add up to them', async (t) => {
	const page = await t.as('officer');
	await t.go(page, '/city?p=30');
	const card = page.locator('section.card', { hasText: 'What flows where' });
	await card.getByLabel('Measured in').selectOption('money');
	await card.getByRole('button', { name: 'Table' }).click();
	const links = await card.locator('tbody tr').evaluateAll((trs) => trs.map((tr) => [tr.querySelector('a')?.getAttribute('href'), tr.children[2].textContent]).filter(([a]) => a?.startsWith('/money/moves')));
	assert.ok(links.length >= 4, 'owners, merchants, buyers, tax at least');
	for (const [href, value] of links) {
		await t.go(page, href);
		await rows(page);
		assert.equal(await page.locator('.figure b').textContent(), value, href);
	}
	await t.axe(page);
	await t.fits(page);
});

test('days without devices say so, and a typed period is kept in the address', async (t) => {
	const page = await t.as('officer');
	await t.go(page, '/city?p=own&from=2001-01-01&to=2001-01-31');
	await page.getByRole('heading', { name: 'No device was taken in' }).waitFor();
	await t.axe(page);
	await page.getByLabel('From').fill('2001-02-02');
	await page.getByLabel('To', { exact: true }).fill('2001-02-20');
	await page.getByRole('button', { name: 'Show', exact: true }).click();
	await page.waitForURL('**/city?p=own&from=2001-02-02&to=2001-02-20');
	await page.getByRole('button', { name: 'Show all days' }).click();
	await page.locator('a.figure', { hasText: 'Devices taken in' }).waitFor();
});

test('a payout: preview, file, the bank’s answer with one rejection', async (t) => {
	const page = await t.as('officer');
	await t.go(page, '/money/new');
	const boxes = page.getByRole('checkbox', { name: 'Select this row' }), owed = await boxes.count();
	assert.ok(owed >= 1, 'somebody is owed money');
	const back = page.locator('section.card', { hasText: 'Give money back to a buyer' });
	for (const nth of [1, 2]) { /* two buyers get a coin of their deposits back */
		await back.getByLabel('Buyer').selectOption({ index: nth });
		await back.getByLabel('Amount').fill(nth === 1 ? '99999999' : '1.25');
		await back.getByRole('button', { name: 'Add' }).click();
		if (nth === 1) { /* more than is there */
			await back.getByText(/^At most/).last().waitFor();
			await back.getByLabel('Amount').fill('1.00');
			await back.getByRole('button', { name: 'Add' }).click();
		}
	}
	const due = owed + 2;
	assert.equal(await boxes.count(), due);
	await boxes.last().uncheck();
	const said = await page.locator('main .row b').textContent();
	assert.match(said, new RegExp(`^${due - 1} lines?, `));
	await t.axe(page);
	await page.getByRole('button', { name: 'Make this payout' }).click();
	await t.axe(page);
	await page.locator('dialog').getByRole('button', { name: 'Make this payout' }).click();
	await page.waitForURL(/\/money\/payouts\/\d+/);
	await t.settle(page);
	const id = /(\d+)$/.exec(page.url())[1];
	assert.ok(await page.getByRole('button', { name: 'I gave it to the bank' }).isDisabled(), 'nothing was downloaded yet');
	await page.getByRole('checkbox', { name: 'Select this row' }).first().check();
	await page.getByRole('button', { name: 'Drop 1 line' }).first().click();
	await page.locator('dialog').getByRole('button', { name: 'Drop 1 line' }).click();
	await page.getByText('Dropped').first().waitFor();
	const file = await csv(page, page.locator('section.card', { hasText: 'File for the bank' }).getByRole('button', { name: 'CSV' }));
	const paid = file.slice(1).map((l) => l.split(',')).filter((c) => c[0].startsWith('R1-'));
	assert.equal(paid.length, due - 2);
	await page.getByRole('button', { name: 'I gave it to the bank' }).click();
	await page.getByText('Given to the bank on').waitFor();
	await t.axe(page);
	const sum = paid.reduce((s, c) => s + Math.round(Number(c[1]) * 100), 0);
	const answer = ['end_to_end_id,amount,currency,status,reason', ...paid.map((c, i) => `${c[0]},${c[1]},${c[2]},${i ? 'paid,' : 'rejected,AC04'}`)];
	const choose = page.locator('input[type=file]');
	await choose.setInputFiles({ name: 'cut.csv', mimeType: 'text/csv', buffer: Buffer.from(answer.join('\r\n') + '\r\n') });
	await page.getByRole('button', { name: 'Import cut.csv' }).click();
	await page.locator('[role=alert]').waitFor(); /* without its last record a file is refused */
	await choose.setInputFiles({ name: 'return.csv', mimeType: 'text/csv', buffer: Buffer.from([...answer, `TOTAL,${(sum / 100).toFixed(2)},CNY,${paid.length},`, ''].join('\r\n')) });
	await page.getByRole('button', { name: 'Import return.csv' }).click();
	await page.getByText('The bank has answered every line').waitFor();
	await page.getByText('Account is closed').waitFor();
	const now = await t.api('officer', 'GET', `/v1/cities/1/payouts/${id}`);
	assert.equal(now.state, 'settled');
	assert.equal(now.paid_minor + now.rejected_minor, sum);
	await t.axe(page);
});

test('money comes in, and is reversed, not deleted', async (t) => {
	const page = await t.as('officer');
	const balance = async () => (await t.api('officer', 'GET', '/v1/cities/1/statement?account=money_benefit_fund&limit=1')).posted;
	const before = await balance();
	await t.go(page, '/money/cash');
	await page.getByText('The bonus fund').click();
	const card = page.locator('section.card', { hasText: 'Money came in' });
	await card.getByRole('button', { name: 'Book it' }).click();
	await card.getByText('An amount above zero').waitFor();
	await t.axe(page);
	await card.getByLabel('Amount').fill('125.50');
	await page.reload(); /* what was typed stays */
	await t.settle(page);
	assert.equal(await card.getByLabel('Amount').inputValue(), '125.50');
	await card.getByRole('button', { name: 'Book it' }).click();
	await page.locator('dialog').getByRole('button', { name: 'Book it' }).click();
	await page.getByText(/Booked as entry/).waitFor();
	assert.equal(await balance(), before + 12550);
	await t.go(page, '/money/statement?account=money_benefit_fund');
	const seq = (await t.api('officer', 'GET', '/v1/cities/1/log/proof/inclusion?seq=0')).size - 1;
	await page.locator('.list .view').evaluate((e) => e.scrollTo(0, e.scrollHeight));
	await page.getByRole('button', { name: `Reverse entry ${seq}?` }).click();
	await t.axe(page);
	await page.getByRole('button', { name: 'Reverse the money' }).click();
	await page.getByText(/was reversed/).waitFor();
	assert.equal(await balance(), before);
});

test('proof: an entry is in the books, and the books of the last visit are their beginning', async (t) => {
	const page = await t.as('officer');
	await t.go(page, '/city/proof?entry=17');
	await page.getByText('computed the same fingerprint').waitFor();
	await page.getByText('From now on this browser remembers').waitFor();
	await t.axe(page);
	await t.api('officer', 'POST', '/v1/cities/1/receipts', { source: 'benefit_fund', amount_minor: 100 });
	await t.go(page, '/city/proof');
	await page.getByText(/entries of .* are unchanged/).waitFor();
	const checkpoint = await (await fetch(`${t.base}/v1/cities/1/log/checkpoint`)).text();
	await page.getByLabel('Text of the checkpoint').fill(checkpoint);
	await page.getByRole('button', { name: 'Compare' }).click();
	await page.getByText(/entries of that checkpoint are unchanged/).waitFor();
	const [origin, size, root] = checkpoint.split('\n'), other = (root[0] === 'A' ? 'B' : 'A') + root.slice(1);
	await page.getByLabel('Text of the checkpoint').fill([origin, String(Number(size) - 1), other, '', ''].join('\n'));
	await page.getByRole('button', { name: 'Compare' }).click();
	await page.getByText(/the books were changed since/).waitFor();
});

test('an auditor reads and does not act; others are told that it is not theirs', async (t) => {
	const page = await t.as('auditor');
	await t.go(page, '/money');
	assert.equal(await page.getByRole('link', { name: 'New payout' }).count(), 0);
	await t.go(page, '/money/statement?account=money_bank');
	assert.equal(await page.getByRole('button', { name: 'Reverse' }).count(), 0);
	await t.go(page, '/city/proof?entry=17');
	await page.getByRole('heading', { name: 'Entry 17' }).waitFor();
	for (const [role, text] of [['buyer', 'Not open to you'], [undefined, 'Please sign in']])
		for (const path of ['/city', '/money']) {
			const other = await t.as(role);
			await t.go(other, path);
			await other.getByRole('heading', { name: text }).waitFor();
			await t.axe(other);
		}
});

test('a phone, dark, in Chinese: nothing is cut, axe finds nothing', async (t) => {
	const page = await t.as('officer', { lang: 'zh', theme: 'dark', size: 'phone' });
	for (const path of ['/city', '/city/report?p=all', '/city/proof?entry=3', '/city/lots?state=open', '/city/stuck', '/money', '/money/new', '/money/owed?kind=buyer', '/money/statement?account=money_bank', '/money/cash', '/money/taxes']) {
		await t.go(page, path);
		await t.fits(page);
		await t.axe(page);
	}
});

await run();
