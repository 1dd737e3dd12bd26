/* The merchant's counter: take, what waits to be sent, today, money. */
import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { can, signedIn } from '../base/session';
import { Problem } from '../base/ask';
import { words } from '../base/words';
import { Page, Wrong } from '../ui/basic';
import { jobs, watchJobs } from './jobs';
import { Queue } from './queue';
import { Money } from './money';
import { Take } from './take';
import { Today } from './today';
import './counter.css';

const w = words({ title: 'Counter', take: 'Take', today: 'Today', money: 'Money', queue: 'To be sent', faces: 'Counter' },
	{ title: '柜台', take: '收件', today: '今日', money: '资金', queue: '待发送', faces: '柜台' });

export default function Counter() {
	const { path } = useLocation();
	useEffect(() => {
		if (!signedIn())
			return;
		void navigator.serviceWorker?.register('/worker.js', { scope: '/counter' }).catch(() => undefined);
		return watchJobs();
	}, [signedIn()]);
	if (!signedIn())
		return <Page title={w('title')} narrow><Wrong error={new Problem('unauthenticated', 401, '')} /></Page>;
	if (!can('clerk', 'technician', 'admin'))
		return <Page title={w('title')} narrow><Wrong error={new Problem('forbidden', 403, '')} /></Page>;
	const waiting = jobs.value.length, here = path.split('/')[2] ?? '';
	const tab = (to: string, text: string) => <a href={to ? `/counter/${to}` : '/counter'} aria-current={here === to ? 'page' : undefined}>{text}</a>;
	return (
		<Page title={w('title')} class="counter">
			<nav class="tabs no-print" aria-label={w('faces')}>
				{tab('', w('take'))}
				{tab('today', w('today'))}
				{tab('money', w('money'))}
				{waiting > 0 && <a href="/counter/queue" aria-current={here === 'queue' ? 'page' : undefined}>{w('queue')} <b class="count">{waiting}</b></a>}
			</nav>
			{here === 'queue' ? <Queue /> : here === 'today' ? <Today /> : here === 'money' ? <Money /> : <Take />}
		</Page>
	);
}
