/* The counter's pages beside those of pages.mjs: items and orders as they are on a busy day, and states that are seldom. */
const city = '/v1/cities/1';
const item = (state) => async (t) => {
	const { items } = await t.api('admin', 'GET', `${city}/items?state=${state}&limit=100`);
	if (!items.length)
		throw new Error(`the sample has no item that is ${state}`);
	return items[0];
};
export const pages = [
	{ name: 'item-paid', role: 'admin', path: async (t) => `/items/${(await item('paid')(t)).item}` },
	{ name: 'item-offered', role: 'admin', path: async (t) => `/items/${(await item('offered')(t)).item}` },
	{ name: 'item-returning', role: 'admin', path: async (t) => `/items/${(await item('returning')(t)).item}`, act: async (page) => {
		await page.locator('main .actions button.main').first().click();
		await page.getByRole('dialog').waitFor();
	} },
	{ name: 'item-forbidden', role: 'buyer', path: async (t) => `/items/${(await item('paid')(t)).item}` },
	{ name: 'staff-order', role: 'admin', path: async (t) => `/orders/${(await item('booked')(t)).order}` },
	{ name: 'counter-day', role: 'admin', path: '/counter/today', act: async (page, t) => {
		const { items } = await t.api('admin', 'GET', `${city}/devices?state=in_custody&limit=1`);
		await page.locator('input[type=date]').fill(new Date((items[0]?.received_us ?? Date.now() * 1000) / 1000).toISOString().slice(0, 10));
		await page.locator('.list .tr:not(.th)').first().waitFor();
	} },
	{ name: 'counter-offline', role: 'counter', path: '/counter/money', act: async (page) => {
		await page.context().setOffline(true);
		await page.locator('.counter .tabs a').nth(1).click();
		await page.locator('.offline').waitFor();
	} },
];
