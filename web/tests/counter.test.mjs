/* The counter: a take by keyboard alone, offline and sent once, two clerks on one order, a session that ends in the middle. */
import assert from 'node:assert/strict';
import { painted, test, run } from './lib.mjs';
import { imei } from './steps.mjs';

/* A hand needs a moment for a key; a scanner does not. */
const human = { delay: 60 };
const enter = (page) => page.keyboard.press('Enter', human);
const scan = async (page, code) => {
	await page.keyboard.type(code, { delay: 5 });
	await page.keyboard.press('Enter');
};
const answer = async (page, key) => {
	const before = await page.locator('.step-card h2, .step-card .ask').first().textContent();
	await painted(page);
	await page.keyboard.press(key, human);
	await page.waitForFunction((old) => document.querySelector('.step-card h2, .step-card .ask')?.textContent !== old, before);
};
const asked = (page, text) => page.locator('.step-card').getByText(text).first().waitFor();
const focused = (page) => page.waitForFunction(() => document.activeElement?.closest('.step-card'));
/* From the model on: not stolen, 128 GB, battery, the rest in order. */
async function beforeOwner(page) {
	await asked(page, 'stolen devices');
	await answer(page, '1');
	await asked(page, 'storage');
	await answer(page, '1');
	await asked(page, 'Battery');
	await focused(page);
	await page.keyboard.type('91', human);
	await answer(page, 'Enter');
	await answer(page, '1');
	await answer(page, '2');
	await answer(page, '0');
	await asked(page, 'Whose');
	await focused(page);
}
/* And the owner. */
async function answers(page, { phone = '13800138000', name = '王小明' } = {}) {
	await beforeOwner(page);
	await page.keyboard.type(phone, human);
	await enter(page);
	await painted(page);
	await page.locator('.step-card form:not([aria-busy])').waitFor();
	await painted(page);
	if (await page.getByLabel('Name of the owner').isVisible()) { /* not known here yet */
		await page.keyboard.type(name, human);
		await enter(page);
	}
	await enter(page);
}
async function model(page) {
	await asked(page, 'Which model');
	await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
	await page.keyboard.type('iphone 13', human);
	await page.locator('[role=option]').first().waitFor();
	await page.keyboard.press('Enter');
}

test('a take by keyboard alone', async (t) => {
	const page = await t.as('counter');
	await t.go(page, '/counter');
	await page.evaluate(() => (window.print = () => (document.documentElement.dataset.printed = document.documentElement.dataset.print)));
	await focused(page);
	await scan(page, '353918112345677');
	await page.getByText('one digit was misread').waitFor();
	await scan(page, imei('35391811234567'));
	await model(page);
	await answers(page);
	await asked(page, 'please read and confirm');
	await page.waitForFunction(() => document.activeElement?.closest('.confirm'));
	await t.axe(page);
	await page.keyboard.press('Enter');
	await page.locator('.done .sheet.label').waitFor();
	await t.axe(page);
	const label = await page.locator('.sheet.label b').textContent();
	const found = await t.api('bench', 'GET', `/v1/cities/1/find?text=${label}`);
	if (found.items?.[0]?.kind !== 'device' || found.items[0].state !== 'in_custody')
		throw new Error(`the label ${label} finds ${JSON.stringify(found)}`);
	await page.waitForFunction(() => /Print/.test(document.activeElement?.textContent ?? ''));
	await page.keyboard.press('Enter');
	await page.waitForFunction(() => document.documentElement.dataset.printed === 'label');
	await page.keyboard.press('Enter');
	await asked(page, 'Scan the IMEI');
	/* the second of the same model: the scanner's digits find it; count the keys of the clerk */
	await focused(page);
	await scan(page, imei('35391811234575'));
	await answers(page, { phone: '13900139000', name: 'Li' });
	await asked(page, 'please read and confirm');
	await page.waitForFunction(() => document.activeElement?.closest('.confirm'));
	await page.keyboard.press('Enter');
	await page.locator('.done .sheet.label').waitFor();
	/* the scanner's trigger, nine for the answers, 11 digits of the phone, two letters of the name, four times Enter */
	const keys = await page.locator('.done .small.muted').last().textContent();
	console.log(`    ${keys}, 11 of them the phone and 2 the name`);
	if (parseInt(keys) > 41) /* 26; on a machine so busy that the scanner seems a hand, its digits too */
		throw new Error(`a take needs ${keys}`);
});

