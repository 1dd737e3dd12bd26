/* What the browser tests share: a sample programme served on a free port, a browser, people who sign in, and the books
 * to look into. A test file:
 *
 *   import { test, run } from './lib.mjs';
 *   test('the officer sees the city', async (t) => {
 *     const page = await t.as('officer', { lang: 'zh' });
 *     await t.go(page, '/city');
 *     await t.axe(page);
 *   });
 *   await run();
 *
 * prints "ok NAME" a test; a failing one leaves a picture of every open page in out/test-web. RELODE_SAMPLE is a folder
 * made by scripts/sample; each file works on a copy. At the end `relode audit` must find that the books hold. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const root = new URL('../..', import.meta.url).pathname;
export const relode = process.env.RELODE ?? join(root, 'build/relode');
export const sample = process.env.RELODE_SAMPLE ?? join(root, 'out/sample');
const pictures = join(root, 'out/test-web');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 375, height: 812 } };

/** A copy of a programme, of the sample when none is said, served. stop() ends it. */
export async function serve(from = sample) {
	const dir = mkdtempSync(join(tmpdir(), 'relode-web-'));
	cpSync(from, dir, { recursive: true });
	const db = join(dir, 'relode.db');
	const args = ['serve', '--db', db, '--web', join(dir, 'web'), '--listen', '127.0.0.1:0', '--log', 'warn', '--rate-failed', '1000', '--rate-public', '2000'];
	const child = spawn(relode, args, { stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';
	const base = await new Promise((resolve, reject) => {
		const hear = (data) => {
			said += data;
			const m = /listening on (http:\S+)/.exec(said);
			if (m)
				resolve(m[1]);
		};
		child.stdout.on('data', hear);
		child.stderr.on('data', hear);
		child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
		setTimeout(() => reject(new Error(`the server did not begin: ${said}`)), 60000).unref();
	});
	return {
		base, dir, db, password: readFileSync(join(dir, 'password'), 'utf8').trim(), said: () => said,
		async stop() {
			const ended = new Promise((r) => child.once('exit', r));
			child.kill('SIGTERM');
			await ended;
		},
		remove: () => rmSync(dir, { recursive: true, force: true }),
	};
}
/* The engine without a window around it takes half of the processor's time. */
export const launch = () => chromium.launch({
	executablePath: process.env.CHROMIUM ?? ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(existsSync),
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
});

/** The world of a test file. */
export class World {
	constructor(server, browser) {
		Object.assign(this, { server, browser, base: server.base, contexts: [], errors: [], asking: new WeakMap() });
	}
	/** A page of a new visitor; role: a login of the sample, signed in; undefined: nobody. */
	async as(role, { lang = 'en', theme = 'light', size = 'desktop' } = {}) {
		const context = await this.browser.newContext({ viewport: sizes[size], baseURL: this.base, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', hasTouch: size === 'phone', acceptDownloads: true });
		this.contexts.push(context);
		await context.addInitScript(([l, th]) => {
			if (!localStorage.getItem('relode.lang'))
				localStorage.setItem('relode.lang', l);
			localStorage.setItem('relode.theme', th);
			localStorage.setItem('relode.city', '1');
		}, [lang, theme]);
		if (role)
			await this.signIn(context, role);
		const page = await context.newPage();
		page.setDefaultTimeout(30000); /* a machine at work on other things is slow, not wrong */
		const asking = new Set(); /* of the server, not answered yet */
		this.asking.set(context, asking);
		context.on('request', (r) => r.url().includes('/v1/') && asking.add(r));
		context.on('requestfinished', (r) => asking.delete(r));
		context.on('requestfailed', (r) => asking.delete(r));
		page.on('console', (m) => {
			/* a refused request is an answer that the page shows; anything else is our mistake */
			if (m.type() === 'error' && !/Failed to load resource|net::ERR_/.test(m.text()))
				this.errors.push(m.text());
		});
		page.on('pageerror', (e) => this.errors.push(String(e.stack ?? e)));
		return page;
	}
	/** As `as`, for a walk through many pages: whoever is signed in stays at the page of the walk before; nobody comes anew. */
	async seat(seats, role, how) {
		const key = `${role} ${how.lang}`;
		if (role && seats.has(key))
			return seats.get(key);
		await seats.get(key)?.context().close();
		seats.set(key, await this.as(role, how));
		return seats.get(key);
	}
	async signIn(context, login, password = this.server.password) {
		const r = await context.request.post('/v1/session', { data: { login, password }, headers: { 'Idempotency-Key': `"${Math.random()}"`, Origin: this.base, 'Sec-Fetch-Site': 'same-origin' } });
		if (!r.ok())
			throw new Error(`${login} cannot sign in: ${r.status()} ${await r.text()}`);
	}
	/** Goes to a path and waits until nothing is loading. */
	async go(page, path) {
		await page.goto(path);
		await this.settle(page);
	}
	/** Waits until what was clicked or opened has come: every question to the server is answered, and shown. */
	async settle(page) {
		const asking = this.asking.get(page.context()), until = Date.now() + 25000;
		await page.waitForLoadState('networkidle');
		do {
			await painted(page);
			while (asking.size && Date.now() < until)
				await page.waitForTimeout(20);
			await painted(page); /* an answer may lead to the next question */
		} while (asking.size && Date.now() < until);
		await page.waitForFunction(() => !document.querySelector('.ghost'), undefined, { timeout: 25000 }).catch(() => undefined);
	}
	/** The API as a role has it: await t.api('admin', 'GET', '/v1/cities/1'). */
	async api(login, method, path, body) {
		this.tokens ??= {};
		this.tokens[login] ??= fetch(this.base + '/v1/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login, password: this.server.password }) }).then((r) => r.json()).then((a) => a.token);
		const r = await fetch(this.base + path, {
			method, headers: { Authorization: `Bearer ${await this.tokens[login]}`, ...(method === 'GET' ? {} : { 'Content-Type': 'application/json', 'Idempotency-Key': `"${Math.random()}"` }) },
			body: method === 'GET' || method === 'DELETE' ? undefined : JSON.stringify(body ?? {}),
		});
		const answer = await r.json();
		if (!r.ok)
			throw new Error(`${method} ${path}: ${r.status} ${answer.detail}`);
		return answer;
	}
	/** axe-core finds nothing on the page as it is now (WCAG 2.2 A and AA). Evaluated, so that the CSP holds. */
	async axe(page, label = page.url()) {
		await page.evaluate(axeSource);
		await page.evaluate(() => window.scrollTo(0, 0)); /* what lies under the bar that stays is no finding */
		const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
		if (found.violations.length)
			throw new Error(`axe at ${label}:\n` + found.violations.map((v) => `  ${v.id}: ${v.help}\n` + v.nodes.slice(0, 4).map((n) => `    ${n.target} ${n.html.slice(0, 160)}\n      ${n.failureSummary?.split('\n').slice(0, 3).join(' ')}`).join('\n')).join('\n'));
	}
	/** Targets smaller than 24 px that have no room around them (WCAG 2.2, 2.5.8), as axe-core measures them. */
	async small(page) {
		await page.evaluate(axeSource);
		return page.evaluate(() => window.axe.run(document, { runOnly: { type: 'rule', values: ['target-size'] } }).then((r) => r.violations.flatMap((v) => v.nodes.map((n) => n.html.slice(0, 140)))));
	}
	/** Boxes that hold more than they show and cannot be moved by keyboard: neither they nor what stands at their end takes
	 * the focus, by Tab or, in tabs and radios, by arrows. */
	stuck(page) {
		return page.evaluate(() => [...document.body.querySelectorAll('*')].filter((e) => {
			const s = getComputedStyle(e), more = { x: e.scrollWidth - e.clientWidth > 1 && /auto|scroll/.test(s.overflowX), y: e.scrollHeight - e.clientHeight > 1 && /auto|scroll/.test(s.overflowY) };
			if (!(more.x || more.y) || e.tabIndex >= 0 || !e.clientWidth || s.visibility === 'hidden')
				return false;
			const box = e.getBoundingClientRect(), stops = [...e.querySelectorAll('a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex], [role=tab], label:has(input)')].filter((x) => (x.tabIndex >= 0 || x.matches('[role=tab], label')) && x.getClientRects().length).map((x) => x.getBoundingClientRect());
			const end = { x: Math.max(0, ...stops.map((r) => r.right - box.left + e.scrollLeft)), y: Math.max(0, ...stops.map((r) => r.bottom - box.top + e.scrollTop)) };
			return (more.x && end.x < e.scrollWidth - 40) || (more.y && end.y < e.scrollHeight - 40);
		}).map((e) => e.outerHTML.slice(0, 140)));
	}
	/** Nothing is wider than the window. */
	async fits(page) {
		const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
		if (wide > 1)
			throw new Error(`${page.url()} is ${wide} px wider than the window`);
	}
	async closeAll() {
		for (const c of this.contexts)
			await c.close();
		this.contexts = [];
	}
}

/** What was rendered is on the screen, and its effects, such as listening to keys, have run. */
export const painted = (page) => page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(r)))));

const tests = [];
export const test = (name, fn) => tests.push({ name, fn });

export async function run() {
	const only = process.argv[2];
	const server = await serve(), browser = await launch();
	const t = new World(server, browser);
	let failed = 0;
	mkdirSync(pictures, { recursive: true });
	for (const { name, fn } of tests) {
		if (only && !name.includes(only))
			continue;
		t.errors = [];
		try {
			await fn(t);
			if (t.errors.length)
				throw new Error('in the console:\n' + t.errors.join('\n'));
			console.log(`ok ${name}`);
		} catch (e) {
			failed++;
			console.log(`FAIL ${name}: ${e.stack ?? e}`);
			let n = 0;
			for (const c of t.contexts)
				for (const p of c.pages()) {
					const file = join(pictures, `${name.replace(/[^\w]+/g, '-').slice(0, 60)}-${++n}.png`);
					await p.screenshot({ path: file, fullPage: true }).then(() => console.log(`  ${p.url()} is in ${file}`), () => undefined);
				}
		}
		await t.closeAll();
	}
	await browser.close();
	await server.stop();
	try {
		execFileSync(relode, ['audit', '--db', server.db], { encoding: 'utf8' });
		console.log('ok the books hold');
	} catch (e) {
		failed++;
		console.log(`FAIL the books: ${e.stdout}`);
	}
	server.remove();
	process.exit(failed ? 1 : 0);
}
