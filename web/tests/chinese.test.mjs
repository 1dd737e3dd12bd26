/* In Chinese everything is Chinese: what the server refuses with, and what no page may leave in English. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test, run } from './lib.mjs';
import { pages as first } from './pages.mjs';
import { book, city, itemOf, open, quote, words } from './steps.mjs';

const zh = words.zh;
/** Remembers the refusals that a page was answered: their status and sentence. */
function refusals(page) {
	const list = [];
	page.on('response', async (r) => {
		if (r.status() < 400 || !(r.headers()['content-type'] ?? '').includes('problem+json'))
			return;
		const p = await r.json().catch(() => ({}));
		list.push({ status: r.status(), said: p.detail, title: p.title, lang: r.headers()['content-language'] });
	});
	return list;
}
/** The last refusal with this status, when it has come. */
async function refused(page, list, status) {
	for (let i = 0; i < 100 && !list.some((r) => r.status === status); i++)
		await page.waitForTimeout(100);
	const last = list.filter((r) => r.status === status).at(-1);
	assert.ok(last, `no ${status} among ${JSON.stringify(list)}`);
	return last;
}
/** The last refusal has this status, is in Chinese, and its sentence stands on the page. */
async function told(page, list, status, sentence) {
	await page.getByText(sentence).first().waitFor();
	const last = await refused(page, list, status);
	assert.equal(last.lang, 'zh-CN');
	for (const text of [last.title, last.said])
		assert.match(text, /[\u4e00-\u9fff]/);
	return last;
}

test('a login that fails', async (t) => {
	const page = await t.as(undefined, { lang: 'zh' }), list = refusals(page);
	await t.go(page, '/login');
	await page.locator('form input').nth(0).fill('counter');
	await page.locator('form input').nth(1).fill('not the password');
	await page.locator('form button[type=submit]').click();
	assert.equal((await told(page, list, 401, '用户名或密码不正确')).said, '用户名或密码不正确');
	await t.axe(page);
});

test('a wrong PIN, a mistyped code', async (t) => {
	const page = await t.as(undefined, { lang: 'zh', size: 'phone' }), list = refusals(page);
	await t.go(page, '/');
	await quote(t, page, true);
	await page.getByRole('button', { name: zh.book }).click();
	const order = await book(t, page, zh), other = await t.as(undefined, { lang: 'zh' }), theirs = refusals(other);
	await t.go(other, '/o');
	const fill = async (code, pin) => {
		await other.locator('form input').nth(0).fill(code);
		await other.locator('form input').nth(1).fill(pin);
		await other.locator('form button[type=submit]').click();
	};
	await fill(order.code, order.pin === '123456' ? '654321' : '123456');
	assert.equal((await told(other, theirs, 401, /订单号.*PIN/)).said, '订单号或 PIN 不正确');
	const wrong = order.code.slice(0, -1) + (order.code.endsWith('2') ? '3' : '2');
	await fill(wrong, order.pin);
	await other.waitForFunction(() => document.querySelector('[role=alert]'));
	assert.match((await refused(other, theirs, 422)).said, /^订单号：.*末位校验不符/);
	assert.equal(list.length, 0);
});

