/* Storage media of a device with what was done to each. */
import { type Answer, type Row } from '../../base/ask';
import { when } from '../../base/format';
import { words } from '../../base/words';
import { Chip } from '../basic';
import { mediumKind, mediumState, methodWord, outcomeWord, reasonWord, techniqueWord } from './words';

const w = words({ none: 'No storage media are recorded.', gb: '{n} GB', sampled: '{n} place read back|{n} places read back', entry: 'Entry {n}', round: 'Round {n}', gone: 'It has nothing to erase.' },
	{ none: '未登记存储介质。', gb: '{n} GB', sampled: '抽查 {n} 处', entry: '第 {n} 条', round: '第 {n} 轮', gone: '没有需要擦除的数据。' });
const tone = (state: string | undefined) => (state === 'erased' || state === 'destroyed' ? 'good' : state === 'failed' ? 'bad' : state === 'removed' ? '' : 'warn');

export function Media(p: { device: Answer<'device.get'>; attempts?: Row<'erase.attempts'>[] }) {
	const media = p.device.media ?? [];
	if (!media.length)
		return <p class="muted">{p.device.storage ? w('none') : w('gone')}</p>;
	return (
		<ul class="media">
			{media.map((m) => (
				<li key={m.medium}>
					<div class="row spread"><strong>{m.medium} · {mediumKind(m.kind)}{m.capacity_gb ? ` · ${w('gb', { n: m.capacity_gb })}` : ''}</strong><Chip tone={tone(m.state)}>{mediumState(m.state)}</Chip></div>
					{(p.attempts ?? []).filter((a) => a.medium === m.medium).map((a) => (
						<div class="small muted" key={a.attempt}>
							<strong class={a.outcome === 'verified' ? '' : 'down'}>{outcomeWord(a.outcome)}</strong> · {[a.method && methodWord(a.method), a.technique && techniqueWord(a.technique), a.tool && `${a.tool} ${a.tool_version ?? ''}`, a.reason && reasonWord(a.reason),
								a.sampled ? w('sampled', { n: a.sampled }) : '', a.round ? w('round', { n: a.round }) : '', when(a.recorded_us), w('entry', { n: String(a.seq) })].filter(Boolean).join(' · ')}
						</div>
					))}
				</li>
			))}
		</ul>
	);
}