test('a hasty Enter takes the model that was typed, not the first of an earlier answer', async (t) => {
	const page = await t.as('counter');
	await t.go(page, '/counter');
	let go;
	const answered = new Promise((r) => (go = r));
	await page.route((url) => url.searchParams.get('q') === 'iphone 13', async (route) => {
		await answered;
		await route.continue();
	});
	await focused(page);
	await scan(page, imei('35391866234567'));
	await asked(page, 'Which model');
	await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
	await page.keyboard.type('iphone', human);
	await page.locator('[role=option]').first().waitFor();
	await page.keyboard.type(' 13', human);
	await page.waitForTimeout(60);
	await page.keyboard.press('Enter');
	await page.waitForTimeout(100);
	await asked(page, 'Which model'); /* the answer is on its way */
	go();
	await asked(page, 'stolen devices');
	await page.getByText('Apple iPhone 13', { exact: true }).first().waitFor();
	await page.keyboard.press('F2');
});

test('a name that is typed while the owner is looked for is the name, and nobody agrees by an Enter too many', async (t) => {
	const page = await t.as('counter'), before = await t.api('admin', 'GET', '/v1/cities/1/parties?kind=person&phone=13700137009');
	assert.equal(before.items.length, 0);
	await t.go(page, '/counter');
	await learned(page);
	let go;
	const answered = new Promise((r) => (go = r));
	await page.route(/earlier-owners/, async (route) => {
		await answered;
		await route.continue();
	});
	await focused(page);
	await scan(page, imei('35391811777777'));
	await beforeOwner(page);
	await page.keyboard.type('13700137009', human);
	await enter(page);
	await page.keyboard.type('赵一', human);
	await enter(page);
	assert.deepEqual(await page.locator('.step-card input').evaluateAll((all) => all.map((i) => i.value)), ['13700137009', '赵一', '']);
	await enter(page);
	await asked(page, 'Whose'); /* the answer is on its way */
	await page.evaluate(() => {
		window.early = new Promise((r) => new MutationObserver((_, o) => {
			if (!document.querySelector('.confirm'))
				return;
			o.disconnect();
			setTimeout(() => r(!!document.activeElement.closest('.confirm')), 100);
		}).observe(document.body, { subtree: true, childList: true }));
	});
	go();
	await asked(page, 'please read and confirm');
	assert.equal(await page.evaluate(() => window.early), false, 'it takes no key before it can be read');
	await page.waitForFunction(() => document.activeElement?.closest('.confirm'));
	await page.keyboard.press('F2');
});

/* The model of these IMEIs is known at this counter. */
const learned = (page) => page.evaluate(() => localStorage.setItem('relode.tac', JSON.stringify([['35391811', { model: 7340083, category: 'phone', brand: 'Apple', name: 'iPhone 13', gb: '128,256,512', aged: true }]])));
const kept = (page) => page.evaluate(() => new Promise((done, fail) => {
	const r = indexedDB.open('relode.counter');
	r.onerror = () => fail(r.error);
	r.onsuccess = () => {
		const all = r.result.transaction('jobs').objectStore('jobs').getAll();
		all.onsuccess = () => done(all.result);
	};
}));

