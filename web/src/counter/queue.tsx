/* Takes that were recorded while the server was away: where each is, and what is to be done: sent, looked up in the list
 * of stolen devices, the price put to its owner. */
import { useState } from 'preact/hooks';
import { ask } from '../base/ask';
import { who } from '../base/session';
import { ago, money, when } from '../base/format';
import { useAct } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Chip, Confirm, Empty, Note, reason, say, Wrong } from '../ui/basic';
import { accessOf, advance, forget, jobs, lookedUp, reloadJobs, sending, type Access, type Job } from './jobs';
import { Label, OwnerSlip, printSheet } from './label';

const w = words({
	none: 'Nothing waits', none_text: 'Takes that are recorded without a connection stand here until they are sent and their price is named.', waiting: 'Waiting', sent: 'Sent', refused: 'Refused', sending: 'Sending',
	custody: 'Custody only: price, stolen check and payment wait for the server.', offline: 'The server cannot be reached. It is tried again every few seconds.', signin: 'Sign in as {login}, and it goes on.', of_other: 'Recorded by {login}: it is sent when {login} signs in here.', busy: 'The server is busy. It is tried again.', soon: 'Goes out by itself.',
	now: 'Send now', again: 'Try again', label: 'Label', slip: 'Slip for the owner', drop: 'Remove', drop_title: 'Remove this take?', drop_text: 'It was not recorded in the books to the end. Give the device back to the owner, or take it anew. What was booked already can be cancelled in its order.', drop_yes: 'Remove', dropped: 'Removed.',
	finished: 'Done', stolen: 'It is listed as stolen', order: 'Order {n}', recorded: 'recorded {at}', no: 'No. {n}', what_now: 'The server says: {why}', old: 'More than six days old: after seven days the server no longer knows whether it was sent before. Look in today’s list first.',
	look: 'In our care, and in the books. Is it on the list of stolen devices? Look it up as your shop does; then the price is put to its owner.', clear: 'Not listed', listed: 'Listed as stolen', unknown: 'Could not be looked up',
	told: 'The price of {price} is to be accepted by its owner: by the link on the slip, or here. Nothing is paid before.', told_bonus: 'The price of {price} and {bonus} bonus is to be accepted by its owner: by the link on the slip, or here. Nothing is paid before.', yes: 'The owner’s answer',
	held: 'It is held as stolen. Keep it apart, give it to nobody and pay nothing; tell the programme, and follow the police’s instructions.', look_late: 'It was taken without a look at the list of stolen devices. Look it up now.',
}, {
	none: '没有待发送的收件', none_text: '断网时记录的收件会显示在这里，直到发送并报价完毕。', waiting: '等待中', sent: '已发送', refused: '被拒绝', sending: '发送中',
	custody: '仅登记保管：价格、被盗核查和付款待服务器恢复后进行。', offline: '无法连接服务器，每隔几秒自动重试。', signin: '以 {login} 登录后即可继续。', of_other: '由 {login} 记录：{login} 在此登录后发送。', busy: '服务器繁忙，将自动重试。', soon: '即将自动发送。',
	now: '立即发送', again: '重试', label: '标签', slip: '机主回单', drop: '移除', drop_title: '移除这条收件？', drop_text: '它尚未完整记入账本。请将设备归还机主，或重新收件。已预约的部分可在订单中取消。', drop_yes: '移除', dropped: '已移除。',
	finished: '完成', stolen: '在被盗名单上', order: '订单 {n}', recorded: '记录于 {at}', no: '{n} 号', what_now: '服务器说明：{why}', old: '已超过六天：七天后服务器无法判断是否重复发送，请先在今日列表中核对。',
	look: '已入账代为保管。它在被盗名单上吗？请按本店流程查询，之后向机主报价。', clear: '不在名单上', listed: '在被盗名单上', unknown: '无法查询',
	told: '价格 {price} 待机主确认：可凭回单上的链接，或在此确认。确认前不付款。', told_bonus: '价格 {price} 加补贴 {bonus} 待机主确认：可凭回单上的链接，或在此确认。确认前不付款。', yes: '机主的答复',
	held: '已按被盗设备冻结。请单独存放，不要交给任何人，不要付款；告知项目方，并按警方要求处理。', look_late: '收件时未查询被盗名单，请现在查询。',
});

