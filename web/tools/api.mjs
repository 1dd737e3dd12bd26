/* Writes src/api/types.d.ts and src/api/routes.ts from the program's own OpenAPI document, so that a page that asks
 * for what is no longer there does not compile.  usage: node tools/api.mjs RELODE */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const document = execFileSync(process.argv[2] ?? '../build/relode', ['manual', 'openapi'], { maxBuffer: 1 << 26 });
const out = new URL('../src/api/', import.meta.url);
const api = JSON.parse(document);
const note = '/* Made by tools/api.mjs from `relode manual openapi`; not to be edited. */\n';

function write(name, text) {
	const path = new URL(name, out);
	if (!existsSync(path) || readFileSync(path, 'utf8') !== text)
		writeFileSync(path, text);
}

let routes = note + '/** operationId: method and path. */\nexport const routes: Record<string, string> = {\n';
const paged = [];
for (const [path, item] of Object.entries(api.paths))
	for (const [method, operation] of Object.entries(item))
		if (operation.operationId) {
			routes += `\t'${operation.operationId}': '${method.toUpperCase()} ${path}',\n`;
			if (operation.parameters?.some((x) => x.name === 'limit'))
				paged.push(operation.operationId);
		}
routes += `};\n/** Lists that come in pages. */\nexport const paged = new Set<string>(${JSON.stringify(paged)});\n`;
mkdirSync(out, { recursive: true });
write('routes.ts', routes);
write('types.d.ts', note + astToString(await openapiTS(document.toString())));
