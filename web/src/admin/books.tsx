/* Whether the books hold: the last audit, and where the log stands. */
import { useEffect, useState } from 'preact/hooks';
import { Problem, send } from '../base/ask';
import { cityId } from '../base/session';
import { useAct } from '../base/use';
import { words } from '../base/words';
import { LastAudit } from '../ui/audit';
import { Card, Copy, Loading, Wrong } from '../ui/basic';

const w = words({
	checkpoint: 'The log of this city', checkpoint_text: 'Signed: so many entries, and the root that stands for all of them. Keep a copy elsewhere: with it anyone can show later if something was changed.', key: 'Verifier key', proof: 'Check it in the browser',
}, {
	checkpoint: '本城市的日志', checkpoint_text: '已签名：记录条数与代表全部记录的根。请另存一份：以后任何人都能据此发现改动。', key: '验证公钥', proof: '在浏览器中验证',
});

export function Books() {
	const [checkpoint, setCheckpoint] = useState<string>();
	const read = useAct(async () => {
		const r = await send('GET', `/v1/cities/${cityId()}/log/checkpoint`);
		if (!r.ok)
			throw new Problem('error', r.status, `${r.status} ${r.statusText}`);
		setCheckpoint(await r.text());
	});
	useEffect(() => void read.run(), [cityId()]);
	return (
		<>
			<LastAudit />
			<Card title={w('checkpoint')} actions={checkpoint && <Copy text={checkpoint} />}>
				<p class="muted">{w('checkpoint_text')}</p>
				{checkpoint ? <pre class="text" tabIndex={0}>{checkpoint}</pre> : read.error ? <Wrong error={read.error} retry={() => void read.run()} inline /> : <Loading lines={3} />}
				<div class="row"><a href="/city/proof">{w('proof')}</a><a href="/v1/verifier-key">{w('key')}</a></div>
			</Card>
		</>
	);
}
