/* The frame: signing in and out, language, theme, search, what is not there, a lost connection. */
import assert from 'node:assert/strict';
import { run, test } from './lib.mjs';

for (const lang of ['en', 'zh'])
	test(`signing in and out, ${lang}`, async (t) => {
		const page = await t.as(undefined, { lang });
		await t.go(page, '/login');
		await t.axe(page);
		await page.fill('input[name=login]', 'officer');
		await page.fill('input[name=password]', 'not the password');
		await page.keyboard.press('Enter');
		await page.waitForSelector('[role=alert]');
		await t.axe(page);
		await page.fill('input[name=password]', t.server.password);
		await page.keyboard.press('Enter');
		await page.waitForURL('**/city');
		const cookie = (await page.context().cookies()).find((c) => c.name.endsWith('relode'));
		assert.ok(cookie.httpOnly && cookie.sameSite === 'Strict', 'the cookie is not for scripts');
		await page.getByRole('button', { name: lang === 'zh' ? '退出登录' : 'Sign out' }).click();
		await page.waitForURL('**/');
		assert.equal((await page.context().cookies()).filter((c) => c.name.endsWith('relode') && c.value).length, 0);
	});

test('language and theme change at once and stay', async (t) => {
	const page = await t.as();
	await t.go(page, '/login');
	await page.getByRole('button', { name: '中文' }).click();
	await page.getByRole('heading', { name: '登录' }).waitFor();
	assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN');
	await page.getByRole('button', { name: '深色主题' }).click();
	assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
	await t.axe(page);
	await page.reload();
	await page.getByRole('heading', { name: '登录' }).waitFor();
});

test('search from anywhere finds pages, models and devices', async (t) => {
	const page = await t.as('admin');
	await t.go(page, '/admin');
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Search' }).fill('iphon 13 pro');
	await page.getByRole('option', { name: /iPhone 13 Pro/ }).first().waitFor();
	await t.axe(page);
	const { items } = await t.api('admin', 'GET', '/v1/cities/1/devices?limit=1');
	await page.getByRole('combobox', { name: 'Search' }).fill(items[0].label);
	await page.getByRole('option').filter({ hasText: items[0].label }).first().waitFor();
	await page.keyboard.press('Enter');
	await page.waitForURL(`**/devices/${items[0].device}`);
});

test('a page that is not there, rights that are not there', async (t) => {
	const page = await t.as(undefined, { size: 'phone' });
	await t.go(page, '/no/such/page');
	await page.getByRole('heading', { name: 'There is no such page' }).first().waitFor();
	await t.axe(page);
	await t.fits(page);
	await page.getByRole('button', { name: 'Menu' }).click();
	await page.getByRole('dialog').waitFor();
	await t.axe(page);
});

for (const lang of ['en', 'zh'])
	test(`a page that throws, or does not come, is said to be broken, ${lang}`, async (t) => {
		const page = await t.as('admin', { lang, size: 'phone', theme: lang === 'zh' ? 'dark' : 'light' });
		const broken = page.getByRole('heading', { level: 1, name: lang === 'zh' ? '页面出错了' : 'This page does not work' });
		await page.route('**/assets/admin-*.js', (r) => r.fulfill({ contentType: 'text/javascript', body: 'export default () => { throw new Error("thrown on purpose"); };' }));
		await t.go(page, '/account');
		await page.evaluate(() => document.querySelector('.brand').parentElement.insertAdjacentHTML('beforeend', '<a id="there" href="/admin">x</a><a id="back" href="/account">x</a>'));
		await page.locator('#there').click();
		await broken.waitFor();
		assert.ok(t.errors.some((e) => e.includes('thrown on purpose')), 'the console says what was thrown');
		await page.locator('summary').click();
		await page.getByText('thrown on purpose').waitFor();
		await page.evaluate(() => document.querySelectorAll('#there, #back').forEach((a) => a.hidden = true));
		await t.axe(page);
		await t.fits(page);
		await page.evaluate(() => document.querySelector('#back').click());
		await page.getByRole('heading', { level: 1, name: lang === 'zh' ? '我的账号' : 'Your account' }).waitFor();
		await page.unroute('**/assets/admin-*.js');
		await page.route('**/assets/admin-*.js', (r) => r.abort());
		await page.goto('/admin');
		await broken.waitFor();
		await page.unroute('**/assets/admin-*.js');
		await page.getByRole('button', { name: lang === 'zh' ? '重新加载' : 'Load again' }).click();
		await page.getByRole('heading', { level: 1, name: lang === 'zh' ? '系统管理' : 'Administration' }).waitFor();
		t.errors = [];
	});

test('a lost connection is said, and found again', async (t) => {
	const page = await t.as();
	await t.go(page, '/login');
	await page.context().setOffline(true);
	await page.fill('input[name=login]', 'officer');
	await page.fill('input[name=password]', t.server.password);
	await page.keyboard.press('Enter');
	await page.locator('.offline').waitFor();
	await t.axe(page);
	await page.context().setOffline(false);
	await page.keyboard.press('Enter');
	await page.waitForURL('**/city');
});

await run();
