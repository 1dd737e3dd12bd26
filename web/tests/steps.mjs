/* Steps of people that several tests click. Each ends when its page shows what came of it, however slow the machine is. */
import assert from 'node:assert/strict';

export const city = '/v1/cities/1';
export const words = {
	en: {
		/* the owner */
		book: /^Book now/, send: /^Book:/, booked: 'Booked', keep: 'Put in the drawer', order: 'Go to your order', give: 'I have handed it over', offer: 'A new offer', accept: /^Accept/, yes: 'Yes, I accept', agreed: 'The price is agreed', decline: 'Decline, send it back', yes_back: 'Yes, send it back', back: 'I have it back', returned: 'You have your device back',
		cracked: 'Glass is cracked', scratched: /scratch/i, cancel: 'Cancel', yes_cancel: 'Yes, cancel it', cancelled: 'You cancelled it', paid: /^You were paid/, declared: 'You said', back_answer: 'Back',
		/* the counter */
		scan: 'Scan the IMEI, or the code of a booked order', ident: 'Scan its IMEI', clear: 'Not listed', own_phone: 'I confirm on my own phone', agree: 'I agree and hand it over', waits_owner: 'Waiting for the owner to confirm on the phone', owner_done: 'The owner has confirmed.', hand_back: 'Hand it back', owner_name: 'Name of the owner', confirm: 'Confirm',
		/* the bench */
		rest: 'The rest works', record: 'Record', go: /Go on with this device/, start: /^Start erasing/, attempt: /^Record an erasure/, battery: 'Battery health, %', tool: 'Tool', version: 'Version', log: 'SHA-256 of the log', minutes: 'It took, in minutes', fails: 'Failed', reason: 'Why', failed: 'Erasure failed', decide: /^Sell or recover/, reckon: /^Decide: /, receive: /^Take into stock/, list: /^Put up for sale/, price: 'Asking price, tax included', waits: 'Waits for a buyer',
		/* buyers and money */
		buyer: 'Buyer', deposit: 'Note a deposit', amount: 'Amount', reference: 'The bank’s reference', buy: /^Buy · /, sure: 'Buy this?', details: 'Details', deliver: /^Hand to the buyer/, sold: 'Waiting to be handed over', take_back: 'Take back', defective: 'Defective', damaged: 'It is damaged', sale_returned: 'Returned',
		make: 'Make this payout', to_bank: 'File for the bank', gave: 'I gave it to the bank', given: 'Given to the bank on', import: /^Import /, answered: 'The bank has answered every line', taken_in: 'Devices taken in',
		/* anyone */
		gone: 'No data of a former owner is in it.', new_owner: /Has a new owner/,
	},
	zh: {
		book: /^立即预约/, send: /^预约：/, booked: '预约成功', keep: '放入抽屉', order: '查看订单', give: '我已交付', offer: '新报价', accept: /^接受/, yes: '确认接受', agreed: '价格已确定', decline: '不接受，退回设备', yes_back: '确认退回', back: '我已收回', returned: '设备已退回',
		cracked: '玻璃碎裂', scratched: /划痕/, cancel: '取消', yes_cancel: '确认取消', cancelled: '您已取消', paid: /^已向您支付/, declared: '您的申报', back_answer: '上一题',
		scan: '扫描 IMEI 或预约订单码', ident: '扫描其 IMEI', clear: '不在名单上', own_phone: '我用自己的手机确认', agree: '我同意并交付', waits_owner: '正在等待机主在手机上确认', owner_done: '机主已确认。', hand_back: '退还给机主', owner_name: '机主姓名', confirm: '确认',
		rest: '其余正常', record: '记录', go: /继续处理此设备/, start: /^开始擦除/, attempt: /^记录擦除结果/, battery: '电池健康度（%）', tool: '工具', version: '版本', log: '日志的 SHA-256', minutes: '用时（分钟）', fails: '失败', reason: '原因', failed: '擦除失败', decide: /^转售还是拆解/, reckon: /^决定：/, receive: /^入库/, list: /^上架销售/, price: '售价（含税）', waits: '等待买家',
		buyer: '买家', deposit: '登记押金', amount: '金额', reference: '银行流水号', buy: /^购买 · /, sure: '确定购买？', details: '详情', deliver: /^交付买家/, sold: '待交付', take_back: '接收退货', defective: '有故障', damaged: '有损坏', sale_returned: '已退货',
		make: '创建付款', to_bank: '银行文件', gave: '已提交给银行', given: '提交银行', import: /^导入 /, answered: '银行已于', taken_in: '收取设备',
		gone: '设备中没有前机主的数据。', new_owner: /已有新主人/,
	},
};