function why(j: Job): string {
	if (j.user !== who.value.user)
		return w('of_other', { login: j.login });
	if (j.error?.status === 401)
		return w('signin', { login: j.login });
	return j.error?.kind === 'offline' ? w('offline') : j.error ? w('busy') : w('soon');
}
const mine = (j: Job) => j.user === who.value.user;
/* What is to be known of a take that is in the books. */
function Told(p: { job: Job }) {
	const j = p.job, price = money(j.done.price_minor);
	if (!j.late)
		return j.stolen === 'unknown' ? <Note tone="warn">{w('look_late')}</Note> : null;
	if (j.answer === 'held')
		return <Note tone="bad" role="alert">{w('held')}</Note>;
	if (!j.answer)
		return <Note tone="warn" role="status">{w('look')}</Note>;
	return <Note tone="info" role="status">{j.done.bonus_minor ? w('told_bonus', { price, bonus: money(j.done.bonus_minor) }) : w('told', { price })}</Note>;
}
export function Queue() {
	const [drop, setDrop] = useState<Job>();
	const [printed, setPrinted] = useState<{ job: Job; access?: Access }>();
	const now = useAct((j: Job) => advance(j, false));
	const hold = useAct(async (j: Job) => {
		await ask('device.hold', { city: j.city, device: j.done.device!, reason: 'stolen_list' });
		say(w('held'));
		await forget(j.id);
	});
	const look = useAct(lookedUp);
	const slip = useAct(async (j: Job) => {
		setPrinted({ job: j, access: await accessOf(j) });
		setTimeout(() => printSheet('slip'), 50);
	});
	if (!jobs.value.length)
		return <Empty title={w('none')}>{w('none_text')}</Empty>;
	const print = (j: Job) => {
		setPrinted({ job: j });
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
						{j.state === 'sent' && <Told job={j} />}
						<div class="actions">
							{j.state === 'sent' ? <>
								{j.late && !j.answer && mine(j) && <>
									<Button small kind="main" busy={look.busy} onClick={() => void look.run(j, 'clear')}>{w('clear')}</Button>
									<Button small busy={look.busy} onClick={() => void look.run(j, 'unknown')}>{w('unknown')}</Button>
									<Button small kind="danger" busy={look.busy} onClick={() => void look.run(j, 'listed')}>{w('listed')}</Button>
								</>}
								{j.answer === 'told' && <a class="button small main" href={`/items/${j.done.item}`}>{w('yes')}</a>}
								{j.done.device && <Button small kind={j.late ? undefined : 'main'} onClick={() => print(j)}>{w('label')}</Button>}
								{j.late && mine(j) && <Button small busy={slip.busy} onClick={() => void slip.run(j)}>{w('slip')}</Button>}
								{(!j.late || j.answer) && <Button small onClick={() => void forget(j.id)}>{w('finished')}</Button>}
								{!j.late && j.stolen === 'unknown' && j.done.device && <Button small kind="danger" busy={hold.busy} onClick={() => void hold.run(j)}>{w('stolen')}</Button>}
							</> : mine(j) && <>
								<Button small kind="main" busy={now.busy} onClick={() => void now.run(j).then(reloadJobs)}>{j.state === 'refused' ? w('again') : w('now')}</Button>
								<Button small kind="danger" onClick={() => setDrop(j)}>{w('drop')}</Button>
							</>}
						</div>
					</Card>
				</div>
			))}
			<Wrong error={hold.error ?? look.error ?? slip.error} inline />
			{printed && <div class="print-only">
				{printed.job.done.device && <Label device={printed.job.done.device} what={printed.job.what} at_us={printed.job.at_us} />}
				{printed.access && <OwnerSlip order={printed.job.done.order!} access={printed.access} what={printed.job.what} late={printed.job.late} />}
			</div>}
			{drop && <Confirm title={w('drop_title')} text={w('drop_text')} yes={w('drop_yes')} danger onClose={() => setDrop(undefined)} onYes={() => void forget(drop.id).then(() => { setDrop(undefined); say(w('dropped')); })} />}
		</div>
	);
}
