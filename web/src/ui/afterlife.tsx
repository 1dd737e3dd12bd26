/* What became of a device, as its owner and anyone who scans it may see: the erasure of each medium, repairs, what it
 * was taken apart into. Facts alone; nobody is named. */
import { BadgeCheck, CircleAlert, Clock3 } from 'lucide-preact';
import type { Answer } from '../base/ask';
import { mass, when } from '../base/format';
import { codeWords, lang, words } from '../base/words';
import { partWord } from './part-words';
import { Chip, Note } from './basic';
import './afterlife.css';

export type Life = Pick<Answer<'device.passport'>, 'fate' | 'fate_us' | 'owners' | 'erasures' | 'repairs' | 'parts' | 'weighed_mg' | 'materials' | 'batch_devices' | 'batch_mg' | 'batch_materials' | 'metals'>;
type Media = Answer<'device.passport'>['media'];

const w = words({
	medium: '{kind}, number {n}', medium_size: '{kind}, {gb} GB', verified: 'Erased and checked', destroyed: 'Destroyed before a witness', failed: 'The last attempt failed', unverifiable: 'Erased, but it could not be proved', waiting: 'Not erased yet', removed: 'Taken out', how: '{method}: {technique}', at: 'on {when}',
	attempts: '{n} earlier attempt did not succeed|{n} earlier attempts did not succeed', attempt: '{when}: {reason}', no_media: 'A device of this kind keeps no data.', gate: 'Until every medium is erased and checked, or destroyed, the device is not sold on.', certificate: 'Signed certificate', certificate_text: 'A certificate that anyone can check offline comes here in a later version. The record above is already in the open books.',
	fate_since: '{fate}, since {when}', repairs: 'Repaired {n} time|Repaired {n} times', no_repairs: 'No repair', part_in: '{part} fitted', part_out: '{part} taken out', batch: 'Taken apart together with {n} other device. Weighed out of all of them:|Taken apart together with {n} other devices. Weighed out of all of them:', own: 'Weighed of this device', alone: 'Taken apart alone. Weighed out:', material: 'Material', weight: 'Weight',
	hazard: 'kept apart', other: 'not sorted', pieces: '{n} piece|{n} pieces', weighed: 'It weighed {mass}.', metals: 'Metals in such a device', metals_text: 'Expected from published figures, not measured: {list}.', part_list: 'Repairs',
}, {
	medium: '{kind}（第 {n} 个）', medium_size: '{kind}，{gb} GB', verified: '已擦除并核验', destroyed: '已在见证下销毁', failed: '最近一次擦除失败', unverifiable: '已擦除，但无法核验', waiting: '尚未擦除', removed: '已取出', how: '{method}：{technique}', at: '{when}',
	attempts: '此前 {n} 次未成功', attempt: '{when}：{reason}', no_media: '此类设备不存储数据。', gate: '所有存储介质擦除并核验、或销毁之前，设备不会再次出售。', certificate: '签名证书', certificate_text: '可离线验证的证书将在后续版本提供。以上记录已写入公开账本。',
	fate_since: '{fate}（{when}起）', repairs: '维修 {n} 次', no_repairs: '无维修', part_in: '装入{part}', part_out: '取出{part}', batch: '与另外 {n} 台设备一同拆解，合计称出：', own: '本机称出', alone: '单独拆解，称出：', material: '材料', weight: '重量',
	hazard: '单独处置', other: '未分类', pieces: '{n} 件', weighed: '拆解时重 {mass}。', metals: '此类设备所含金属', metals_text: '根据公开数据估计，非实测：{list}。', part_list: '维修',
});
export const fateWord = codeWords({
	with_us: 'Still in our hands', for_sale: 'Waiting for its next owner', sold_on: 'Has a new owner', to_recover: 'Going to be taken apart', recovered: 'Taken apart, its materials go back into use', returning: 'On its way back to its owner', returned: 'Back with its owner', lost: 'Lost, and its owner compensated', seized: 'Handed to the authorities',
}, { with_us: '仍在我们处', for_sale: '等待新主人', sold_on: '已有新主人', to_recover: '即将拆解', recovered: '已拆解，材料回到循环', returning: '正在退回机主', returned: '已退回机主', lost: '遗失，已赔付机主', seized: '已移交有关部门' });
const mediumKind = codeWords({ flash: 'Built-in memory', ssd: 'Solid-state drive', hdd: 'Hard disk', card: 'Memory card', sim: 'SIM card', other: 'Storage medium' }, { flash: '内置存储', ssd: '固态硬盘', hdd: '机械硬盘', card: '存储卡', sim: 'SIM 卡', other: '存储介质' });
const method = codeWords({ Clear: 'Clear (NIST SP 800-88)', Purge: 'Purge (NIST SP 800-88)', Destroy: 'Destroy (NIST SP 800-88)' }, { Clear: '清除（NIST SP 800-88 Clear）', Purge: '彻底清除（NIST SP 800-88 Purge）', Destroy: '销毁（NIST SP 800-88 Destroy）' });
const technique = codeWords({
	overwrite: 'overwritten', factory_reset: 'reset to factory state', ata_secure_erase: 'ATA secure erase', ata_sanitize_overwrite: 'ATA sanitize, overwritten', block_erase: 'every block erased', cryptographic_erase: 'its encryption key destroyed', nvme_format: 'NVMe format', degauss: 'degaussed', disintegrate: 'disintegrated', pulverize: 'pulverised', melt: 'melted', incinerate: 'incinerated', shred: 'shredded',
}, { overwrite: '覆写', factory_reset: '恢复出厂设置', ata_secure_erase: 'ATA 安全擦除', ata_sanitize_overwrite: 'ATA 净化覆写', block_erase: '全块擦除', cryptographic_erase: '销毁加密密钥', nvme_format: 'NVMe 格式化', degauss: '消磁', disintegrate: '分解', pulverize: '粉碎', melt: '熔化', incinerate: '焚烧', shred: '切碎' });
const reason = codeWords({
	no_power: 'no power', locked: 'locked', no_access: 'no access', read_error: 'read error', write_error: 'write error', timeout: 'took too long', verify_mismatch: 'the check found data', interrupted: 'interrupted', unsupported: 'not supported', not_worth: 'not worth it: to be destroyed',
}, { no_power: '无法通电', locked: '已锁定', no_access: '无法访问', read_error: '读取错误', write_error: '写入错误', timeout: '超时', verify_mismatch: '核验发现残留数据', interrupted: '中断', unsupported: '不支持', not_worth: '不值得，改为销毁' });
export const metalWord = codeWords({ Cu: 'copper', Au: 'gold', Ag: 'silver', Pd: 'palladium', Al: 'aluminium', Fe: 'iron', Co: 'cobalt', Sn: 'tin', Ni: 'nickel', Pb: 'lead', Ta: 'tantalum', Nd: 'neodymium', In: 'indium', Li: 'lithium', Pt: 'platinum' }, { Cu: '铜', Au: '金', Ag: '银', Pd: '钯', Al: '铝', Fe: '铁', Co: '钴', Sn: '锡', Ni: '镍', Pb: '铅', Ta: '钽', Nd: '钕', In: '铟', Li: '锂', Pt: '铂' });

