/* Finds what people would see in one language alone: text between tags, and titles, labels, placeholders, that do not
 * come from words(). Also words that nothing uses. Prints FILE:LINE and fails when there is any. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const root = new URL('../src', import.meta.url).pathname;
const shown = new Set(['title', 'label', 'placeholder', 'alt', 'aria-label', 'hint', 'legend', 'sub', 'text', 'yes', 'empty']);
const same = new Set(['relode', 'IMEI', 'PIN', 'CSV', 'QR', 'JSON', 'ID', 'CO2e', 'EUR', 'CNY', 'Enter']); /* the same in both */
const wrong = [];

const spoken = (t) => /\p{L}{2,}/u.test(t) && !same.has(t.trim()) && !/^(https?:|\/)/.test(t.trim());

function words(node, file, at) {
	/* words({…}, {…}): which keys are there */
	const [en] = node.arguments;
	if (!en || !ts.isObjectLiteralExpression(en))
		return;
	const name = ts.isVariableDeclaration(node.parent) && ts.isIdentifier(node.parent.name) ? node.parent.name.text : undefined;
	at.tables.push({ name, node, keys: en.properties.filter(ts.isPropertyAssignment).map((p) => p.name.getText(file).replace(/['"]/g, '')) });
}
function visit(node, file, path, at) {
	const line = () => `${relative(root, path)}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
	if (ts.isJsxText(node) && spoken(node.text))
		wrong.push(`${line()}: "${node.text.trim()}" is in one language`);
	if (ts.isJsxAttribute(node) && shown.has(node.name.getText(file)) && node.initializer && ts.isStringLiteral(node.initializer) && spoken(node.initializer.text))
		wrong.push(`${line()}: ${node.name.getText(file)}="${node.initializer.text}" is in one language`);
	if (ts.isCallExpression(node) && ['words'].includes(node.expression.getText(file)))
		words(node, file, at);
	ts.forEachChild(node, (n) => visit(n, file, path, at));
}
function walk(dir) {
	for (const entry of readdirSync(dir, { withFileTypes: true })) {
		const path = join(dir, entry.name);
		if (entry.isDirectory()) {
			if (entry.name !== 'api')
				walk(path);
		} else if (/\.tsx?$/.test(entry.name)) {
			const text = readFileSync(path, 'utf8'), at = { tables: [] };
			const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
			visit(file, file, path, at);
			/* a key that is built ("w(`state_${x}`)") counts when it looks like that */
			const built = [...text.matchAll(/\bw\(`([^`]*)`/g)].map((m) => new RegExp(`^${m[1].replace(/\$\{[^}]*\}/g, '\\w+')}$`));
			for (const t of at.tables) {
				const rest = text.slice(0, t.node.getStart(file)) + text.slice(t.node.getEnd());
				for (const k of t.keys)
					if (!new RegExp(`\\b${k}\\b`).test(rest) && !built.some((b) => b.test(k)))
						wrong.push(`${relative(root, path)}: the word ${k} is used nowhere`);
			}
		}
	}
}
walk(root);
for (const line of wrong)
	console.log(line);
process.exit(wrong.length ? 1 : 0);
