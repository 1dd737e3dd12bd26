/* Every page of the app, as whom it is seen, for scripts/screenshots. path may be a function of what the sample holds;
 * act brings the page into a state worth seeing. */
export const pages = [
	{ name: 'login', path: '/login' },
	{ name: 'not-found', path: '/no/such/page' },
	{ name: 'welcome', path: '/welcome' },
	{ name: 'search', role: 'admin', path: '/admin', act: async (page) => {
		await page.keyboard.press('Control+k');
		await page.getByRole('combobox').last().fill('iphone 13');
		await page.getByRole('option').nth(3).waitFor();
	} },
	{ name: 'city', role: 'officer', path: '/city?p=90' },
	{ name: 'city-behind', role: 'officer', path: '/city/lives?from=2000-01-01&to=2100-01-01&flag=revised' },
	{ name: 'city-report', role: 'officer', path: '/city/report?p=90' },
	{ name: 'city-proof', role: 'officer', path: '/city/proof?entry=17' },
	{ name: 'money', role: 'officer', path: '/money' },
	{ name: 'money-new', role: 'officer', path: '/money/new' },
	{ name: 'money-owed', role: 'officer', path: '/money/owed?kind=merchant' },
	{ name: 'money-statement', role: 'officer', path: '/money/statement?account=money_tax' },
	{ name: 'money-cash', role: 'officer', path: '/money/cash' },
	{ name: 'money-taxes', role: 'officer', path: '/money/taxes' },
	{ name: 'counter', role: 'counter', path: '/counter' },
	{ name: 'counter-question', role: 'counter', path: '/counter', act: async (page) => {
		await page.evaluate(() => localStorage.setItem('relode.tac', JSON.stringify([['35391811', { model: 7340083, category: 'phone', brand: 'Apple', name: 'iPhone 13', gb: '128,256,512', aged: true }]])));
		await page.locator('.step-card input').fill('353918112345679');
		await page.keyboard.press('Enter');
		for (const key of ['1', '1']) {
			await page.locator('.options').waitFor();
			await page.keyboard.press(key);
			await page.waitForTimeout(250);
		}
		await page.locator('.step-card input').fill('91');
		await page.keyboard.press('Enter');
		await page.locator('.options').waitFor();
		await page.keyboard.press('1');
		await page.waitForTimeout(600);
	} },
	{ name: 'counter-today', role: 'counter', path: '/counter/today' },
	{ name: 'counter-money', role: 'counter', path: '/counter/money' },
	{ name: 'counter-queue', role: 'counter', path: '/counter/queue' },
];
