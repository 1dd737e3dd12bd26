/* The guided sample: one click into each role, and the story of one phone. It is here when scripts/demo made it. */
import { Barcode, Building2, Gavel, Recycle, ScrollText, Settings, Smartphone, Wrench } from 'lucide-preact';
import { words } from '../base/words';
import { Card, Empty, Loading, Note, Page, Wrong } from '../ui/basic';
import { faceWord, stepName, stepText, story, useBecome, useDemo, useShop, type Face } from './story';
import { told } from './told';

const w = words({
	title: 'Look around', sub: 'A sample city with 45 days of work behind it. Everything here is real software on invented people: click, change, break it; the next scripts/demo begins anew.', roles: 'Be one of them', no: 'This is not the sample', no_text: 'The guided sample is made by scripts/demo. Here people sign in with their own accounts.', signin: 'Sign in',
	owner_text: 'In the kitchen, with an old phone: what is it worth, and where do I bring it?', counter_text: 'A device comes over the counter: taken in under a minute.', bench_text: 'Scan, inspect, erase, and the next one.', buyer_text: 'Looks for good devices at a fair price.', recycler_text: 'Weighs in, weighs out, to the milligram.', officer_text: 'What flows where, who is paid, does it all add up?', auditor_text: 'Trusts nobody, checks the books.', admin_text: 'People, sites, prices, rules.',
	story: 'The story of one phone', story_text: 'Follow it from the drawer to its next owner. Each step is done by somebody else: the button makes you that person, and a bar below the menu goes along and says what to do.', go: 'As {role}', now: 'You are here',
}, {
	title: '随便看看', sub: '一个已运行 45 天的示例城市。软件是真的，人物是虚构的：随意点击、修改、试错；下次运行 scripts/demo 会重新开始。', roles: '选择身份', no: '这里不是示例', no_text: '引导示例由 scripts/demo 生成。此处请用自己的账号登录。', signin: '登录',
	owner_text: '厨房里有一部旧手机：值多少钱，送到哪里？', counter_text: '一分钟内完成一台设备的收取。', bench_text: '扫描、检测、擦除，下一台。', buyer_text: '寻找价格公道的好设备。', recycler_text: '称入称出，精确到毫克。', officer_text: '什么流向哪里，付给了谁，账对不对？', auditor_text: '不轻信任何人，只核对账本。', admin_text: '人员、网点、价格、规则。',
	story: '一部手机的故事', story_text: '跟随它从抽屉走到下一位主人。每一步由不同的人完成：点击按钮即可成为那个人，菜单下方的提示栏会一路说明该做什么。', go: '以{role}身份', now: '进行到这里',
});
const faces = [
	['owner', Smartphone], ['counter', Barcode], ['bench', Wrench], ['buyer', Gavel], ['recycler', Recycle], ['officer', Building2], ['auditor', ScrollText], ['admin', Settings],
] as const satisfies readonly (readonly [Face, unknown])[];
export default function Welcome() {
	const demo = useDemo(), become = useBecome(demo), shop = useShop(demo);
	if (demo === undefined)
		return <Page title={w('title')} narrow><Loading lines={6} /></Page>;
	if (demo === null)
		return <Page title={w('title')} narrow><Empty title={w('no')} action={<a class="button main" href="/login">{w('signin')}</a>}>{w('no_text')}</Empty></Page>;
	return (
		<Page title={w('title')} sub={w('sub')}>
			<Wrong error={become.error} inline />
			<section class="stack" aria-label={w('roles')}>
				<h2>{w('roles')}</h2>
				<div class="grid faces">
					{faces.map(([face, Icon]) => (
						<button key={face} type="button" class="face" onClick={() => void become.run(face)} aria-busy={become.busy || undefined}>
							<Icon aria-hidden="true" /><span><b>{faceWord(face)}</b><small>{w(`${face}_text`)}</small></span>
						</button>
					))}
				</div>
			</section>
			<Card title={w('story')}>
				<Note>{w('story_text')}</Note>
				<ol class="story">
					{story.map((s, i) => (
						<li key={s.name} aria-current={told.value?.step === i + 1 ? 'step' : undefined}>
							<div class="grow"><b>{stepName(i + 1)}</b>{told.value?.step === i + 1 && <span class="chip info">{w('now')}</span>}<p class="muted">{stepText(i + 1, shop)}</p></div>
							<button type="button" class="small" onClick={() => void become.run(s.as, i + 1)}>{w('go', { role: faceWord(s.as) })}</button>
						</li>
					))}
				</ol>
			</Card>
		</Page>
	);
}
