/* What every page shows when the server is away, broken, or says no, and in a city where nothing has happened yet: it says
 * what is the matter, waits for nothing for ever, and throws nothing. The session and the cities' names still come.
 *
 * Each page is opened in one of the three states, by turns; STATES=offline,error,forbidden opens each in all of these.
 * PICTURES=DIR also takes a picture of each. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { relode, run, sample, serve, test, World } from './lib.mjs';

const pages = [];
for (const file of readdirSync(new URL('.', import.meta.url)))
	if (file.endsWith('pages.mjs'))
		pages.push(...(await import(`./${file}`)).pages);
/* These ask nothing, or are about a state of their own. */
const quiet = ['bench', 'counter', 'login', 'not-found', 'search', 'drawer-empty', 'open', 'open-wrong', 'order-none', 'counter-queue', 'quote-offline', 'counter-offline', 'passport-none', 'admin-forbidden', 'item-forbidden', 'welcome', 'counter-question', 'quote-refused'];
const opened = pages.filter((p, n) => !quiet.includes(p.name) && pages.findIndex((x) => String(x.path) === String(p.path) && x.role === p.role) === n);
const answers = {
	offline: { act: (r) => r.abort(), says: /No connection|cannot be reached|没有网络连接|无法连接服务器/ },
	error: { act: (r) => r.fulfill({ status: 500, contentType: 'application/problem+json', json: { type: '/problems/database', title: 'Database', detail: 'the disk is full', status: 500 } }), says: /disk is full|did not work|操作未成功|数据库出错/ },
	forbidden: { act: (r) => r.fulfill({ status: 403, contentType: 'application/problem+json', json: { type: '/problems/forbidden', title: 'Forbidden', detail: 'not your role', status: 403 } }), says: /Not open to you|not your role|您没有权限|没有此项权限/ },
};
const all = process.env.STATES?.split(','), pictures = process.env.PICTURES;
if (pictures)
	mkdirSync(pictures, { recursive: true });

/** What is wrong with the page as it is now. */
async function look(t, page, says) {
	await t.settle(page);
	const seen = await page.evaluate(() => ({
		text: document.querySelector('main')?.innerText ?? '', ghosts: document.querySelectorAll('main .ghost').length,
		alert: [...document.querySelectorAll('[role=alert], .offline')].map((x) => x.innerText).join('\n'),
	}));
	const wrong = [];
	if (seen.text.trim().length < 20)
		wrong.push(`is blank: "${seen.text}"`);
	if (seen.ghosts)
		wrong.push(`waits for ever: ${seen.ghosts} ghosts`);
	if (/(^|\s)(…|undefined|NaN|\[object Object\])(\s|$)/.test(seen.text))
		wrong.push(`shows ${/(…|undefined|NaN|\[object Object\])/.exec(seen.text)[0]}`);
	if (says && !says.test(`${seen.text}\n${seen.alert}`))
		wrong.push('does not say what is the matter');
	if (t.errors.length)
		wrong.push(`in the console: ${t.errors.join(' | ').slice(0, 300)}`);
	return wrong;
}
for (const lang of ['en', 'zh'])
	test(`a server that is away, broken, or says no, ${lang}`, async (t) => {
		const found = [];
		for (const [n, p] of opened.entries()) {
			const turn = Object.keys(answers)[(n + (lang === 'zh' ? 1 : 0)) % 3];
			for (const state of all ?? [turn]) {
				if (n % 2 !== (lang === 'zh' ? 1 : 0) && !all)
					continue; /* half in each language */
				t.errors = [];
				const page = await t.as(p.role, { lang, size: (n + state.length) % 2 ? 'phone' : 'desktop' });
				const path = typeof p.path === 'function' ? await p.path(t, page).catch(() => undefined) : p.path;
				if (!path) {
					await t.closeAll();
					continue; /* a small sample may have none */
				}
				await page.route('**/v1/**', (r) => (/\/v1\/(session|cities\?)/.test(r.request().url()) ? r.fallback() : answers[state].act(r)));
				await page.goto(path);
				found.push(...(await look(t, page, answers[state].says)).map((x) => `${p.name} (${path}), ${state}: ${x}`));
				if (pictures)
					await page.screenshot({ path: join(pictures, `${p.name}-${state}-${lang}.png`), fullPage: true });
				await t.closeAll();
			}
		}
		t.errors = [];
		if (found.length)
			throw new Error(`\n${found.join('\n')}`);
	});

/* A programme with a city, its administrators, and nothing else. */
const paths = [
	...['/account', '/counter', '/counter/today', '/counter/money', '/counter/queue', '/bench', '/bench/list', '/bench/stuck', '/stock', '/stock/count', '/offers', '/offers/buyers', '/recovery', '/recovery/lots', '/recovery/consignments', '/recovery/balance',
		'/city', '/city/report', '/city/proof', '/city/lives', '/city/items', '/city/stuck', '/money', '/money/new', '/money/owed', '/money/statement', '/money/cash', '/money/taxes',
		'/admin/users', '/admin/parties', '/admin/sites', '/admin/prices', '/admin/rules', '/admin/catalogue', '/admin/settings', '/admin/books',
		'/items/1', '/orders/1', '/devices/1', '/sales/1', '/recovery/batches/1', '/recovery/consignments/1', '/money/payouts/1'].map((path) => ['admin', path]),
	...['/', '/drawer', '/o', '/quote/category?c=phone', '/p/1/1', '/welcome'].map((path) => [undefined, path]),
];
for (const lang of ['en', 'zh'])
	test(`a city where nothing has happened yet, ${lang}`, async (world) => {
		const dir = mkdtempSync(join(tmpdir(), 'relode-web-empty-')), db = join(dir, 'relode.db');
		const made = (...args) => execFileSync(relode, [...args, '--db', db], { encoding: 'utf8' });
		made('init', '--name', 'Empty programme');
		made('act', 'city.open', '--city', '1', '--name', 'Newtown', '--time_zone', 'Asia/Shanghai', '--currency', 'CNY');
		made('user', 'create', '--login', 'admin', '--roles', 'admin,clerk,technician,officer,auditor', '--password', 'nothing-here-yet');
		cpSync(join(sample, 'web'), join(dir, 'web'), { recursive: true });
		rmSync(join(dir, 'web/demo.json'), { force: true });
		writeFileSync(join(dir, 'password'), 'nothing-here-yet\n');
		const server = await serve(dir), t = new World(server, world.browser), found = [];
		for (const [n, [role, path]] of paths.entries()) {
			if (n % 2 !== (lang === 'zh' ? 1 : 0) && !all)
				continue;
			t.errors = [];
			const page = await t.as(role, { lang, size: n % 4 < 2 ? 'phone' : 'desktop' });
			await page.goto(path);
			found.push(...(await look(t, page)).map((x) => `${path}: ${x}`));
			await t.fits(page).catch((e) => found.push(e.message));
			if (pictures)
				await page.screenshot({ path: join(pictures, `${path.replace(/\W+/g, '-')}-empty-${lang}.png`), fullPage: true });
			await t.closeAll();
		}
		await server.stop();
		server.remove();
		rmSync(dir, { recursive: true, force: true });
		if (found.length)
			throw new Error(`\n${found.join('\n')}`);
	});

await run();
