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
];