test('a take without a network is sent once, as custody alone, and waits for its owner’s yes', async (t) => {
	const page = await t.as('counter'), context = page.context();
	await t.go(page, '/counter');
	await learned(page);
	await page.evaluate(async () => {
		await navigator.serviceWorker.ready;
		if (!navigator.serviceWorker.controller)
			await new Promise((r) => navigator.serviceWorker.addEventListener('controllerchange', r));
	});
	const number = imei('35391811777777');
	await focused(page);
	await scan(page, number); /* so that the questions are known here */
	await asked(page, 'stolen devices');
	await page.keyboard.press('F2');
	await asked(page, 'Scan the IMEI');
	const before = (await t.api('counter', 'GET', '/v1/cities/1/counter/counts')).rows[0].taken;

	await context.setOffline(true);
	await page.reload();
	await asked(page, 'Scan the IMEI');
	await focused(page);
	await scan(page, number);
	await asked(page, 'storage');
	await page.getByText('The price waits for the server').first().waitFor();
	await t.axe(page);
	await answer(page, '1');
	await asked(page, 'Battery');
	await focused(page);
	await page.keyboard.press('Enter');
	await asked(page, 'switch on');
	await answer(page, '0');
	await asked(page, 'Whose');
	await focused(page);
	await page.keyboard.type('13712345678', human);
	await page.reload(); /* in mid-form, offline: nothing typed is lost */
	await asked(page, 'Whose');
	if ((await page.getByLabel('Phone of the owner').inputValue()) !== '13712345678')
		throw new Error('the phone that was typed is lost');
	await focused(page);
	await page.keyboard.press('Enter');
	await page.keyboard.type('Zhang Wei', human);
	await page.keyboard.press('Enter');
	await page.keyboard.press('Enter');
	await page.getByText('We only take the device into our care').waitFor();
	await page.waitForFunction(() => document.activeElement?.closest('.confirm'));
	await page.keyboard.press('Enter');
	await page.getByText('Kept here until the server answers').waitFor();
	await t.axe(page);
	const [waiting] = await kept(page);
	if (waiting?.state !== 'waiting' || waiting.owner.name !== 'Zhang Wei')
		throw new Error(`kept: ${JSON.stringify(waiting)}`);
	await page.reload();
	await page.getByRole('link', { name: /To be sent/ }).click();
	await page.getByText('Custody only').waitFor();
	await t.axe(page);
	const other = await context.newPage();
	await other.goto('/counter/queue');
	await other.getByText('Custody only').waitFor();

	await context.setOffline(false);
	await page.getByText('In our care, and in the books').waitFor({ timeout: 60000 });
	await other.getByText('In our care, and in the books').waitFor();
	await t.axe(page);
	const [sent] = await kept(page);
	if (sent.state !== 'sent' || /Zhang|137123|35391811777777/.test(JSON.stringify(sent)))
		throw new Error(`a name stays here: ${JSON.stringify(sent)}`);
	/* both windows look again for what is to be sent: nothing is */
	await other.reload();
	await t.settle(other);
	for (const tab of [page, other]) {
		await tab.evaluate(() => dispatchEvent(new Event('online')));
		await t.settle(tab);
	}
	const after = (await t.api('counter', 'GET', '/v1/cities/1/counter/counts')).rows[0].taken;
	const found = (await t.api('bench', 'GET', `/v1/cities/1/find?text=${number}`)).items;
	if (after !== before + 1 || found.length !== 1)
		throw new Error(`taken ${before} before, ${after} after; the IMEI finds ${JSON.stringify(found)}`);
	const story = (await t.api('bench', 'GET', `/v1/cities/1/items/${sent.done.item}/history`)).items;
	if (story.map((e) => e.type).join() !== 'tradein.book,tradein.give,tradein.take_in' || story.some((e) => e.happened_us !== waiting.at_us) || !story[1].data.custody_only)
		throw new Error(`in the books: ${JSON.stringify(story)}`);

	/* custody alone: until the owner's yes nobody inspects it, and nobody is paid */
	const item = sent.done.item;
	await kept_is_kept(t, item);
	await page.evaluate(() => (window.print = () => (document.documentElement.dataset.printed = document.documentElement.dataset.print)));
	await page.getByRole('button', { name: 'Slip for the owner' }).click();
	await page.waitForFunction(() => document.documentElement.dataset.printed === 'slip');
	const [code, pin] = await page.locator('.sheet.slip dd').allTextContents();
	if (!/^[0-9A-Z*-]{6,}$/.test(code) || !/^\d{6}$/.test(pin))
		throw new Error(`the slip has the code ${code} and the PIN ${pin}`);
	await page.getByRole('button', { name: 'Not listed' }).click();
	await page.getByText('is to be accepted by its owner').waitFor();
	await other.getByText('is to be accepted by its owner').waitFor();
	await t.axe(page);
	await kept_is_kept(t, item);
	await t.go(page, '/counter/today');
	await page.locator('[role=row]').getByText('Price to be accepted').first().waitFor();
	await page.getByRole('tab', { name: 'Price to be accepted' }).click();
	await page.getByText('Owner’s answer, until').first().waitFor();
	await t.axe(page);
	/* the owner, with the slip at home: the code and the PIN open the order, the price is there to be accepted */
	const home = await t.as(undefined, { size: 'phone' });
	await t.go(home, '/o');
	await home.getByLabel('Order code').fill(code);
	await home.getByLabel('PIN').fill(pin);
	await home.keyboard.press('Enter');
	await home.getByText('Look at the price').waitFor();
	await t.axe(home);
	await t.fits(home);
	await home.getByRole('button', { name: /^Accept/ }).click();
	await t.axe(home);
	await home.getByRole('button', { name: 'Yes, I accept' }).click();
	await home.getByText('You accepted the price of').waitFor();
	const now = await t.api('bench', 'GET', `/v1/cities/1/items/${item}`);
	if (now.state !== 'in_custody' || now.custody_only)
		throw new Error(`after the yes: ${JSON.stringify(now)}`);
	await t.api('bench', 'POST', `/v1/cities/1/items/${item}/inspections`, { battery_percent: 90 });
});

