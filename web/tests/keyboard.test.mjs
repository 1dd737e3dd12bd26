/* By keyboard alone: from a quote to the order's page, an inspection at the bench, from a figure of the city down to a
 * device. (The counter's take by keys is in counter.test.mjs.) Every stop of Tab is seen, is not hidden under what stays at
 * the window's edge, and lets one go on; a dialog gives the focus back. And every page in a window of 320 px, which is also
 * one of 1280 px at 400 %: nothing is wider, no target smaller than 24 px without room around it, no list that scrolls and
 * cannot be scrolled by keys. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { run, test } from './lib.mjs';
import { words } from './steps.mjs';

const w = words.en;
/** Where the focus is, and what one sees of it. */
const stop = (page) => page.evaluate(() => {
	const e = document.activeElement;
	if (!e || e === document.body || e.id === 'main')
		return null;
	const shown = e.matches('input[type=radio]') ? e.closest('label') ?? e : e.matches('.file input') ? e.closest('.file') : e; /* a card shows its radio's focus */
	const r = shown.getBoundingClientRect(), s = getComputedStyle(shown.matches('.place') ? shown.querySelector('.dot') : shown);
	const seen = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none' || parseFloat(s.strokeWidth) >= 4;
	const same = e === window.before;
	window.before = e;
	const at = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]].map(([x, y]) => document.elementFromPoint(r.left + r.width * x, r.top + r.height * y));
	const hidden = r.width > 0 && !at.some((x) => x && (shown.contains(x) || x.contains(shown)));
	return { text: (e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? e.innerText ?? '').trim().slice(0, 60), tag: e.tagName, type: e.type, name: e.name, checked: e.checked, same, seen, hidden, html: e.outerHTML.slice(0, 140) };
});
/** Nothing has come or gone on the page for a moment: what comes late would push the focus out of the window. */
const still = (page) => page.evaluate(() => new Promise((done) => {
	let timer = setTimeout(done, 400);
	new MutationObserver(() => {
		clearTimeout(timer);
		timer = setTimeout(done, 400);
	}).observe(document.body, { subtree: true, childList: true });
	setTimeout(done, 10000);
}));
/** Presses Tab until the focus is on what `is` says; checks every stop on the way. */
async function tab(page, is, key = 'Tab', most = 120) {
	let last = '';
	await still(page);
	for (let i = 0; i < most; i++) {
		await page.keyboard.press(key);
		const s = await stop(page);
		if (!s)
			continue; /* the window's own frame */
		assert.ok(s.seen, `the focus is not seen at ${s.html}`);
		assert.ok(!s.hidden, `the focus is hidden at ${s.html}`);
		assert.ok(!s.same || s.type === 'date', `Tab does not leave ${s.html}`);
		last = s.html;
		if (await is(s))
			return s;
	}
	throw new Error(`${most} times Tab did not reach it; last: ${last}`);
}
const called = (text) => (s) => (text instanceof RegExp ? text.test(s.text) : s.text === text);

test('from a quote to the order, by keyboard alone', async (t) => {
	const page = await t.as();
	await t.go(page, '/');
	await page.keyboard.press('Tab');
	assert.equal((await stop(page)).text, 'Skip to the content');
	await page.keyboard.press('Enter');
	assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
	await tab(page, (s) => s.tag === 'INPUT');
	await page.keyboard.type('iphnoe 13 pro');
	await page.getByRole('option').first().waitFor();
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('Enter');
	await page.waitForURL('**/quote/*');
	await page.locator('.asking fieldset').first().waitFor();
	await t.settle(page);
	const groups = await page.locator('.asking fieldset').count();
	for (let n = 0; n < groups; n++) {
		await tab(page, async (s) => s.type === 'radio' && !s.checked);
		await page.keyboard.press('Space');
		if (n === 0) { /* the arrows choose within the question, and back */
			await page.keyboard.press('ArrowRight');
			await page.keyboard.press('ArrowLeft');
		}
		if (await page.locator('input[type=number]').evaluate((e) => !e.value && e.closest('.asking') && [...document.querySelectorAll('.asking fieldset')].every((f) => !(e.compareDocumentPosition(f) & 4) || f.querySelector(':checked')), undefined).catch(() => false))
			continue;
	}
	if (!(await page.locator('input[type=number]').inputValue())) {
		await tab(page, (s) => s.type === 'number', 'Shift+Tab');
		await page.keyboard.type('91');
	}
	await page.getByRole('button', { name: w.book }).and(page.locator(':enabled')).waitFor();
	await tab(page, called(w.book));
	await page.keyboard.press('Enter');
	await page.waitForURL('**/book');
	await t.settle(page);
	await page.locator('label', { hasText: 'Phone Corner' }).first().waitFor();
	await tab(page, (s) => s.type === 'radio' && /Phone Corner|Store/.test(s.html + s.text) || s.html.includes('shop'));
	await page.keyboard.press('Space');
	await tab(page, (s) => s.html.includes('autocomplete="name"'));
	await page.keyboard.type('Li Na');
	await tab(page, (s) => s.html.includes('autocomplete="tel"'));
	await page.keyboard.type('13900139042');
	await tab(page, called(w.send));
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { level: 1, name: w.booked }).waitFor();
	await t.settle(page);
	await tab(page, called(w.order));
	await page.keyboard.press('Enter');
	await page.waitForURL('**/order');
	await t.settle(page);
	await tab(page, called(w.cancel));
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor();
	await tab(page, called(w.yes_cancel)); /* within the dialog */
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.equal((await stop(page)).text, w.cancel, 'the focus is back where the dialog was opened');
	await page.keyboard.press('Control+k');
	await page.getByRole('dialog').waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.equal((await stop(page)).text, w.cancel);
});

