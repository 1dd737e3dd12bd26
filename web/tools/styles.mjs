/* The app is one page: a style that was loaded stays. So what a class looks like is said in one file: either in style.css,
 * for all, or in one folder's, which then needs no other's. Says which selectors begin with a class that another file
 * styles too, or style bare elements outside style.css.  usage: node tools/styles.mjs */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const src = new URL('../src', import.meta.url).pathname;
const files = readdirSync(src, { recursive: true }).filter((f) => f.endsWith('.css')).map((f) => join(src, f));
const where = new Map(), wrong = [];
for (const file of files) {
	const name = relative(src, file), text = readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\//g, '');
	for (const [, all] of text.matchAll(/([^{}]+)\{/g)) {
		if (all.trim().startsWith('@') || /^(from|to|\d+%)/.test(all.trim()))
			continue;
		for (const selector of all.split(/,(?![^(]*\))/).map((s) => s.trim()).filter(Boolean)) {
			const own = /^[a-z]*\.([\w-]+)$|^[a-z]*\.([\w-]+)(?=[\s>:[~+])/.exec(selector);
			if (!own) {
				if (name !== 'style.css' && /^[a-z]+(\[|:|$|\s)/.test(selector) && !/\.[\w-]/.test(selector))
					wrong.push(`${name}: "${selector}" styles every page that is opened after this one`);
				continue;
			}
			const key = own[1] ?? own[2], last = selector === own[0];
			if (!last)
				continue; /* what is inside, or a state: the class itself is found where it is styled */
			const before = where.get(key);
			if (before && before !== name)
				wrong.push(`${name}: .${key} is styled in ${before} too`);
			where.set(key, before ?? name);
		}
	}
}
wrong.forEach((x) => console.log(x));
process.exit(wrong.length ? 1 : 0);
