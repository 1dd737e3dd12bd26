/* The guided sample: its story followed from step to step by a new user, who knows what the bar says and nothing else. */
import assert from 'node:assert/strict';
import { run, test } from './lib.mjs';
import { answer, buy, city, scan, untilListed, words } from './steps.mjs';

const faces = { owner: '/', counter: '/counter', bench: '/bench', buyer: '/offers', recycler: '/recovery', officer: '/city', auditor: '/city', admin: '/admin' };

test('the story of one phone, from its first step to its last', async (t) => {
	const w = words.en, page = await t.as();
	const next = async (path) => {
		await page.locator('.told button.main').click();
		await page.waitForURL(`**${path}`);
		await t.settle(page);
		await t.axe(page, `the story at ${path}`);
	};
	const fact = (n) => page.locator('.told .fact b').nth(n).innerText();
	await t.go(page, '/welcome');
	await t.axe(page);
	await page.getByRole('button', { name: 'As Owner' }).first().click();
	await page.locator('.told').waitFor();
	await page.locator('.finder input').fill('iphon 13');
	await page.locator('.finder li').first().waitFor();
	await page.keyboard.press('Enter');
	await page.waitForURL('**/quote/*');
	await answer(page, false);
	await page.getByRole('button', { name: w.book }).click();
	await page.waitForURL('**/book');
	const shop = /Choose (.+), where our counter is/.exec(await page.locator('.told', { hasText: 'step 2 of 8' }).innerText())[1];
	await page.locator('.shop', { hasText: shop }).click();
	await page.locator('input[autocomplete=name]').fill('Li Na');
	await page.locator('input[autocomplete=tel]').fill('13900139000');
	await page.getByRole('button', { name: w.send }).click();
	await page.locator('.told .fact').nth(1).waitFor();
	assert.deepEqual([await fact(0), await fact(1)], await page.locator('.ticket .code').allInnerTexts());
	await t.axe(page, 'booked in the story');

	await next('/counter');
	await page.getByLabel(w.scan).fill(await fact(0));
	await page.keyboard.press('Enter');
	await page.getByLabel(w.ident).waitFor();
	await page.keyboard.press('Enter');
	await page.locator('.step-card').getByText(w.clear, { exact: true }).click();
	await page.getByRole('button', { name: w.agree }).click();
	await page.locator('.done .sheet.label').waitFor();
	const printed = await page.locator('.sheet.label b').textContent();

	await next('/bench');
	const label = await fact(0);
	assert.equal(label, printed);
	await scan(t, page, label);
	await page.locator('.huge').click();
	await page.getByRole('button', { name: w.rest }).click();
	await page.locator('.check-row:has(#o-screen) .levels').getByText('visible from 50 cm', { exact: false }).last().click();
	await page.locator('.standing .chip.warn').waitFor();
	await page.locator('.standing .huge').click();
	await page.getByText(w.go).waitFor();

	await next('/o');
	await page.locator('form input').nth(0).fill(await fact(0));
	await page.locator('form input').nth(1).fill(await fact(1));
	await page.locator('form button[type=submit]').click();
	await page.waitForURL('**/order');
	await page.getByRole('button', { name: w.accept }).click();
	await page.getByRole('button', { name: w.yes }).click();
	await page.getByText(w.agreed).waitFor();

	await next('/bench');
	await scan(t, page, label);
	const { items } = await t.api('bench', 'GET', `${city}/find?text=${label}`), device = items[0].id;
	await untilListed(t, page, w, device, '133');
	await next('/offers');
	await page.locator('.told .fact', { hasText: '¥133' }).waitFor();
	await buy(t, page, w, device, '133');
	await next('/city');
	await page.locator('.told a.fact').click();
	await page.waitForURL(`**/p/1/${device}`);
	await page.getByRole('link', { name: 'All steps' }).click();
	await page.getByText('You are here').waitFor();
	await page.goBack();
	await page.getByRole('button', { name: 'Put the story away' }).click();
	await page.locator('.told').waitFor({ state: 'detached' });
	await page.reload();
	await page.getByText(w.gone).waitFor();
	assert.equal(await page.locator('.told').count(), 0);
});

test('one click into each role, in Chinese on a phone', async (t) => {
	const page = await t.as(undefined, { lang: 'zh', size: 'phone' });
	for (const [n, [face, path]] of Object.entries(faces).entries()) {
		await t.go(page, '/welcome');
		await t.fits(page);
		await page.locator('button.face').nth(n).click();
		await page.waitForURL(`**${path}`);
		const { login } = await (await page.context().request.get('/v1/session')).json();
		assert.equal(login, face === 'owner' ? undefined : face);
	}
	await t.go(page, '/welcome');
	await page.locator('ol.story button').nth(2).click();
	await page.locator('.told').waitFor();
	await t.settle(page);
	await t.fits(page);
	await t.axe(page);
});

await run();
