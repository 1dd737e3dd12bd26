/* On paper: a list has all its rows and is as wide as the paper, a dark screen prints light; the label and the slip have
 * their own sizes of paper. */
import assert from 'node:assert/strict';
import { run, test } from './lib.mjs';

const boxes = (pdf) => [...pdf.toString('latin1').matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map((m) => [Math.round(m[1] / 72 * 25.4), Math.round(m[2] / 72 * 25.4)]);

test('a statement is printed with all its rows', async (t) => {
	const page = await t.as('officer', { theme: 'dark' });
	await t.go(page, '/money/statement?account=money_bank');
	const rows = () => page.locator('.list .space .tr').count();
	const all = parseInt((await page.locator('.list-foot [role=status]').innerText()).replace(/\D/g, ''));
	assert.ok(await rows() < all, `all ${all} rows are drawn on the screen: too few to see a difference`);
	await page.setViewportSize({ width: 703, height: 900 }); /* A4 with its margins */
	await page.emulateMedia({ media: 'print' });
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	await page.waitForFunction((n) => document.querySelectorAll('.list .space .tr').length === n, all);
	await t.fits(page);
	assert.ok(!(await page.locator('.bar').isVisible()) && !(await page.locator('.period').isVisible()), 'what is pressed stays away from the paper');
	const cut = await page.locator('.list .tr > *').evaluateAll((cells) => cells.filter((c) => c.scrollWidth > c.clientWidth + 1).length);
	assert.equal(cut, 0, 'no cell is cut');
	assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
	await page.evaluate(() => dispatchEvent(new Event('afterprint')));
	await page.emulateMedia({ media: 'screen' });
	await page.waitForFunction((n) => document.querySelectorAll('.list .space .tr').length < n, all);
});

test('label and slip have their paper', async (t) => {
	const page = await t.as('counter');
	await t.go(page, '/counter');
	for (const [name, size] of [['label', [62, 29]], ['slip', [105, 148]]]) {
		await page.evaluate((n) => {
			document.documentElement.dataset.print = n;
			document.querySelectorAll('.sheet').forEach((x) => x.remove());
			const sheet = document.createElement('div');
			sheet.className = `sheet ${n}`;
			sheet.textContent = 'on paper';
			document.querySelector('main').append(sheet);
		}, name);
		assert.deepEqual(boxes(await page.pdf({ preferCSSPageSize: true })), [size], `the ${name}, alone on its paper`);
	}
});

await run();
