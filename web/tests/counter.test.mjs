/* The counter: a take by keyboard alone, offline and sent once, two clerks on one order, a session that ends in the middle. */
import { test, run } from './lib.mjs';

/* An IMEI with a right last digit from 14 digits. */
export function imei(digits) {
	const sum = [...digits].reverse().reduce((n, c, i) => n + (i % 2 ? Number(c) : Number(c) * 2 > 9 ? Number(c) * 2 - 9 : Number(c) * 2), 0);
	return digits + ((10 - (sum % 10)) % 10);
}
const human = { delay: 60 };
const scan = async (page, code) => {
	await page.keyboard.type(code, { delay: 5 });
	await page.keyboard.press('Enter');
};
const answer = async (page, key) => {
	const before = await page.locator('.step-card h2, .step-card .ask').first().textContent();
	await page.keyboard.press(key);
	await page.waitForFunction((old) => document.querySelector('.step-card h2, .step-card .ask')?.textContent !== old, before);
};
const asked = (page, text) => page.locator('.step-card').getByText(text).first().waitFor();
const focused = (page) => page.waitForFunction(() => document.activeElement?.closest('.step-card'));
/* From the model on: not stolen, 128 GB, battery, the rest in order, the owner, agreed. */
async function answers(page, { phone = '13800138000', name = '王小明' } = {}) {
	await asked(page, 'stolen devices');
	await answer(page, '1');
	await asked(page, 'storage');
	await answer(page, '1');
	await asked(page, 'Battery');
	await focused(page);
	await page.keyboard.type('91', human);
	await answer(page, 'Enter');
	await answer(page, '1');
	await answer(page, '2');
	await answer(page, '0');
	await asked(page, 'Whose');
	await focused(page);
	await page.keyboard.type(phone, human);
	await page.keyboard.press('Enter');
	await page.keyboard.type(name, human);
	await page.keyboard.press('Enter');
	await page.keyboard.press('Enter');
}
async function model(page) {
	await asked(page, 'Which model');
	await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
	await page.keyboard.type('iphone 13', human);
	await page.locator('[role=option]').first().waitFor();
	await page.keyboard.press('Enter');
}

test('a take by keyboard alone', async (t) => {
	const page = await t.as('counter');
	await t.go(page, '/counter');
	await page.evaluate(() => (window.print = () => (document.documentElement.dataset.printed = document.documentElement.dataset.print)));
	await focused(page);
	await scan(page, '353918112345677');
	await page.getByText('one digit was misread').waitFor();
	await scan(page, imei('35391811234567'));
	await model(page);
	await answers(page);
	await asked(page, 'please read and confirm');
	await page.waitForFunction(() => document.activeElement?.closest('.confirm'));
	await t.axe(page);
	await page.keyboard.press('Enter');
	await page.locator('.done .sheet.label').waitFor();
	await t.axe(page);
	const label = await page.locator('.sheet.label b').textContent();
	const found = await t.api('bench', 'GET', `/v1/cities/1/find?text=${label}`);
	if (found.items?.[0]?.kind !== 'device' || found.items[0].state !== 'in_custody')
		throw new Error(`the label ${label} finds ${JSON.stringify(found)}`);
	await page.waitForFunction(() => /Print/.test(document.activeElement?.textContent ?? ''));
	await page.keyboard.press('Enter');
	await page.waitForFunction(() => document.documentElement.dataset.printed === 'label');
	await page.keyboard.press('Enter');
	await asked(page, 'Scan the IMEI');
	/* the second of the same model: the scanner's digits find it; count the keys of the clerk */
	await focused(page);
	await scan(page, imei('35391811234575'));
	await answers(page, { phone: '13900139000', name: '李' });
	await asked(page, 'please read and confirm');
	await page.waitForFunction(() => document.activeElement?.closest('.confirm'));
	await page.keyboard.press('Enter');
	await page.locator('.done .sheet.label').waitFor();
	console.log('   ', await page.locator('.done .small.muted').last().textContent());
});
await run();
