/* Administration: a user is made and signs in; a price list is changed, tried, put in force; a site is opened. */
import assert from 'node:assert/strict';
import { run, test } from './lib.mjs';

test('a user is made, signs in, and is disabled', async (t) => {
	const page = await t.as('admin');
	await t.go(page, '/admin');
	await t.axe(page);
	await page.getByRole('button', { name: 'Add a user' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('User name').fill('new.clerk');
	await dialog.getByLabel('Password').fill('a long password');
	await dialog.getByLabel('Counter').check();
	await t.axe(page);
	await dialog.getByRole('button', { name: 'Add', exact: true }).click();
	await page.getByRole('button', { name: 'new.clerk' }).waitFor();
	const other = await t.as();
	await t.signIn(other.context(), 'new.clerk', 'a long password');
	await t.go(other, '/account');
	await t.axe(other);
	await other.getByLabel('What it is for').fill('till');
	await other.getByRole('button', { name: 'Issue a token' }).click();
	const token = await other.locator('.note.good .mono').textContent();
	assert.match(token, /^rl_/);
	await page.getByRole('button', { name: 'new.clerk' }).click();
	await t.axe(page);
	await page.getByRole('button', { name: 'Disable' }).click();
	await page.getByRole('dialog', { name: 'Disable new.clerk?' }).getByRole('button', { name: 'Disable' }).click();
	await page.getByRole('row').filter({ hasText: 'new.clerk' }).filter({ hasText: 'Disabled' }).waitFor();
	const r = await fetch(`${t.base}/v1/cities/1/devices`, { headers: { Authorization: `Bearer ${token}` } });
	assert.equal(r.status, 401);
});

for (const lang of ['en', 'zh'])
	test(`a price list is changed, tried on what was booked, and put in force, ${lang}`, async (t) => {
		const v = lang === 'en' ? { by: /^All prices of this category by/, apply: 'Apply', preview: 'What would it do?', which: 'Which bookings', put: 'Put in force', changed: 'Changed, not in force', on: 'In force' } : { by: /^本类别全部价格调整/, apply: '应用', preview: '预览影响', which: '预约范围', put: '生效', changed: '已修改，未生效', on: '生效中' };
		const page = await t.as('admin', { lang });
		await t.go(page, '/admin/prices');
		await t.axe(page);
		const before = await t.api('admin', 'GET', '/v1/cities/1/quote?category=phone');
		await page.getByRole('textbox', { name: v.by }).fill('-10');
		await page.getByRole('button', { name: v.apply }).click();
		await page.getByText(v.changed).waitFor();
		await page.getByLabel(v.which).selectOption('newest');
		await page.getByRole('button', { name: v.preview }).click();
		await page.locator('.figures').waitFor();
		await t.axe(page);
		assert.equal((await t.api('admin', 'GET', '/v1/cities/1/quote?category=phone')).price_minor, before.price_minor, 'a preview changes no price');
		await page.reload(); /* nothing typed is lost */
		await page.getByText(v.changed).waitFor();
		await page.getByRole('button', { name: v.put, exact: true }).click();
		await page.getByRole('dialog').getByRole('button', { name: v.put, exact: true }).click();
		await page.getByText(v.on, { exact: true }).waitFor();
		const after = await t.api('admin', 'GET', '/v1/cities/1/quote?category=phone');
		assert.ok(after.price_minor < before.price_minor, `${after.price_minor} is not below ${before.price_minor}`);
	});

test('a site is opened and changed; organisations, rules, catalogue, city, books are shown', async (t) => {
	const page = await t.as('admin');
	await t.go(page, '/admin/sites');
	await t.axe(page);
	await page.getByRole('button', { name: 'Open a site' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Run by').selectOption({ index: 1 });
	await dialog.getByLabel('Name').fill('Riverside');
	await dialog.getByLabel('Latitude').fill('31.21');
	await dialog.getByLabel('Longitude').fill('121.44');
	await t.axe(page);
	await dialog.getByRole('button', { name: 'Open', exact: true }).click();
	await page.getByRole('button', { name: 'Riverside', exact: true }).first().click();
	await dialog.getByLabel('Opening hours').fill('Mo-Sa 10:00-20:00');
	await dialog.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('row').filter({ hasText: 'Riverside' }).filter({ hasText: /10:00\W+20:00/ }).waitFor();
	for (const path of ['parties', 'rules', 'catalogue', 'settings', 'books']) {
		await t.go(page, `/admin/${path}`);
		await t.axe(page);
		await t.fits(page);
	}
});

test('who may not administer is told so', async (t) => {
	const page = await t.as('counter', { size: 'phone' });
	await t.go(page, '/admin/users');
	await page.getByText('Not open to you').waitFor();
	await t.axe(page);
});

await run();