test('an offer that was declined meanwhile; an order that was cancelled meanwhile', async (t) => {
	const page = await t.as(undefined, { lang: 'zh' });
	await quote(t, page, false);
	await page.getByRole('button', { name: zh.book }).click();
	const order = await book(t, page, zh, { name: '李四' }), booked = await itemOf(t, order.code), { item } = booked;
	const one = await t.as(undefined, { lang: 'zh' }), two = await t.as(undefined, { lang: 'zh' }), list = refusals(two);
	await open(t, one, order);
	await t.api('admin', 'POST', `${city}/items/${item}/take-in`, { stolen: 'clear' });
	await one.reload();
	await t.settle(one);
	await one.getByRole('button', { name: zh.give }).first().click();
	await one.getByRole('dialog').getByRole('button', { name: zh.give }).click();
	await one.getByRole('dialog').waitFor({ state: 'detached' });
	const tests = await t.api('admin', 'GET', `${city}/tests?category=phone`);
	await t.api('admin', 'POST', `${city}/items/${item}/inspections`, {
		tests: tests.tests.map((x) => ({ test: x.code, result: 'pass' })), marks: [{ part: 'screen', severity: 'cracked' }], battery_percent: 90, activation_lock: 'off', stolen: 'clear',
	});
	await open(t, two, order);
	await two.getByRole('button', { name: zh.accept }).click();
	await two.getByRole('dialog').waitFor();
	await one.reload();
	await t.settle(one);
	await one.getByRole('button', { name: zh.decline }).click();
	await one.getByRole('button', { name: zh.yes_back }).click();
	await one.getByRole('dialog').waitFor({ state: 'detached' });
	await two.getByRole('button', { name: zh.yes }).click();
	const { said } = await told(two, list, 409, '您未接受新报价'); /* how it stands now */
	assert.match(said, new RegExp(`订单项 ${item} 目前为“退还中”，不能执行“接受报价”；现在可以：退还机主`));
	await t.axe(two);

	/* two clerks cancel the same booking */
	const free = (await t.api('bench', 'GET', `${city}/items?state=booked&limit=50`)).items.find((i) => !i.given_us);
	const a = await t.as('bench', { lang: 'zh' }), b = await t.as('admin', { lang: 'zh' }), theirs = refusals(b);
	const cancel = { name: '取消预约' };
	for (const p of [a, b]) {
		await t.go(p, `/orders/${free.order}`);
		await p.getByRole('button', cancel).first().click();
	}
	await a.getByRole('dialog').getByRole('button', cancel).click();
	await a.getByRole('dialog').waitFor({ state: 'detached' });
	await b.getByRole('dialog').getByRole('button', cancel).click();
	assert.match((await refused(b, theirs, 409)).said, /目前为“已取消”，不能执行“取消”/);
	await t.axe(b);
});

test('a photo that is too large, and one that is none', async (t) => {
	const page = await t.as('bench', { lang: 'zh' }), list = refusals(page);
	const device = (await t.api('bench', 'GET', `${city}/devices?state=in_custody&limit=1`)).items[0];
	await t.go(page, `/bench/device/${device.device}`);
	const input = page.locator('input[type=file]').first();
	if (!(await input.count()))
		await page.getByRole('button', { name: '检测' }).first().click();
	await input.waitFor({ state: 'attached' });
	await input.setInputFiles({ name: 'note.txt', mimeType: 'image/png', buffer: Buffer.from('no picture') });
	await page.getByText('无法读取此图片').first().waitFor();
	/* the app makes photos small: as another program would send it */
	await page.route('**/evidence', (route) => route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), content: 'A'.repeat(900_000) }) }));
	const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
	await input.setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: png });
	const { said } = await told(page, list, 415, '只接受 JPEG、PNG 图片或 PDF 文档');
	assert.equal(said, '只接受 JPEG、PNG 图片或 PDF 文档');
	await page.unroute('**/evidence');
	await page.route('**/evidence', (route) => route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), content: 'A'.repeat(1_010_000) }) }));
	await input.setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: png });
	await told(page, list, 422, /文件（content）：最多 1000000 字节，现有 1010000/);
	await t.axe(page);
});

test('the language is changed while a refusal stands there', async (t) => {
	const page = await t.as(undefined, { lang: 'zh' });
	await t.go(page, '/login');
	await page.locator('form input').nth(0).fill('counter');
	await page.locator('form input').nth(1).fill('not the password');
	await page.locator('form button[type=submit]').click();
	await page.getByText('用户名或密码不正确').waitFor();
	await page.getByRole('button', { name: 'English' }).first().click();
	await page.getByText('Login, password or link is wrong.').waitFor();
	await page.locator('form button[type=submit]').click();
	await page.getByText('login or password is wrong').waitFor();
});
/* A text that may stand in Latin letters on a Chinese page: names, codes, units, keys, commands, and what is marked as
 * English. What is left and has two words, or is a word that the app knows, was forgotten. */