/* Whatever is tried on it, it stays with its owner, and no money moves. */
async function kept_is_kept(t, item) {
	const refused = async (login, path, body) => {
		const said = await t.api(login, 'POST', `/v1/cities/1${path}`, body).then(() => 'done', (e) => e.message);
		if (!/: 40[39] /.test(said))
			throw new Error(`${path} of a device in custody alone: ${said}`);
	};
	await refused('bench', `/items/${item}/inspections`, { battery_percent: 90 });
	await refused('admin', '/payouts', { items: [{ item }] });
	await refused('counter', `/items/${item}/accept`, {});
	await refused('bench', `/items/${item}/take-in`, {});
	const i = await t.api('bench', 'GET', `/v1/cities/1/items/${item}`), device = await t.api('bench', 'GET', `/v1/cities/1/devices/${i.device}`), order = await t.api('bench', 'GET', `/v1/cities/1/orders/${i.order}`);
	if (i.state !== 'kept' || device.owner !== order.owner || i.agreed_minor !== undefined)
		throw new Error(`kept: ${JSON.stringify(i)}, of ${device.owner}`);
}
/* A device in custody alone, as the counter sends it. */
async function keep(t) {
	const at = '/v1/cities/1', site = (await t.api('counter', 'GET', `${at}/counter/items?from=2020-01-01&limit=1`)).items[0].site;
	const owner = (await t.api('counter', 'POST', `${at}/parties`, { kind: 'person', roles: 'owner', name: 'Sun Li', phone: '13655556666' })).party;
	const booked = await t.api('counter', 'POST', `${at}/orders`, { owner, site, items: [{ category: 'phone', age_months: 20 }] });
	const item = booked.items[0].item, evidence = (await t.api('counter', 'POST', `${at}/evidence`, { order: booked.order, purpose: 'signature', content: 'JVBERi0xLjQKZW1wdHkK' })).evidence;
	await t.api('counter', 'POST', `${at}/items/${item}/give`, { evidence, custody_only: true });
	await t.api('counter', 'POST', `${at}/items/${item}/take-in`, { site });
	return { ...booked, item, owner, site };
}