/** An IMEI with a right last digit from 14 digits. */
export function imei(digits) {
	const sum = [...digits].reverse().reduce((n, c, i) => n + (i % 2 ? Number(c) : Number(c) * 2 > 9 ? Number(c) * 2 - 9 : Number(c) * 2), 0);
	return digits + ((10 - (sum % 10)) % 10);
}

/* --- the owner --- */

/** Finds an iPhone by a misspelt name and answers everything at its best; ends at the price. */
export async function quote(t, page, phone) {
	await t.go(page, '/');
	await page.locator('.finder input').fill('iphnoe 13 pro');
	await page.locator('.finder li').first().waitFor();
	await page.keyboard.press('Enter');
	await page.waitForURL('**/quote/*');
	await t.settle(page);
	await answer(page, phone);
	await t.settle(page);
}
/** phone: the questions come one at a time. */
export async function answer(page, phone) {
	await page.locator('.asking .choice').first().waitFor();
	if (!phone) {
		for (const set of await page.locator('.asking fieldset').all())
			await set.locator('.choice').first().click();
		if (await page.locator('input[type=number]').count())
			await page.locator('input[type=number]').fill('90');
		return;
	}
	for (let i = 0; i < 20 && (await page.locator('.quiz-progress').count()); i++) {
		const legend = await page.locator('.asking').innerText();
		if (await page.locator('input[type=number]').count()) {
			await page.locator('input[type=number]').fill('90');
			await page.locator('main .row.spread button').last().click();
		} else {
			await page.locator('.asking .choice').first().click();
		}
		await page.waitForFunction((old) => document.querySelector('.asking')?.innerText !== old, legend);
	}
}
/** On a phone, at the second question: an answer that is worse moves the price, and taking it back moves it back. */
export async function doubt(t, page, w) {
	const price = page.locator('.price-bar b'), next = (old) => page.waitForFunction((o) => document.querySelector('.asking')?.innerText !== o, old);
	const text = () => page.locator('.asking').innerText();
	let old = await text();
	await page.locator('.asking .choice').first().click();
	await next(old);
	await t.settle(page);
	const best = await price.innerText();
	old = await text();
	await page.locator('.asking .choice').nth(1).click();
	await next(old);
	await page.waitForFunction((b) => ![b, ''].includes(document.querySelector('.price-bar b')?.innerText ?? ''), best);
	await page.locator('.price-bar .change', { hasText: /[-−–]/ }).waitFor();
	old = await text();
	await page.getByRole('button', { name: w.back_answer, exact: true }).click();
	await next(old);
	old = await text();
	await page.locator('.asking .choice').first().click();
	await next(old);
	await page.waitForFunction((b) => document.querySelector('.price-bar b')?.innerText === b, best);
}
let people = 0;
/** From /book to the confirmation, at the nth shop; answers the code and the PIN. account: where the money goes. */
export async function book(t, page, w, { shop = 1, name = 'Test Owner', account } = {}) {
	await page.waitForURL('**/book');
	await t.settle(page);
	await page.getByRole('button', { name: w.send }).click(); /* nothing is filled in: it says what is missing */
	await page.locator('[aria-invalid="true"]').first().waitFor();
	await t.axe(page, 'booking, incomplete');
	await page.locator('.shop').nth(shop).click();
	await page.locator('input[autocomplete=name]').fill(name);
	await page.locator('input[autocomplete=tel]').fill(`1390000${String(++people).padStart(4, '0')}`);
	if (account)
		await page.locator('form input[maxlength="64"]').fill(account);
	await page.getByRole('button', { name: w.send }).click();
	await page.getByRole('heading', { level: 1, name: w.booked }).waitFor();
	await t.axe(page, 'booked');
	await t.fits(page);
	const [code, pin] = await page.locator('.ticket .code').allInnerTexts();
	return { code, pin };
}
/** Opens an order by its code and PIN. */
export async function open(t, page, order) {
	await t.go(page, '/o');
	await t.axe(page);
	await page.locator('form input').nth(0).fill(order.code.toLowerCase());
	await page.locator('form input').nth(1).fill(order.pin);
	await page.locator('form button[type=submit]').click();
	await page.waitForURL('**/order');
	await t.settle(page);
}
export async function lookAgain(t, page) {
	await page.reload();
	await t.settle(page);
	await page.evaluate(() => scrollTo(0, 0));
	await t.axe(page);
	await t.fits(page);
}
/** Presses a button, and the same one in the dialog that asks whether one is sure. */
export async function sure(page, name, yes = name) {
	await page.getByRole('button', { name }).first().click();
	await page.getByRole('dialog').getByRole('button', { name: yes }).click();
	await page.getByRole('dialog').waitFor({ state: 'detached' });
}
/** The item that an order's code stands for, by the books. */
export async function itemOf(t, code) {
	const found = await t.api('admin', 'GET', `${city}/find?text=${code}`);
	const { devices } = await t.api('admin', 'GET', `${city}/orders/${found.items.find((x) => x.kind === 'order').id}`);
	return devices[0];
}

