/* Begins the app: which page stands at which path. A page's code is loaded when it is first opened. */
import './base/theme';
import './style.css';
import { render, type ComponentChildren, type FunctionComponent } from 'preact';
import { useEffect, useErrorBoundary, useRef } from 'preact/hooks';
import { ErrorBoundary, lazy, LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { ready, start, startError } from './base/session';
import { words } from './base/words';
import { TriangleAlert } from 'lucide-preact';
import { Button, Empty, Loading, Page, Wrong } from './ui/basic';
import { Frame } from './home/frame';

const w = words({ lost: 'There is no such page', lost_text: 'The address may be mistyped, or what it named is gone.', home: 'To the start', wait: 'One moment',
	broken: 'This page does not work', broken_text: 'The mistake is ours. What you saved is kept. Load the page again; if it comes back, tell whoever runs this programme.', reload: 'Load again', detail: 'What went wrong' },
	{ lost: '没有这个页面', lost_text: '地址可能有误，或所指内容已不存在。', home: '返回首页', wait: '请稍候',
	broken: '页面出错了', broken_text: '这是我们的问题，您已保存的内容不受影响。请重新加载；如果仍然出错，请告知项目管理员。', reload: '重新加载', detail: '错误详情' });

function Broken(p: { error: unknown }) {
	return (
		<Page title={w('broken')} narrow>
			<div role="alert"><Empty icon={<TriangleAlert aria-hidden="true" />} action={<div class="actions"><Button kind="main" onClick={() => location.reload()}>{w('reload')}</Button><a class="button" href="/" target="_self">{w('home')}</a></div>}>{w('broken_text')}</Empty></div>
			<details><summary>{w('detail')}</summary><p class="mono small" lang="en">{p.error instanceof Error ? p.error.message : String(p.error)}</p></details>
		</Page>
	);
}
/* A page that throws is shown as broken, until another is opened. */
function Safe(p: { children: ComponentChildren }) {
	const { path } = useLocation(), at = useRef('');
	const [error, reset] = useErrorBoundary((e) => {
		at.current = location.pathname;
		console.error(e);
	});
	useEffect(() => {
		if (error && path !== at.current)
			reset();
	}, [error, path]);
	return error ? <Broken error={error} /> : <>{p.children}</>;
}
/* A page whose code does not come, as after an update of the server, is a broken one: loading it again helps. */
const page = (load: () => Promise<{ default: FunctionComponent }>) => lazy(() => load().then(({ default: Shown }) => ({ default: () => <Safe><Shown /></Safe> }),
	(e: unknown) => ({ default: () => <Broken error={e} /> }))) as FunctionComponent;
const pages: [string, FunctionComponent][] = [
	['/', page(() => import('./owner/start'))],
	['/login', page(() => import('./home/login'))],
	['/account', page(() => import('./home/account'))],
	['/welcome', page(() => import('./home/welcome'))],
	['/quote/:model', page(() => import('./owner/quote'))],
	['/drawer', page(() => import('./owner/drawer'))],
	['/book', page(() => import('./owner/book'))],
	['/o', page(() => import('./owner/open'))],
	['/o/:city', page(() => import('./owner/open'))],
	['/o/:city/:code', page(() => import('./owner/open'))],
	['/order', page(() => import('./owner/order'))],
	['/p/:city/:device', page(() => import('./passport/passport'))],
	['/counter/:rest*', page(() => import('./counter/counter'))],
	['/orders/:order', page(() => import('./counter/order'))],
	['/items/:item', page(() => import('./counter/item'))],
	['/bench/:rest*', page(() => import('./bench/bench'))],
	['/devices/:device', page(() => import('./stock/device'))],
	['/stock/:rest*', page(() => import('./stock/stock'))],
	['/offers/:rest*', page(() => import('./stock/offers'))],
	['/sales/:sale', page(() => import('./stock/sale'))],
	['/recovery/:rest*', page(() => import('./recovery/recovery'))],
	['/city/:rest*', page(() => import('./city/city'))],
	['/money/:rest*', page(() => import('./city/money'))],
	['/admin/:rest*', page(() => import('./admin/admin'))],
];
function Lost() {
	return <Page title={w('lost')} narrow><Empty action={<a class="button main" href="/">{w('home')}</a>}>{w('lost_text')}</Empty></Page>;
}
function App() {
	if (!ready.value)
		return <Page title={w('wait')} narrow><Loading lines={6} /></Page>;
	if (startError.value)
		return <Page title="relode" narrow><Wrong error={startError.value} retry={() => void start()} /></Page>;
	return (
		<ErrorBoundary>
			<Router>
				{pages.map(([path, page]) => <Route key={path} path={path} component={page} />)}
				<Route default component={Lost} />
			</Router>
		</ErrorBoundary>
	);
}
render(<LocationProvider><Frame><App /></Frame></LocationProvider>, document.getElementById('app')!);
void start();
