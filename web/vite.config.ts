import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin, type Rollup } from 'vite';

/* `npm run dev` asks a server that runs already: RELODE_URL, else the default of `relode serve`. */
const api = process.env.RELODE_URL ?? 'http://127.0.0.1:8080';

/* /worker.js: src/counter/worker.js behind the list of files that the counter needs to open without a server. */
function worker(): Plugin {
	return {
		name: 'worker',
		generateBundle(_, bundle) {
			const shell = new Set<string>();
			const add = (file: string) => {
				const chunk = bundle[file];
				if (!chunk || chunk.type !== 'chunk' || shell.has(file))
					return;
				shell.add(file);
				for (const css of (chunk as Rollup.OutputChunk & { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? [])
					shell.add(css);
				chunk.imports.forEach(add);
			};
			for (const [file, chunk] of Object.entries(bundle))
				if (chunk.type === 'chunk' && (chunk.isEntry || /\/src\/counter\/[^/]+\.tsx$/.test(chunk.facadeModuleId ?? '')))
					add(file);
			const list = ['/', '/icon.svg', '/app.webmanifest', ...[...shell].sort().map((f) => `/${f}`)];
			const text = readFileSync(new URL('src/counter/worker.js', import.meta.url), 'utf8');
			const version = createHash('sha256').update(JSON.stringify(list)).update(text).digest('hex').slice(0, 16);
			this.emitFile({ type: 'asset', fileName: 'worker.js', source: `const VERSION = '${version}', SHELL = ${JSON.stringify(list)};\n${text}` });
		},
	};
}

export default defineConfig({
	esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
	resolve: { alias: { react: 'preact/compat', 'react-dom': 'preact/compat' } },
	plugins: [worker()],
	build: {
		target: 'es2022',
		assetsInlineLimit: 0, /* nothing as data: */
		modulePreload: { polyfill: false },
		chunkSizeWarningLimit: 700, /* the charts, loaded by the pages that draw them */
		rollupOptions: {
			output: {
				manualChunks: (id) => (/node_modules\/(echarts|zrender)\//.test(id) ? 'charts' : undefined),
			},
		},
	},
	server: { proxy: { '/v1': api, '/openapi.json': api, '/healthz': api, '/problems': api, '/demo.json': api } },
});
