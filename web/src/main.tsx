/* Begins the app: which page stands at which path. A page's code is loaded when it is first opened. */
import './base/theme';
import './style.css';
import { render, type FunctionComponent } from 'preact';
import { ErrorBoundary, lazy, LocationProvider, Route, Router } from 'preact-iso';
import { ready, start, startError } from './base/session';
import { words } from './base/words';
import { Empty, Loading, Page, Wrong } from './ui/basic';
import { Frame } from './home/frame';

const w = words({ lost: 'There is no such page', lost_text: 'The address may be mistyped, or what it named is gone.', home: 'To the start', wait: 'One moment' },
	{ lost: '没有这个页面', lost_text: '地址可能有误，或所指内容已不存在。', home: '返回首页', wait: '请稍候' });

const page = (load: () => Promise<{ default: FunctionComponent }>) => lazy(load) as FunctionComponent;
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
	return <Page title={w('lost')} narrow><Empty title={w('lost')} action={<a class="button main" href="/">{w('home')}</a>}>{w('lost_text')}</Empty></Page>;
}
function App() {
	if (!ready.value)
		return <Page title={w('wait')} narrow><Loading lines={6} /></Page>;
	if (startError.value)
		return <Page title="relode" narrow><Wrong error={startError.value} retry={() => void start()} /></Page>;
	return (
		<ErrorBoundary onError={(e) => console.error(e)}>
			<Router>
				{pages.map(([path, page]) => <Route key={path} path={path} component={page} />)}
				<Route default component={Lost} />
			</Router>
		</ErrorBoundary>
	);
}
render(<LocationProvider><Frame><App /></Frame></LocationProvider>, document.getElementById('app')!);
void start();
