/* Takes that were recorded while the server was away: where each is, and what is to be done. */
import { useState } from 'preact/hooks';
import { ask } from '../base/ask';
import { who } from '../base/session';
import { ago, money, when } from '../base/format';
import { useAct } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Chip, Confirm, Empty, Note, reason, say, Wrong } from '../ui/basic';
import { advance, forget, jobs, reloadJobs, sending, type Job } from './jobs';
import { Label, printSheet } from './label';

const w = words({
	none: 'Nothing waits', none_text: 'Takes that are recorded without a connection stand here until they are sent.', waiting: 'Waiting', sent: 'Sent', refused: 'Refused', sending: 'Sending',
	custody: 'Custody only: price, stolen check and payment wait for the server.', offline: 'The server cannot be reached. It is tried again every few seconds.', signin: 'Sign in as {login}, and it goes on.', of_other: 'Recorded by {login}: it is sent when {login} signs in here.', busy: 'The server is busy. It is tried again.', soon: 'Goes out by itself.',
	now: 'Send now', again: 'Try again', label: 'Label', drop: 'Remove', drop_title: 'Remove this take?', drop_text: 'It was not recorded in the books to the end. Give the device back to the owner, or take it anew. What was booked already can be cancelled in its order.', drop_yes: 'Remove', dropped: 'Removed.',
	finished: 'Done', stolen: 'It is listed as stolen', held: 'The device is on hold: nothing is done with it and nothing is paid until that is cleared.', tell: 'Tell the owner the price: {price}. Check the list of stolen devices. Then put the label on.', tell_bonus: 'with {bonus} bonus', order: 'Order {n}', recorded: 'recorded {at}', no: 'No. {n}', what_now: 'The server says: {why}', old: 'More than six days old: after seven days the server no longer knows whether it was sent before. Look in today’s list first.',
}, {
	none: '没有待发送的收件', none_text: '断网时记录的收件会显示在这里，直到发送完毕。', waiting: '等待中', sent: '已发送', refused: '被拒绝', sending: '发送中',
	custody: '仅登记保管：价格、被盗核查和付款待服务器恢复后进行。', offline: '无法连接服务器，每隔几秒自动重试。', signin: '以 {login} 登录后即可继续。', of_other: '由 {login} 记录：{login} 在此登录后发送。', busy: '服务器繁忙，将自动重试。', soon: '即将自动发送。',
	now: '立即发送', again: '重试', label: '标签', drop: '移除', drop_title: '移除这条收件？', drop_text: '它尚未完整记入账本。请将设备归还机主，或重新收件。已预约的部分可在订单中取消。', drop_yes: '移除', dropped: '已移除。',
	finished: '完成', stolen: '在被盗名单上', held: '设备已冻结：核实之前不处理、不付款。', tell: '请告知机主价格：{price}；核查被盗名单；然后贴上标签。', tell_bonus: '含补贴 {bonus}', order: '订单 {n}', recorded: '记录于 {at}', no: '{n} 号', what_now: '服务器说明：{why}', old: '已超过六天：七天后服务器无法判断是否重复发送，请先在今日列表中核对。',
});

function why(j: Job): string {
	if (j.user !== who.value.user)
		return w('of_other', { login: j.login });
	if (j.error?.status === 401)
		return w('signin', { login: j.login });
	return j.error?.kind === 'offline' ? w('offline') : j.error ? w('busy') : w('soon');
}
export function Queue() {
	const [drop, setDrop] = useState<Job>();
	const [printed, setPrinted] = useState<Job>();
	const now = useAct((j: Job) => advance(j, false));
	const hold = useAct(async (j: Job) => {
		await ask('device.hold', { city: j.city, device: j.done.device!, reason: 'stolen_list' });
		say(w('held'));
		await forget(j.id);
	});
	if (!jobs.value.length)
		return <Empty title={w('none')}>{w('none_text')}</Empty>;
	const print = (j: Job) => {
		setPrinted(j);
		setTimeout(() => printSheet('label'), 50);
	};
	return (
		<div class="stack" role="list" aria-label={w('waiting')}>
			{jobs.value.map((j) => (
				<div role="listitem" key={j.id}>
					<Card>
						<div class="row spread">
							<div><b>{j.what}</b> <span class="muted">{w('no', { n: j.id.slice(0, 6).toUpperCase() })}</span><div class="small muted" title={when(j.at_us)}>{w('recorded', { at: ago(j.at_us) })}{j.done.order ? <> · <a href={`/orders/${j.done.order}`}>{w('order', { n: String(j.done.order) })}</a></> : null}</div></div>
							{j.state === 'sent' ? <Chip tone="good">{w('sent')}</Chip> : j.state === 'refused' ? <Chip tone="bad">{w('refused')}</Chip> : <Chip tone="warn">{sending.value && j.user === who.value.user ? w('sending') : w('waiting')}</Chip>}
						</div>
						{j.state === 'waiting' && <p class="muted">{j.late && w('custody')} {why(j)}</p>}
						{j.state === 'waiting' && Date.now() * 1000 - j.at_us > 6 * 86400e6 && <Note tone="warn">{w('old')}</Note>}
						{j.state === 'refused' && <Note tone="bad">{w('what_now', { why: j.error ? reason(j.error) : '' })}</Note>}
						{j.state === 'sent' && j.late && <Note tone="info">{w('tell', { price: money(j.done.price_minor) })} {j.done.bonus_minor ? w('tell_bonus', { bonus: money(j.done.bonus_minor) }) : ''}</Note>}
						<div class="actions">
							{j.state === 'sent' ? <>
								{j.done.device && <Button small kind="main" onClick={() => print(j)}>{w('label')}</Button>}
								<Button small onClick={() => void forget(j.id)}>{w('finished')}</Button>
								{j.late && j.done.device && <Button small kind="danger" busy={hold.busy} onClick={() => void hold.run(j)}>{w('stolen')}</Button>}
							</> : j.user === who.value.user && <>
								<Button small kind="main" busy={now.busy} onClick={() => void now.run(j).then(reloadJobs)}>{j.state === 'refused' ? w('again') : w('now')}</Button>
								<Button small kind="danger" onClick={() => setDrop(j)}>{w('drop')}</Button>
							</>}
						</div>
					</Card>
				</div>
			))}
			<Wrong error={hold.error} inline />
			{printed?.done.device && <Label device={printed.done.device} what={printed.what} at_us={printed.at_us} />}
			{drop && <Confirm title={w('drop_title')} text={w('drop_text')} yes={w('drop_yes')} danger onClose={() => setDrop(undefined)} onYes={() => void forget(drop.id).then(() => { setDrop(undefined); say(w('dropped')); })} />}
		</div>
	);
}
