/* The guided sample: one click into each role, and the story of one phone. It is here when scripts/demo made it. */
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Barcode, Building2, Gavel, Recycle, ScrollText, Settings, Smartphone, Wrench } from 'lucide-preact';
import { signIn, signOut, setCity, signedIn } from '../base/session';
import { useAct } from '../base/use';
import { words } from '../base/words';
import { Card, Empty, Loading, Note, Page, Wrong } from '../ui/basic';
import { startOf } from './login';

const w = words({
	title: 'Look around', sub: 'A sample city with 45 days of work behind it. Everything here is real software on invented people: click, change, break it; the next scripts/demo begins anew.', roles: 'Be one of them', no: 'This is not the sample', no_text: 'The guided sample is made by scripts/demo. Here people sign in with their own accounts.', signin: 'Sign in',
	owner: 'Owner', owner_text: 'In the kitchen, with an old phone: what is it worth, and where do I bring it?', counter: 'Shop counter', counter_text: 'A device comes over the counter: taken in under a minute.', bench: 'Bench', bench_text: 'Scan, inspect, erase, and the next one.', buyer: 'Buyer', buyer_text: 'Looks for good devices at a fair price.', recycler: 'Recycler', recycler_text: 'Weighs in, weighs out, to the milligram.', officer: 'City officer', officer_text: 'What flows where, who is paid, does it all add up?', auditor: 'Auditor', auditor_text: 'Trusts nobody, checks the books.', admin: 'Administrator', admin_text: 'People, sites, prices, rules.',
	story: 'The story of one phone', story_text: 'Follow it from the drawer to its next owner. Each step is done by somebody else: the button makes you that person.', go: 'As {role}', s1: 'Ask what a phone is worth', s1_text: 'Type “iphon 13” (mistyped is fine), answer what you are asked, and watch the price move.', s2: 'Book it, and note the code and the PIN', s2_text: 'Choose a shop on the map. No account is needed.', s3: 'Bring it to the counter', s3_text: 'Scan or type the code of the booking, confirm, print the label.', s4: 'Inspect it', s4_text: 'Scan the label. Find a scratch that was not declared, and the offer falls, with the reason.', s5: 'Agree, or take it back', s5_text: 'Open the order with its code and PIN. Accept the new price, or decline: the return is free.', s6: 'Erase it and put it up for sale', s6_text: 'Nothing is sold before every medium in it is verified erased.', s7: 'Buy it', s7_text: 'Facts, grade, fixed price.', s8: 'See what the city sees', s8_text: 'The phone is in the figures now; each of them opens the entries behind it.',
}, {
	title: '随便看看', sub: '一个已运行 45 天的示例城市。软件是真的，人物是虚构的：随意点击、修改、试错；下次运行 scripts/demo 会重新开始。', roles: '选择身份', no: '这里不是示例', no_text: '引导示例由 scripts/demo 生成。此处请用自己的账号登录。', signin: '登录',
	owner: '机主', owner_text: '厨房里有一部旧手机：值多少钱，送到哪里？', counter: '门店柜台', counter_text: '一分钟内完成一台设备的收取。', bench: '检测台', bench_text: '扫描、检测、擦除，下一台。', buyer: '买家', buyer_text: '寻找价格公道的好设备。', recycler: '拆解企业', recycler_text: '称入称出，精确到毫克。', officer: '城市管理员', officer_text: '什么流向哪里，付给了谁，账对不对？', auditor: '审计员', auditor_text: '不轻信任何人，只核对账本。', admin: '系统管理员', admin_text: '人员、网点、价格、规则。',
	story: '一部手机的故事', story_text: '跟随它从抽屉走到下一位主人。每一步由不同的人完成，点击按钮即可成为那个人。', go: '以{role}身份', s1: '查询手机价值', s1_text: '输入“iphon 13”（拼错也没关系），回答问题，观察价格变化。', s2: '预约，并记下订单号和 PIN', s2_text: '在地图上选择门店，无需账号。', s3: '送到柜台', s3_text: '扫描或输入预约码，确认，打印标签。', s4: '检测', s4_text: '扫描标签。发现未申报的划痕，报价随之下降并说明原因。', s5: '接受新价，或取回', s5_text: '用订单号和 PIN 打开订单。接受新价格，或拒绝并免费取回。', s6: '擦除并上架', s6_text: '每个存储介质验证擦除之前，绝不出售。', s7: '购买', s7_text: '真实信息、等级、一口价。', s8: '看看城市的视角', s8_text: '这部手机已计入数字；每个数字都能打开背后的记录。',
});
interface Demo { password: string; city: number; people: { login: string; roles: string }[] }
const faces = [
	['owner', Smartphone], ['counter', Barcode], ['bench', Wrench], ['buyer', Gavel], ['recycler', Recycle], ['officer', Building2], ['auditor', ScrollText], ['admin', Settings],
] as const;
type Face = (typeof faces)[number][0];
const story: { n: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8; as: Face; to: string }[] = [
	{ n: 1, as: 'owner', to: '/' }, { n: 2, as: 'owner', to: '/drawer' }, { n: 3, as: 'counter', to: '/counter' }, { n: 4, as: 'bench', to: '/bench' }, { n: 5, as: 'owner', to: '/o' }, { n: 6, as: 'bench', to: '/bench' }, { n: 7, as: 'buyer', to: '/offers' }, { n: 8, as: 'officer', to: '/city' },
];

export default function Welcome() {
	const [demo, setDemo] = useState<Demo | null>();
	const { route } = useLocation();
	useEffect(() => {
		fetch('/demo.json').then((r) => (r.ok ? r.json() : null)).then(setDemo, () => setDemo(null));
	}, []);
	const go = useAct(async (as: Face, to?: string) => {
		setCity(demo!.city);
		if (as === 'owner') {
			if (signedIn())
				await signOut();
		} else {
			await signIn(as, demo!.password);
		}
		route(to ?? startOf());
	});
	if (demo === undefined)
		return <Page title={w('title')} narrow><Loading lines={6} /></Page>;
	if (demo === null)
		return <Page title={w('title')} narrow><Empty title={w('no')} action={<a class="button main" href="/login">{w('signin')}</a>}>{w('no_text')}</Empty></Page>;
	return (
		<Page title={w('title')} sub={w('sub')}>
			<Wrong error={go.error} inline />
			<section class="stack" aria-label={w('roles')}>
				<h2>{w('roles')}</h2>
				<div class="grid faces">
					{faces.map(([face, Icon]) => (
						<button key={face} type="button" class="face" onClick={() => void go.run(face)} aria-busy={go.busy || undefined}>
							<Icon aria-hidden="true" /><span><b>{w(face)}</b><small>{w(`${face}_text`)}</small></span>
						</button>
					))}
				</div>
			</section>
			<Card title={w('story')}>
				<Note>{w('story_text')}</Note>
				<ol class="story">
					{story.map((s) => (
						<li key={s.n}>
							<div class="grow"><b>{w(`s${s.n}`)}</b><p class="muted">{w(`s${s.n}_text`)}</p></div>
							<button type="button" class="small" onClick={() => void go.run(s.as, s.to)}>{w('go', { role: w(s.as) })}</button>
						</li>
					))}
				</ol>
			</Card>
		</Page>
	);
}
