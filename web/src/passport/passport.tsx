/* The passport of a device: what anyone who scans it may know. Owners are counted, never named. */
import { useRoute } from 'preact-iso';
import { Printer, ShieldCheck, ShieldAlert } from 'lucide-preact';
import { setCity, cities } from '../base/session';
import { count, mass } from '../base/format';
import { useAsk } from '../base/use';
import { codeWords, words } from '../base/words';
import { Button, Card, Empty, Facts, Loading, Page, Wrong } from '../ui/basic';
import { Erasures, Fate, Materials, Repairs } from '../ui/afterlife';
import { useCategories } from '../ui/categories';
import { Qr } from '../ui/code';
import { useEffect } from 'preact/hooks';
import './passport.css';

const w = words({
	title: 'Passport of a device', what: 'What it is', label: 'Label', category: 'Kind', mass: 'Mass', weee: 'WEEE category', unu: 'UNU-KEY', battery: 'Battery', yes: 'yes', no: 'no', grade: 'Condition', cosmetic: 'Outside', functional: 'Function', owners: 'Owners', n_owners: '{n} owner so far|{n} owners so far', returns: 'Brought back by a buyer', times: '{n} time|{n} times', data: 'Data',
	clear: 'No data of a former owner is in it.', not_clear: 'Its data are not proved to be gone yet.', none: 'Keeps no data.', repairs: 'Repairs', after: 'Where it is', materials: 'Materials', print: 'Print', qr: 'QR code of this passport', scan: 'Scan to see this passport as it is today.', privacy: 'No names, no serial numbers, no prices: a passport shows what concerns the next owner, and the environment.', gone: 'There is no such device', gone_text: 'The code may be mistyped or incomplete. Compare it with the label, or scan the label again.', home: 'To the start', not_graded: 'Not graded yet', city: 'In the books of {city}',
}, {
	title: '设备护照', what: '设备信息', label: '标签', category: '类别', mass: '重量', weee: 'WEEE 类别', unu: 'UNU-KEY', battery: '电池', yes: '有', no: '无', grade: '状况', cosmetic: '外观', functional: '功能', owners: '机主', n_owners: '至今 {n} 位机主', returns: '买家退回', times: '{n} 次', data: '数据',
	clear: '设备中没有前机主的数据。', not_clear: '数据尚未证明已清除。', none: '不存储数据。', repairs: '维修', after: '目前去向', materials: '材料', print: '打印', qr: '设备护照二维码', scan: '扫码查看最新状态。', privacy: '不含姓名、序列号和价格，只展示与下一位机主和环境有关的信息。', gone: '没有这台设备', gone_text: '编号可能有误或不完整。请与标签核对，或重新扫描。', home: '返回首页', not_graded: '尚未定级', city: '记录于 {city} 的账本',
});
/* The names of the grades are those of SERI's R2, as the rubric has them. */
const cosmetic = codeWords({ 9: 'new', 8: 'unused', 7: 'certified pre-owned', 6: 'excellent: no marks seen', 5: 'very good: marks not seen from 20 cm', 4: 'good: marks not seen from 50 cm', 3: 'fair: marks seen from 50 cm', 2: 'poor: deep marks', 1: 'damaged', 0: 'not looked at' },
	{ 9: '全新', 8: '未使用', 7: '认证二手', 6: '极好，无可见痕迹', 5: '很好，20 厘米外不可见', 4: '良好，50 厘米外不可见', 3: '一般，50 厘米外可见痕迹', 2: '较差，有深痕', 1: '损坏', 0: '未检视' });
const functional = codeWords({ 6: 'like new, tested in full', 5: 'refurbished, tested in full', 4: 'all hardware works', 3: 'key functions work', 2: 'for a special use', 1: 'key functions fail, or were not tested' },
	{ 6: '如新，全面检测', 5: '翻新，全面检测', 4: '硬件功能全部正常', 3: '关键功能正常', 2: '特定用途', 1: '关键功能异常或未检测' });

export default function Passport() {
	const { params } = useRoute(), cats = useCategories();
	const inCity = Number(params.city), device = Number(params.device), fine = Number.isSafeInteger(inCity) && Number.isSafeInteger(device) && device > 0;
	const asked = useAsk('device.passport', fine ? { city: inCity, device } : undefined), d = asked.data;
	const where = cities.value.find((c) => c.city === inCity);
	useEffect(() => {
		if (where && where.city > 0)
			setCity(where.city); /* times and sums are those of the city whose books these are */
	}, [where?.city]);
	if (!fine || asked.error?.status === 404)
		return <Page title={w('title')} narrow><Empty title={w('gone')} action={<a class="button main" href="/">{w('home')}</a>}>{w('gone_text')}</Empty></Page>;
	if (!d)
		return <Page title={w('title')} narrow>{asked.error ? <Wrong error={asked.error} retry={asked.reload} /> : <Loading lines={8} />}</Page>;
	const name = d.brand ? `${d.brand} ${d.model ?? ''}` : cats.name(d.category), storage = !!d.storage;
	return (
		<Page title={name} sub={<>{w('title')} · <span class="mono">{d.label}</span></>} narrow actions={<Button onClick={() => print()}><Printer aria-hidden="true" />{w('print')}</Button>}>
			<Card>
				<div class="passport-top">
					<div class={`verdict ${d.erased ? 'good' : 'bad'}`}>
						{d.erased ? <ShieldCheck aria-hidden="true" /> : <ShieldAlert aria-hidden="true" />}
						<div><b>{!storage && !d.media?.length ? w('none') : d.erased ? w('clear') : w('not_clear')}</b><p class="small muted">{w('privacy')}</p></div>
					</div>
					<figure><Qr text={`${location.origin}/p/${inCity}/${device}`} label={w('qr')} size={132} /><figcaption class="small muted">{w('scan')}</figcaption></figure>
				</div>
			</Card>
			<Card title={w('what')}>
				<Facts of={[
					[w('label'), <span class="mono">{d.label}</span>], [w('category'), cats.name(d.category)], [w('mass'), mass(d.mass_mg)], [w('battery'), d.battery ? w('yes') : w('no')],
					[w('grade'), d.grade_c === undefined && d.grade_f === undefined ? w('not_graded') : undefined],
					[w('cosmetic'), d.grade_c !== undefined ? `C${d.grade_c} · ${cosmetic(String(d.grade_c))}` : undefined], [w('functional'), d.grade_f !== undefined ? `F${d.grade_f} · ${functional(String(d.grade_f))}` : undefined],
					[w('owners'), d.owners ? w('n_owners', { n: d.owners }) : undefined], [w('returns'), d.returns ? w('times', { n: d.returns }) : undefined],
					[w('weee'), d.weee !== undefined ? count(d.weee) : undefined], [w('unu'), d.unu_key]]} />
			</Card>
			<Card title={w('data')}><Erasures storage={storage} media={d.media} life={d} certificate={storage} /></Card>
			<Card title={w('repairs')}><Repairs life={d} /></Card>
			<Card title={w('after')}><Fate life={d} /></Card>
			{!!(d.materials?.length || d.batch_materials?.length || d.metals?.length) && <Card title={w('materials')}><Materials life={d} /></Card>}
			{where && <p class="small muted center">{w('city', { city: where.name })}</p>}
		</Page>
	);
}