function leftInEnglish() {
	const found = [];
	const put = (text, el, what) => {
		const t = text.trim().replace(/\s+/g, ' ');
		if (/[\u3400-\u9fff]/.test(t) || !/[A-Za-z]{3}/.test(t))
			return;
		if (el.closest('script, style, code, pre, kbd, .mono, .query, [lang=en]'))
			return;
		found.push([t, what]);
	};
	const tree = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (tree.nextNode())
		put(tree.currentNode.data, tree.currentNode.parentElement, 'text');
	for (const el of document.querySelectorAll('*'))
		for (const a of ['aria-label', 'title', 'placeholder', 'alt'])
			if (el.hasAttribute(a))
				put(el.getAttribute(a), el, a);
	return found;
}
/** What the sample itself calls things, and its codes: all texts of what the API answers, by anyone's leave. */
async function namesOf(t) {
	const names = new Set(['relode', 'English', 'CSV', 'JSON', 'Enter', 'Esc', 'IMEI', 'PIN', 'Apple', 'Fairphone 5 Special Edition with a very long name']);
	const take = (v, key) => {
		if (Array.isArray(v) || (v && typeof v === 'object'))
			Object.entries(v).forEach(([k, x]) => take(x, Array.isArray(v) ? key : k));
		else if (typeof v === 'string' && !['code', 'name_en', 'state', 'kind', 'reason', 'channel', 'item_state', 'device_state', 'why', 'action'].includes(key))
			names.add(v.trim().replace(/\s+/g, ' '));
	};
	for (const path of ['/v1/cities', '/v1/catalogue/categories', '/v1/catalogue/lists', '/v1/rules', '/v1/users?limit=200', `${city}`, `${city}/map`, `${city}/sites?limit=200`, `${city}/parties?limit=200`, `${city}/rates`])
		take(await t.api('admin', 'GET', path));
	return names;
}

/** Goes over to the other language on the page as it is, whatever lies over it. */
async function toLanguage(page, name) {
	await page.evaluate((n) => [...document.querySelectorAll('button')].find((b) => b.textContent.trim() === n)?.click(), name);
	await page.waitForTimeout(50);
}
/** Codes as programs say them: drop_off, in_custody. */
function codesShown() {
	const found = [], tree = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (tree.nextNode())
		if (/^\s*[a-z]+(_[a-z0-9]+)+\s*$/.test(tree.currentNode.data) && !tree.currentNode.parentElement.closest('script, style, code, pre, kbd, .mono, .query'))
			found.push(tree.currentNode.data.trim());
	return found;
}

test('no page leaves anything in English, or a code in either language', async (t) => {
	const pages = [...first], left = new Map(), names = await namesOf(t), seats = new Map();
	for (const file of readdirSync(new URL('.', import.meta.url)))
		if (file.endsWith('.pages.mjs'))
			pages.push(...(await import(`./${file}`)).pages);
	for (const p of pages) {
		const page = await t.seat(seats, p.role, { lang: 'zh' });
		const path = typeof p.path === 'function' ? await p.path(t, page).catch(() => undefined) : p.path;
		if (!path) /* a small sample may have none today */
			continue;
		await t.go(page, path);
		if (p.act)
			await p.act(page, t);
		await t.settle(page);
		await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
		for (const [text, what] of await page.evaluate(leftInEnglish)) {
			const bare = text.replace(/^[#*·\s]+|[·\s]+$/g, '');
			/* two words in small letters, or one that is nobody's name: "not inspected", "Battery" */
			if (!names.has(bare) && (/\b[a-z]{2,}[ _][a-z]{2,}\b/.test(bare) || /^[A-Z]?[a-z]{3,}$/.test(bare)))
				left.set(bare, `${p.name}, ${what}: ${bare}`);
		}
		await toLanguage(page, 'English');
		for (const code of await page.evaluate(codesShown))
			left.set(code, `${p.name}, in English: ${code}`);
		await toLanguage(page, '中文');
	}
	assert.deepEqual([...left.values()], []);
});
await run();