/* --- the counter --- */

/** Takes a booked device by the order's code. on_phone: the owner confirms there, not at the counter's screen. Answers the label. */
export async function take(t, page, w, code, number, on_phone) {
	await t.go(page, '/counter');
	await page.getByLabel(w.scan).fill(code);
	await page.keyboard.press('Enter');
	await page.getByLabel(w.ident).fill(number);
	await page.keyboard.press('Enter');
	await page.locator('.step-card').getByText(w.clear, { exact: true }).click();
	await page.locator('.confirm').waitFor();
	await t.axe(page, 'confirm the hand-over');
	await page.getByRole('button', { name: on_phone ? w.own_phone : w.agree }).click();
	await page.locator('.done .sheet.label').waitFor();
	return page.locator('.sheet.label b').textContent();
}

/* --- the bench --- */

/** A label that is scanned: its device, and what is next. */
export async function scan(t, page, label) {
	await t.go(page, '/bench');
	await page.fill('#scan', label);
	await page.keyboard.press('Enter');
	await page.waitForURL('**/bench/device/*');
	await page.locator('.huge').waitFor();
	await t.settle(page);
}
/** Opens the dialog of an erasure and fills it in. */
export async function attempt(page, w, failed) {
	await page.getByRole('button', { name: w.attempt }).first().click();
	const dialog = page.getByRole('dialog');
	if (failed) {
		await dialog.getByText(w.fails, { exact: true }).click();
		await dialog.getByLabel(w.reason).selectOption('read_error');
	}
	await dialog.getByLabel(w.tool, { exact: true }).fill('nwipe');
	await dialog.getByLabel(w.version).fill('0.36');
	await dialog.getByLabel(w.minutes).fill('0');
	if (!failed)
		await dialog.getByLabel(w.log, { exact: true }).fill('ab'.repeat(32));
	return dialog;
}
/** From bought to on sale: erased, once in vain, then verified; worth selling; in stock; at a price. */
export async function untilListed(t, page, w, device, price) {
	await page.getByRole('button', { name: w.start }).first().click();
	let dialog = await attempt(page, w, true);
	await t.axe(page);
	await dialog.getByRole('button', { name: w.attempt }).click();
	await page.getByText(w.failed).first().waitFor();
	await page.getByRole('button', { name: w.start }).first().click();
	dialog = await attempt(page, w, false);
	await dialog.getByRole('button', { name: w.attempt }).click();
	await page.getByRole('button', { name: w.decide }).first().click();
	await page.getByRole('dialog').locator('.ways').waitFor(); /* both values are there before anything is decided */
	assert.equal((await t.api('admin', 'GET', `${city}/devices/${device}/dispositions`)).items.length, 0);
	await t.axe(page);
	await page.getByRole('dialog').getByRole('button', { name: w.reckon }).click();
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	if ((await t.api('admin', 'GET', `${city}/devices/${device}/next`)).action === 'recover.send')
		await t.api('bench', 'POST', `${city}/devices/${device}/dispositions`, { choice: 'resale', reason: 'trial' });
	await page.reload();
	await page.getByRole('button', { name: w.receive }).first().click();
	await page.getByRole('button', { name: w.list }).first().click();
	await page.getByLabel(w.price).fill(price);
	await t.axe(page);
	await page.getByRole('dialog').getByRole('button', { name: w.list }).click();
	await page.getByText(w.waits).waitFor();
	assert.equal((await t.api('admin', 'GET', `${city}/devices/${device}`)).state, 'listed');
}

/* --- buyers --- */

/** Buys the lot at this price from the deposit; answers the sale's number. */
export async function buy(t, page, w, device, price) {
	await t.go(page, '/offers');
	await t.fits(page);
	await t.axe(page);
	const lot = page.locator('.lot').filter({ has: page.getByText(`¥${price}`, { exact: true }) }).last();
	await lot.getByRole('button', { name: w.details }).click();
	await page.getByRole('dialog').locator('.note.good').waitFor();
	await t.axe(page);
	await page.getByRole('dialog').getByRole('button', { name: w.buy }).click();
	await page.getByRole('dialog', { name: w.sure }).getByRole('button', { name: w.buy }).click();
	await lot.waitFor({ state: 'detached' });
	const { sale } = await t.api('admin', 'GET', `${city}/devices/${device}`);
	await t.go(page, '/offers/orders');
	await t.axe(page);
	await page.locator('.list .view').evaluate((e) => e.scrollTo(0, e.scrollHeight)); /* the newest is the last of them */
	await page.getByRole('link', { name: `#${sale}` }).click();
	await page.getByText(w.sold).first().waitFor();
	await t.settle(page);
	await t.fits(page);
	await t.axe(page);
	return sale;
}