test('what was kept: the owner’s yes at the counter; listed as stolen; wanted back', async (t) => {
	const page = await t.as('counter');
	const first = await keep(t);
	await t.go(page, `/items/${first.item}`);
	await page.getByRole('button', { name: 'Look up, name the price' }).click();
	await t.axe(page);
	await page.getByRole('dialog').getByRole('button', { name: 'Could not be looked up' }).click();
	await page.getByRole('button', { name: /The owner accepts the price of/ }).click();
	await page.getByText('The price is yours when the inspection finds').waitFor();
	await t.axe(page);
	await page.getByLabel('Name of the owner').fill('Sun Li');
	await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
	await page.getByText('was accepted').first().waitFor();
	if ((await t.api('bench', 'GET', `/v1/cities/1/items/${first.item}`)).state !== 'in_custody')
		throw new Error('the yes at the counter is not in the books');

	const second = await keep(t);
	await t.go(page, `/orders/${second.order}`);
	await page.getByRole('button', { name: 'Look up, name the price' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Listed as stolen' }).click();
	await page.getByText('Keep it apart').waitFor();
	await t.axe(page);
	await kept_is_kept(t, second.item);
	const phone = await t.as(undefined, { size: 'phone', lang: 'zh' });
	await t.go(phone, `/o/1#${second.link}`);
	await phone.getByText('失窃名单').first().waitFor();
	if (await phone.getByRole('button', { name: /接受|取回设备/ }).count())
		throw new Error('what is held as stolen is offered a price, or given back');
	await t.axe(phone);

	const third = await keep(t), home = await t.as(undefined, { size: 'phone' });
	await t.go(home, `/o/1#${third.link}`);
	await home.getByText('The price follows').first().waitFor();
	await t.axe(home);
	await home.getByRole('button', { name: 'Have it back' }).click();
	await home.getByRole('button', { name: 'Yes, send it back' }).click();
	await home.getByText('being sent back to you').first().waitFor();
	/* and while it is open, the owner says where money goes */
	const fourth = await keep(t);
	const own = await t.as(undefined, { size: 'phone' });
	await t.go(own, `/o/1#${fourth.link}`);
	await own.getByRole('button', { name: 'Name an account' }).click();
	await t.axe(own);
	await own.getByLabel('Account number').fill('6222 0000 1234 5678');
	await own.getByRole('button', { name: 'Save' }).click();
	await own.getByText('account ending in 5678').waitFor();
	await t.fits(own);
});

test('a customer of before is found by phone, booked under their number, and names another account', async (t) => {
	const at = '/v1/cities/1', one = await keep(t); /* whom the counter knows from now on */
	await t.api('admin', 'PATCH', `${at}/parties/${one.owner}`, { name: 'Sun Li', phone: '13655556677', bank_account: '6222 0211 1111 4567' });
	const page = await t.as('counter');
	const orderOf = async () => (await t.api('counter', 'GET', `${at}/orders/${(await page.locator('.done a[href^="/orders/"]').first().textContent()).trim()}`));
	for (const account of ['', '6222-0999-8888']) {
		await t.go(page, '/counter');
		await learned(page);
		await page.reload();
		await focused(page);
		await scan(page, imei(account ? '35391811444444' : '35391811333333'));
		await asked(page, 'stolen devices');
		await answer(page, '1');
		await answer(page, '1');
		await asked(page, 'Battery');
		await focused(page);
		await answer(page, 'Enter');
		await answer(page, '0');
		await asked(page, 'Whose');
		await focused(page);
		await page.keyboard.type('136 5555 6677', human);
		await enter(page);
		await page.getByText('Found: S**').waitFor();
		await page.getByText('the account that ends in 4567').waitFor();
		await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'submit');
		await t.axe(page);
		if (account)
			await page.getByLabel('Another account').fill(account);
		await enter(page);
		await asked(page, 'please read and confirm');
		await asked(page, account ? 'the account that ends in 8888' : 'the account that ends in 4567');
		await page.waitForFunction(() => document.activeElement?.closest('.confirm'));
		await t.axe(page);
		if (/Sun|6222|1111/.test(await page.locator('body').textContent()))
			throw new Error('more than the end of the account, or of the name, is on the screen');
		await page.keyboard.press('Enter');
		await page.locator('.done .sheet.label').waitFor();
		const order = await orderOf();
		if (order.owner !== one.owner || order.account_ends !== (account ? '8888' : '4567'))
			throw new Error(`booked: ${JSON.stringify(order)}, of party ${one.owner}`);
		const item = order.devices[0].item, story = (await t.api('bench', 'GET', `${at}/items/${item}/history`)).items;
		if (story.some((e) => e.type === 'tradein.account') !== !!account || /6222|8888/.test(JSON.stringify(story)))
			throw new Error(`in the books: ${JSON.stringify(story)}`);
		await page.keyboard.press('F2');
	}
	/* of that order alone */
	if ((await t.api('counter', 'GET', `${at}/orders/${one.order}`)).account_ends !== '4567')
		throw new Error('another order’s account has changed');
});

test('an answer that was lost on the way is asked for again, not done again', async (t) => {
	const page = await t.as('counter');
	await t.go(page, '/counter');
	await learned(page);
	let lost = 0;
	for (const path of ['parties', 'orders', 'evidence', 'give', 'take-in'])
		await page.route(new RegExp(`/v1/cities/1/.*${path}$`), async (route) => {
			await route.fetch(); /* done there */
			lost++;
			await route.abort();
		}, { times: 1 });
	await focused(page);
	const number = imei('35391811888888');
	await scan(page, number);
	await answers(page, { phone: '13700137001' });
	await page.waitForFunction(() => document.activeElement?.closest('.confirm'));
	await page.keyboard.press('Enter');
	await page.getByText('Kept here until the server answers').waitFor();
	await page.waitForFunction(() => !document.querySelector('.offline'), undefined, { timeout: 60000 });
	await page.getByRole('link', { name: /To be sent/ }).click();
	await page.getByText('Sent', { exact: true }).waitFor({ timeout: 60000 });
	const found = (await t.api('bench', 'GET', `/v1/cities/1/find?text=${number}`)).items;
	if (lost !== 5 || found.length !== 1)
		throw new Error(`${lost} answers were lost; the IMEI finds ${JSON.stringify(found)}`);
});

test('two clerks on the same order', async (t) => {
	const item = (await t.api('bench', 'GET', '/v1/cities/1/items?state=booked&limit=50')).items.find((i) => !i.given_us);
	const first = await t.as('bench'), second = await t.as('admin');
	for (const page of [first, second]) {
		await t.go(page, `/orders/${item.order}`);
		await page.getByRole('button', { name: 'Cancel the booking' }).first().click();
	}
	const yes = (page) => page.getByRole('dialog').getByRole('button', { name: 'Cancel the booking' });
	await t.axe(second);
	await yes(first).click();
	await first.getByText('The booking was cancelled').first().waitFor();
	await yes(second).click();
	await second.getByText('Meanwhile this happened').waitFor();
	await second.getByRole('alert').getByText('The booking was cancelled').waitFor();
	await second.getByText('Cancelled', { exact: true }).first().waitFor();
	await t.axe(second);
});

test('a session that ends in mid-form loses nothing', async (t) => {
	const page = await t.as('counter');
	await t.go(page, '/counter');
	await learned(page);
	await focused(page);
	await scan(page, imei('35391811999999'));
	await answers(page, { name: 'Li Na' });
	await asked(page, 'please read and confirm');
	await page.context().clearCookies();
	await page.waitForFunction(() => document.activeElement?.closest('.confirm'));
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').getByLabel('Password').fill(t.server.password);
	await page.keyboard.press('Enter');
	await page.locator('.done .sheet.label').waitFor();
});

test('the day, the money, an order from its page, in Chinese on a phone', async (t) => {
	const page = await t.as('counter', { lang: 'zh', size: 'phone' });
	for (const path of ['/counter', '/counter/today', '/counter/money', '/counter/queue']) {
		await t.go(page, path);
		await t.axe(page);
		await t.fits(page);
	}
	const item = (await t.api('counter', 'GET', '/v1/cities/1/counter/items')).items.at(-1);
	for (const path of [`/items/${item.item}`, `/orders/${item.order}`]) {
		await t.go(page, path);
		await page.getByText('柜台已收件').first().waitFor();
		await t.axe(page);
		await t.fits(page);
	}
});
await run();
