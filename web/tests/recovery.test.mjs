/* Recovery: a batch from opening to closing, its lots to a recycler, and a receipt that differs and is corrected. */
import assert from 'node:assert/strict';
import { run, test } from './lib.mjs';

const words = {
	en: { open: 'Open a batch', in: 'Weigh in', out: 'Weigh out', close: 'Close the batch', ship: /^Ship 1 lot/, go: 'Ship', receipt: 'Record the receipt', save: 'Record', correct: 'Correct the receipt', differs: /The receipt differs/, agree: 'The receipt agrees with what was shipped.', frac: 'iron', label: 'Label', reading: 'The scale says', fraction: 'Fraction', even: 'Even to the milligram' },
	zh: { open: '新建批次', in: '称入', out: '称出', close: '关闭批次', ship: /^发运 1 份批料/, go: '发运', receipt: '登记签收', save: '登记', correct: '更正签收', differs: /签收相差/, agree: '签收与发运一致。', label: '标签', reading: '秤的读数', fraction: '物料', even: '分毫不差' },
};
for (const lang of ['en', 'zh'])
	test(`a batch is weighed in and out, shipped, and receipted, ${lang}`, async (t) => {
		const v = words[lang];
		/* a device that is to be recovered */
		const { items } = await t.api('admin', 'GET', '/v1/cities/1/devices?limit=200&state=erased');
		const device = items[lang === 'en' ? 0 : 1];
		await t.api('admin', 'POST', `/v1/cities/1/devices/${device.device}/recovery`, { reason: 'damaged' });
		const page = await t.as('recycler', { lang });
		await t.go(page, '/recovery');
		await t.axe(page);
		await page.getByRole('button', { name: v.open }).click();
		const dialog = page.getByRole('dialog');
		await dialog.locator('select').first().selectOption(String(device.site));
		await dialog.locator('input').fill('SCALE-7');
		await t.axe(page);
		await dialog.getByRole('button', { name: v.open }).click();
		await page.waitForURL('**/recovery/batches/*');
		await t.settle(page);
		await t.axe(page);

		await page.locator('#label').fill('not a label');
		await page.locator('#reading').fill('200');
		await page.getByRole('button', { name: v.in, exact: true }).click();
		await page.locator('.note.bad').waitFor();
		await page.locator('#label').fill(device.label);
		await page.getByRole('button', { name: v.in, exact: true }).click();
		await page.getByRole('row').filter({ hasText: `#${device.device % 2 ** 32}` }).waitFor();

		await page.getByRole('combobox', { name: v.fraction, exact: true }).selectOption('ferrous');
		await page.getByRole('textbox', { name: v.reading }).nth(1).fill('150 g');
		await page.getByRole('button', { name: v.out, exact: true }).click();
		await page.locator('.mass-sums .unaccounted').filter({ hasText: '50' }).waitFor();
		await t.axe(page);
		await page.getByRole('button', { name: v.close }).first().click();
		await t.axe(page);
		await dialog.getByRole('button', { name: v.close }).click();
		await page.locator('.chip.good').first().waitFor();
		const batch = Number(page.url().split('/').pop());
		const after = await t.api('admin', 'GET', `/v1/cities/1/batches/${batch}`);
		assert.equal(after.state, 'closed');
		assert.equal(after.in_mg, 200000);
		assert.equal(after.loss_mg, 50000);

		const lot = after.fractions[0].lot;
		/* lots belong to whoever runs the site */
		const clerk = await t.as('bench', { lang });
		const form = clerk.getByRole('dialog');
		await t.go(clerk, '/recovery/lots');
		await t.axe(clerk);
		await clerk.getByRole('row').filter({ hasText: `#${lot}` }).getByRole('checkbox').check();
		await clerk.getByRole('button', { name: v.ship }).click();
		await form.locator('select').first().selectOption({ index: 1 });
		await form.locator('input').fill('CMR-1');
		await t.axe(clerk);
		await form.getByRole('button', { name: v.go }).click();
		await clerk.waitForURL('**/recovery/consignments/*');
		await clerk.getByRole('button', { name: v.receipt }).click();
		await form.locator('input').first().fill(`CERT-${lang}`);
		await form.locator('input').last().fill('140 g');
		await t.axe(clerk);
		await form.getByRole('button', { name: v.save }).click();
		await clerk.getByText(v.differs).waitFor();
		await clerk.getByRole('button', { name: v.correct }).click();
		await form.locator('input').last().fill('150 g');
		await form.getByRole('button', { name: v.save }).click();
		await clerk.getByText(v.agree).waitFor();
		await t.axe(clerk);
		await t.go(clerk, '/recovery/balance');
		await clerk.getByText(v.even).waitFor();
		await t.axe(clerk);
	});

await run();
