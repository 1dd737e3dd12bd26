/* Pictures of pages: OUTDIR/page-role-size-theme-lang.png.  usage: node screenshots.mjs OUTDIR [PAGE...]
 * Only some: SIZES=phone THEMES=dark LANGS=zh. Also says what is wider than the window and what the console says. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, serve, World } from './lib.mjs';
import { pages as first } from './pages.mjs';

const [out, ...names] = process.argv.slice(2);
const of = (name, all) => (process.env[name] ? process.env[name].split(',') : all);
const pages = [...first];
for (const file of readdirSync(new URL('.', import.meta.url)))
	if (file.endsWith('.pages.mjs'))
		pages.push(...(await import(`./${file}`)).pages);

mkdirSync(out, { recursive: true });
const server = await serve(), browser = await launch(), t = new World(server, browser);
let made = 0, wrong = 0;
for (const p of pages) {
	if (names.length && !names.includes(p.name))
		continue;
	for (const size of of('SIZES', ['phone', 'desktop']))
		for (const lang of of('LANGS', ['en', 'zh']))
			for (const theme of of('THEMES', ['light', 'dark'])) {
				const file = `${p.name}-${p.role ?? 'visitor'}-${size}-${theme}-${lang}.png`;
				t.errors = [];
				try {
					const page = await t.as(p.role, { lang, theme, size });
					await t.go(page, typeof p.path === 'function' ? await p.path(t, page) : p.path);
					if (p.act)
						await p.act(page, t);
					await t.settle(page);
					await page.screenshot({ path: join(out, file), fullPage: !p.window });
					await t.fits(page);
					if (t.errors.length)
						throw new Error(t.errors.join('\n'));
					made++;
				} catch (e) {
					wrong++;
					console.log(`${file}: ${e.message}`);
				}
				await t.closeAll();
			}
}
await browser.close();
await server.stop();
server.remove();
console.log(`${made} pictures in ${out}, ${wrong} with something wrong`);
process.exit(wrong ? 1 : 0);
