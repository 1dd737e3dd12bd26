/* The camera: an IMEI's barcode, as it is printed on a box, is read from a photo, and a label's QR code too. */
import assert from 'node:assert/strict';
import { run, test } from './lib.mjs';

/* Code 128 (ISO/IEC 15417): the widths of bars and spaces of its 107 symbols, and the stop. */
const widths = ('212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221' +
	'223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321112313132113' +
	'132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131311123311321331121312113' +
	'312311332111314111221411431111111224111422121124121421141122141221112214112412122114122411142112142211241211221114413111' +
	'241112134111111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113114311411113' +
	'411311113141114131311141411131211412211214211232').match(/.{6}/g);
const stop = '2331112';

/* Digits in pairs (set C). */
function code128(digits) {
	const values = [105, ...(digits.length % 2 ? [] : digits.match(/../g).map(Number))];
	if (digits.length % 2) /* an odd one ends in set B */
		values.push(...digits.slice(0, -1).match(/../g).map(Number), 100, digits.charCodeAt(digits.length - 1) - 32);
	const check = values.reduce((sum, v, i) => sum + v * Math.max(1, i), 0) % 103;
	return [...values, check].map((v) => widths[v]).join('') + stop;
}

/* A photo: the barcode a little turned, on grey, with noise, as PNG. */
const photo = (page, pattern) => page.evaluate((bars) => {
	const canvas = document.createElement('canvas');
	canvas.width = 900;
	canvas.height = 420;
	const c = canvas.getContext('2d');
	c.fillStyle = '#b9b6ae';
	c.fillRect(0, 0, 900, 420);
	c.translate(450, 210);
	c.rotate(0.03);
	c.fillStyle = '#f4f2ec';
	c.fillRect(-400, -120, 800, 240);
	c.fillStyle = '#222';
	let x = -340;
	const unit = 680 / [...bars].reduce((s, w) => s + Number(w), 0);
	[...bars].forEach((w, i) => {
		if (i % 2 === 0)
			c.fillRect(x, -90, Number(w) * unit, 150);
		x += Number(w) * unit;
	});
	c.setTransform(1, 0, 0, 1, 0, 0);
	const image = c.getImageData(0, 0, 900, 420);
	for (let i = 0, seed = 7; i < image.data.length; i += 4) {
		seed = (seed * 1103515245 + 12345) % 2147483648;
		const noise = (seed % 25) - 12;
		for (let k = 0; k < 3; k++)
			image.data[i + k] += noise;
	}
	c.putImageData(image, 0, 0);
	return canvas.toDataURL('image/png').split(',')[1];
}, pattern).then((base64) => Buffer.from(base64, 'base64'));

for (const [what, role, path, button] of [['the owner', undefined, '/', 'Scan the IMEI barcode'], ['the counter', 'counter', '/counter', 'Scan with the camera']])
	test(`an IMEI's barcode is read from a photo at ${what}`, async (t) => {
		const page = await t.as(role);
		await t.go(page, path);
		await page.getByRole('button', { name: button }).click();
		await t.axe(page);
		await page.getByRole('dialog').locator('input[type=file]').setInputFiles({ name: 'nothing.png', mimeType: 'image/png', buffer: await photo(page, '') });
		await page.getByText('No barcode was found in this picture').waitFor();
		await page.getByRole('dialog').locator('input[type=file]').setInputFiles({ name: 'box.png', mimeType: 'image/png', buffer: await photo(page, code128('353918112345679')) });
		await page.getByRole('dialog').waitFor({ state: 'detached' });
		await page.waitForFunction(() => document.body.innerText.includes('353918112345679') || [...document.querySelectorAll('input')].some((i) => i.value.replace(/\D/g, '') === '353918112345679'));
	});

/* The sample knows five type allocation codes of the range for tests. */
const known = '001001010000013';
for (const [lang, size] of [['en', 'desktop'], ['zh', 'phone']])
	test(`an owner finds the model by its IMEI, typed and as a photo of its barcode, ${lang}`, async (t) => {
		const page = await t.as(undefined, { lang, size });
		const found = async () => {
			await page.waitForURL('**/quote/*');
			await page.getByRole('heading', { level: 1, name: 'Apple iPhone 13', exact: true }).waitFor();
		};
		await t.go(page, '/');
		await page.getByRole('combobox').fill('00 100101 000001 3');
		await page.getByRole('option').filter({ hasText: 'Apple iPhone 13' }).waitFor();
		assert.equal(await page.getByRole('option').count(), 1, 'the model alone, not those whose names go on');
		await page.keyboard.press('Enter');
		await found();
		await t.go(page, '/');
		await page.getByRole('combobox').fill('353918112345679');
		await page.getByText(lang === 'zh' ? '未找到此 IMEI' : 'No model is known for this IMEI').waitFor();
		await t.axe(page);
		await page.getByRole('button', { name: lang === 'zh' ? '扫描 IMEI 条形码' : 'Scan the IMEI barcode' }).click();
		await page.getByRole('dialog').locator('input[type=file]').setInputFiles({ name: 'box.png', mimeType: 'image/png', buffer: await photo(page, code128(known)) });
		await found();
	});
test('the counter knows the model by its IMEI', async (t) => {
	const page = await t.as('counter');
	await t.go(page, '/counter');
	await page.locator('.step-card input').fill(known);
	await page.keyboard.press('Enter');
	await page.locator('.options').waitFor();
	await page.locator('aside').getByText('Apple iPhone 13', { exact: false }).first().waitFor();
});

await run();
