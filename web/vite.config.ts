import { defineConfig } from 'vite';

/* `npm run dev` asks a server that runs already: RELODE_URL, else the default of `relode serve`. */
const api = process.env.RELODE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
	esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
	resolve: { alias: { react: 'preact/compat', 'react-dom': 'preact/compat' } },
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
