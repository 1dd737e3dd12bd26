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
	if (await page.locator('.step-card input').nth(1).isVisible()) { /* not known here yet */
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

test('a take without a network is sent once', async (t) => {
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
	await page.getByText('Tell the owner the price').waitFor({ timeout: 60000 });
	await other.getByText('Tell the owner the price').waitFor();
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
	if (story.map((e) => e.type).join() !== 'tradein.book,tradein.give,tradein.take_in' || story.some((e) => e.happened_us !== waiting.at_us))
		throw new Error(`in the books: ${JSON.stringify(story)}`);
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