test('an inspection at the bench, by keyboard alone', async (t) => {
	const { items } = await t.api('bench', 'GET', '/v1/cities/1/devices?state=in_custody&limit=1000');
	const device = items.find((d) => d.grade_c === undefined && d.storage && d.place === 'site');
	const page = await t.as('bench');
	await t.go(page, '/bench');
	assert.equal(await page.evaluate(() => document.activeElement?.id), 'scan');
	await page.keyboard.type(device.label);
	await page.keyboard.press('Enter');
	await page.locator('.huge').waitFor();
	await page.waitForFunction(() => document.activeElement?.classList.contains('huge'));
	await page.keyboard.press('Enter');
	await page.locator('.check-row').first().waitFor();
	await t.settle(page);
	await tab(page, called('Fails'));
	await page.keyboard.press('Space');
	await tab(page, called(/^The rest works/), 'Shift+Tab');
	await page.keyboard.press('Enter');
	assert.deepEqual(await page.locator('.check-row').evaluateAll((rows) => rows.slice(0, 3).map((r) => r.querySelector('[aria-pressed=true], [aria-checked=true], label:has(:checked)')?.textContent)), ['Fails', 'Works', 'Works']);
	await tab(page, called(w.record));
	await page.keyboard.press('Enter');
	await page.getByText(w.go).waitFor();
});

test('from a figure of the city down to a device, by keyboard alone', async (t) => {
	const page = await t.as('officer');
	await t.go(page, '/city?p=90');
	await tab(page, called(/^Offers revised/));
	await page.keyboard.press('Enter');
	await page.waitForURL('**/city/lives?*');
	await t.settle(page);
	await tab(page, (s) => s.tag === 'A' && /^\w{4}-\w{4}-/.test(s.text));
	await page.keyboard.press('Enter');
	await page.waitForURL('**/devices/*');
	await page.goBack();
	await page.goBack();
	await t.settle(page);
	await tab(page, called('Table'));
	await page.keyboard.press('Space');
	await tab(page, (s) => s.text === 'CSV');
	await tab(page, (s) => s.html.startsWith('<div class="scroll"') || s.tag === 'A');
});

/* Every page once. */
const pages = [];
for (const file of readdirSync(new URL('.', import.meta.url)))
	if (file.endsWith('pages.mjs'))
		pages.push(...(await import(`./${file}`)).pages);
const once = pages.filter((p, n) => !['quote-offline', 'counter-offline'].includes(p.name) && pages.findIndex((x) => String(x.path) === String(p.path) && x.role === p.role) === n);
test('every page in a window of 320 px', async (t) => {
	const wrong = [], seats = new Map();
	for (const [n, p] of once.entries()) {
		const page = await t.seat(seats, p.role, { lang: n % 2 ? 'zh' : 'en', size: 'phone' });
		await page.setViewportSize({ width: 320, height: 640 });
		const path = typeof p.path === 'function' ? await p.path(t, page).catch(() => undefined) : p.path;
		if (path) /* a small sample may have none */
			await t.go(page, path);
		await t.fits(page).catch((e) => wrong.push(`${p.name}: ${e.message}`));
		const small = await t.small(page);
		if (small.length)
			wrong.push(`${p.name}: targets smaller than 24 px: ${small.join(' ; ')}`);
		const stuck = await t.stuck(page);
		if (stuck.length)
			wrong.push(`${p.name}: not scrolled by keyboard: ${stuck.join(' ; ')}`);
	}
	if (wrong.length)
		throw new Error(`\n${wrong.join('\n')}`);
});

await run();
