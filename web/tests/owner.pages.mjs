/* The owner's pages for scripts/screenshots. An order is shown as its owner sees it: its link is known to nobody here, so
 * the session is said to be the owner's while an administrator's token asks. */
const one = (text) => `/quote/category?c=${text}`;
async function asOwner(t, page, order) {
	await t.api('admin', 'GET', '/v1/cities/1');
	const token = await t.tokens.admin;
	await page.route('**/v1/**', (r) => (r.request().url().endsWith('/v1/session') ? r.fulfill({ json: { user: null, order, city: 1, roles: ['owner'] } }) :
		r.continue({ headers: { ...r.request().headers(), authorization: `Bearer ${token}` } })));
	return '/order';
}
const order = (state, fits = () => true) => async (t, page) => {
	const { items } = await t.api('admin', 'GET', `/v1/cities/1/items?state=${state}&limit=100`);
	if (!items.length)
		throw new Error(`the sample has no order that is ${state}`);
	for (const i of items)
		if (await fits(t, i))
			return asOwner(t, page, i.order);
	return asOwner(t, page, items[0].order); /* a small sample may have none that fits */
};
const life = (t, i) => t.api('admin', 'GET', `/v1/cities/1/items/${i.item}/outcome`);
const withPhoto = async (t, i) => (await t.api('admin', 'GET', `/v1/cities/1/items/${i.item}/inspections`)).items[0].defects?.some((d) => d.photo);
const recovered = async (t, i) => (await life(t, i)).fate === 'recovered';
const passport = async (t) => {
	const { items } = await t.api('admin', 'GET', '/v1/cities/1/items?state=paid&limit=100');
	for (const i of items)
		if (await recovered(t, i))
			return `/p/1/${i.device}`;
	throw new Error('the sample has nothing recovered');
};
const facts = [{ id: 'a', model: 0, category: 'phone', name: '', answers: { power: 'works', screen: 'cracked' }, battery: 88, added: 1 }, { id: 'b', category: 'washing_machine', name: '', answers: { power: 'works', noise: 'yes' }, age: 60, added: 2 },
	{ id: 'c', category: 'laptop', name: '', answers: { power: 'works', body: 'worn' }, storage: 512, added: 3 },
	{ id: 'locked', category: 'phone', name: 'Fairphone 5 Special Edition with a very long name', answers: { power: 'works', lock: 'on' }, added: 4 }].map(({ model, ...k }) => (model ? { ...k, model } : k));
const fill = (page, chosen) => page.addInitScript(([list, ids]) => {
	localStorage.setItem('relode.drawer', JSON.stringify(list));
	sessionStorage.setItem('relode.book', JSON.stringify(ids));
}, [facts, chosen]);

export const pages = [
	{ name: 'start', path: '/' },
	{ name: 'start-find', path: '/', window: true, act: async (page) => {
		await page.locator('.finder input').fill('iphnoe 13');
		await page.locator('.finder li').nth(3).waitFor();
	} },
	{ name: 'quote', path: one('phone') },
	{ name: 'quote-refused', path: async (t, page) => (await fill(page, []), '/quote/category?c=phone&edit=locked'), act: (page) => page.locator('.note.warn').first().waitFor() },
	{ name: 'quote-offline', path: '/', act: async (page) => {
		await page.route('**/v1/**', (r) => r.abort());
		await page.locator('.tile').first().click();
		await page.getByRole('alert').first().waitFor();
	} },
	{ name: 'quote-appliance', path: one('washing_machine') },
	{ name: 'drawer-empty', path: '/drawer' },
	{ name: 'drawer', path: async (t, page) => (await fill(page, []), '/drawer') },
	{ name: 'book', path: async (t, page) => (await fill(page, ['a', 'b']), '/book'), act: (page) => page.locator('.shop').nth(1).click() },
	{ name: 'book-doorstep', path: async (t, page) => (await fill(page, ['b']), '/book'), act: async (page) => {
		await page.locator('.choice').nth(2).click();
		await page.locator('select').last().selectOption({ index: 2 });
	} },
	{ name: 'book-wrong', path: async (t, page) => (await fill(page, ['a', 'c']), '/book'), act: async (page) => {
		await page.locator('.things .worth').nth(1).filter({ hasText: /\d/ }).waitFor();
		await page.locator('form button.main').click();
		await page.locator('.field .wrong').first().waitFor();
	} },
	{ name: 'open', path: '/o' },
	{ name: 'open-wrong', path: '/o', act: async (page) => {
		await page.locator('main input').first().fill('AAAA-BBBB-CC');
		await page.locator('main input').nth(1).fill('123456');
		await page.locator('main button.main').click();
		await page.getByRole('alert').first().waitFor();
	} },
	{ name: 'order-none', path: '/order' },
	{ name: 'order-booked', path: order('booked') },
	{ name: 'order-offered', path: order('offered', withPhoto) },
	{ name: 'order-paid', path: order('paid', recovered) },
	{ name: 'order-returned', path: order('returned') },
	{ name: 'passport', path: passport },
	{ name: 'passport-none', path: '/p/1/42' },
];