/** The erasure of each medium: what came of it, how, when; and what did not succeed before. */
export function Erasures(p: { storage: boolean; media: Media; life: Life; certificate?: boolean }) {
	if (!p.storage && !p.media?.length)
		return <p class="muted">{w('no_media')}</p>;
	const media = p.media ?? [];
	return (
		<div class="stack">
			<ul class="plain airy">
				{media.map((m) => {
					const all = (p.life.erasures ?? []).filter((e) => e.medium === m.medium), last = all.at(-1), before = all.slice(0, -1).filter((e) => e.outcome !== 'verified');
					const state = m.state === 'destroyed' ? 'destroyed' : m.state === 'erased' ? 'verified' : m.state === 'removed' ? 'removed' : last?.outcome === 'failed' ? 'failed' : last?.outcome === 'unverifiable' ? 'unverifiable' : 'waiting';
					const good = state === 'verified' || state === 'destroyed';
					return (
						<li key={m.medium}>
							<div class="row top">
								{good ? <BadgeCheck class="good" aria-hidden="true" /> : state === 'failed' || state === 'unverifiable' ? <CircleAlert class="bad" aria-hidden="true" /> : <Clock3 class="muted" aria-hidden="true" />}
								<div class="grow">
									<b>{w(state)}</b>
									<div class="small muted">{m.capacity_gb ? w('medium_size', { kind: mediumKind(m.kind), gb: String(m.capacity_gb) }) : w('medium', { kind: mediumKind(m.kind), n: m.medium ?? 1 })}</div>
									{last && good && <div class="small">{last.technique ? w('how', { method: method(last.method), technique: technique(last.technique) }) : method(last.method)} · {w('at', { when: when(last.at_us) })}</div>}
									{last && !good && last.reason && <div class="small">{w('attempt', { when: when(last.at_us), reason: reason(last.reason) })}</div>}
									{before.length > 0 && (
										<details class="small"><summary>{w('attempts', { n: before.length })}</summary><ul>{before.map((e) => <li key={`${e.medium}/${e.attempt}`}>{w('attempt', { when: when(e.at_us), reason: reason(e.reason) || w(e.outcome === 'failed' ? 'failed' : 'unverifiable') })}</li>)}</ul></details>
									)}
								</div>
							</div>
						</li>
					);
				})}
			</ul>
			{!media.length && <p class="muted">{w('waiting')}</p>}
			<p class="small muted">{w('gate')}</p>
			{p.certificate && <div class="reserved"><b>{w('certificate')}</b><p class="small muted">{w('certificate_text')}</p></div>}
		</div>
	);
}

