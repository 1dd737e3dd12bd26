/* Writes a .gz and a .br beside every text file of dist/, so that the server only picks one. */
import { readdirSync, readFileSync, writeFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const text = /\.(html|js|css|svg|json|webmanifest|txt)$/;

function walk(dir) {
	for (const name of readdirSync(dir)) {
		const path = join(dir, name);
		if (statSync(path).isDirectory()) {
			walk(path);
		} else if (text.test(name)) {
			const data = readFileSync(path);
			writeFileSync(path + '.gz', gzipSync(data, { level: 9 }));
			writeFileSync(path + '.br', brotliCompressSync(data, {
				params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length },
			}));
		}
	}
}
walk(new URL('../dist', import.meta.url).pathname);
