/* Writes dist/licences.txt: the licences, and notices, of every package whose code is in the app. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
let text = 'The web app of relode is under the Apache License, Version 2.0. In it is code of these packages:\n';

for (const [path, p] of Object.entries(lock.packages)) {
	if (!path || p.dev || p.optional || p.devOptional || !existsSync(join(root, path)))
		continue;
	text += `\n${'='.repeat(80)}\n${path.replace(/^.*node_modules\//, '')} ${p.version} (${p.license})\n${'='.repeat(80)}\n`;
	for (const name of readdirSync(join(root, path), { withFileTypes: true }).filter((e) => e.isFile()).map((e) => e.name).filter((n) => /^(licen[cs]e|notice|copying)/i.test(n)).sort())
		text += `\n${readFileSync(join(root, path, name), 'utf8').trim()}\n`;
}
writeFileSync(join(root, 'dist/licences.txt'), text);
