/* Administration: who may do what, where, by which rules; and whether the books hold. */
import { useLocation } from 'preact-iso';
import { Problem } from '../base/ask';
import { can, signedIn } from '../base/session';
import { words } from '../base/words';
import { Empty, Page, Wrong } from '../ui/basic';
import { Users } from './users';
import { Sites } from './sites';
import { Parties } from './parties';
import { Prices } from './prices';
import { Rules } from './rules';
import { Catalogue } from './catalogue';
import { Settings } from './settings';
import { Books } from './books';
import './admin.css';

const w = words({ title: 'Administration', users: 'Users', parties: 'Organisations', sites: 'Sites', prices: 'Prices', rules: 'Rules', catalogue: 'Catalogue', settings: 'City', books: 'Books', none: 'There is no such page', parts: 'Parts of administration' },
	{ title: '系统管理', users: '用户', parties: '机构', sites: '网点', prices: '价格表', rules: '规则', catalogue: '型号库', settings: '城市设置', books: '账本', none: '没有这个页面', parts: '系统管理的各部分' });
const parts = { users: Users, parties: Parties, sites: Sites, prices: Prices, rules: Rules, catalogue: Catalogue, settings: Settings, books: Books };

export default function Admin() {
	const { path } = useLocation();
	const here = (path.split('/')[2] || (can('admin') ? 'users' : 'books')) as keyof typeof parts;
	const Part = parts[here];
	if (!can('admin', 'auditor'))
		return <Page title={w('title')} narrow><Wrong error={signedIn() ? new Problem('forbidden', 403, '') : new Problem('unauthenticated', 401, '')} /></Page>;
	return (
		<Page title={w('title')}>
			<nav class="tabs no-print" aria-label={w('parts')}>
				{(Object.keys(parts) as (keyof typeof parts)[]).map((k) => <a key={k} href={`/admin/${k}`} aria-current={k === here ? 'page' : undefined}>{w(k)}</a>)}
			</nav>
			{Part ? <Part /> : <Empty title={w('none')} />}
		</Page>
	);
}
