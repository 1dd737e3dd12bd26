const city = '/v1/cities/1';
const devices = async (t, state) => (await t.api('bench', 'GET', `${city}/devices?state=${state}&limit=1000`)).items;
const inspected = async (t) => (await devices(t, 'in_custody')).find((d) => d.grade_c === undefined && d.storage && d.place === 'site');

export const pages = [
	{ name: 'bench', role: 'bench', path: '/bench' },
	{ name: 'bench-device', role: 'bench', path: async (t) => `/bench/device/${(await devices(t, 'owned'))[0]?.device ?? (await devices(t, 'erased'))[0].device}` },
	{ name: 'bench-inspect', role: 'bench', path: async (t) => `/bench/inspect/${(await inspected(t)).item}`, act: async (page) => {
		await page.keyboard.press('a');
		await page.locator('.check-row .no').first().click();
		await page.locator('.levels .no').nth(3).click();
		await page.locator('.price-steps').waitFor();
	} },
	{ name: 'bench-list', role: 'bench', path: '/bench/list' },
	{ name: 'bench-stuck', role: 'bench', path: '/bench/stuck' },
	{ name: 'device', role: 'admin', path: async (t) => `/devices/${(await devices(t, 'listed')).sort((a, b) => (b.returns ?? 0) - (a.returns ?? 0))[0].device}` },
	{ name: 'device-act', role: 'bench', path: async (t) => `/devices/${(await devices(t, 'listed'))[0].device}`, act: async (page) => {
		await page.locator('main .actions button').nth(6).click();
		await page.getByRole('dialog').waitFor();
	} },
	{ name: 'stock', role: 'officer', path: '/stock' },
	{ name: 'stock-count', role: 'bench', path: '/stock/count?site=2' },
	{ name: 'offers', role: 'buyer', path: '/offers' },
	{ name: 'offers-lot', role: 'buyer', path: '/offers', act: async (page) => {
		await page.locator('.lot button:not(.main)').first().click();
		await page.getByRole('dialog').locator('dl').waitFor();
	} },
	{ name: 'offers-orders', role: 'buyer', path: '/offers/orders' },
	{ name: 'offers-buyers', role: 'admin', path: '/offers/buyers' },
	{ name: 'sale', role: 'bench', path: async (t) => `/sales/${(await devices(t, 'sold'))[0].sale}` },
];