export function Repairs(p: { life: Life }) {
	const { repairs = 0, parts = [] } = p.life;
	return (
		<div>
			<p>{repairs ? w('repairs', { n: repairs }) : w('no_repairs')}</p>
			{parts.length > 0 && <ul class="small" aria-label={w('part_list')}>{parts.map((x, i) => <li key={i}>{w(x.direction === 'in' ? 'part_in' : 'part_out', { part: partWord(x.code) })} · {when(x.at_us, 'date')}</li>)}</ul>}
		</div>
	);
}

function Weights(p: { of: NonNullable<Life['materials']>; label: string }) {
	const total = p.of.reduce((s, m) => s + (m.mass_mg ?? 0), 0);
	return (
		<div class="scroll" tabIndex={0} role="region" aria-label={p.label}>
			<table class="weights">
				<thead><tr><th scope="col">{w('material')}</th><th scope="col" class="num">{w('weight')}</th></tr></thead>
				<tbody>
					{p.of.map((m, i) => (
						<tr key={i}>
							<td>{(lang.value === 'zh' ? m.zh : m.en) || w('other')} {m.hazard && <Chip tone="warn">{w('hazard')}</Chip>}
								{total > 0 && !!m.mass_mg && <div class="bar-line" aria-hidden="true"><div style={{ width: `${Math.max(1, (m.mass_mg / total) * 100)}%` }} /></div>}</td>
							<td class="num">{m.mass_mg !== undefined ? mass(m.mass_mg) : w('pieces', { n: m.pieces ?? 0 })}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
export function Materials(p: { life: Life }) {
	const { life } = p, together = (life.batch_devices ?? 1) - 1, all = together > 0 ? w('batch', { n: together }) : w('alone');
	const list = (life.metals ?? []).filter((m) => m.ug > 0).map((m) => `${metalWord(m.material)} ${mass(m.ug / 1000)}`);
	return (
		<div class="stack tight">
			{life.weighed_mg !== undefined && <p>{w('weighed', { mass: mass(life.weighed_mg) })}</p>}
			{!!life.batch_materials?.length && <><p>{all}</p><Weights of={life.batch_materials} label={all} /></>}
			{!!life.materials?.length && together > 0 && <><p>{w('own')}</p><Weights of={life.materials} label={w('own')} /></>}
			{list.length > 0 && <details class="small"><summary>{w('metals')}</summary><p class="muted">{w('metals_text', { list: list.join(lang.value === 'zh' ? '、' : ', ') })}</p></details>}
		</div>
	);
}
export function Fate(p: { life: Life }) {
	if (!p.life.fate)
		return null;
	const good = p.life.fate === 'sold_on' || p.life.fate === 'recovered' || p.life.fate === 'returned';
	return <Note tone={good ? 'good' : 'info'}>{p.life.fate_us ? w('fate_since', { fate: fateWord(p.life.fate), when: when(p.life.fate_us, 'date') }) : fateWord(p.life.fate)}</Note>;
}
