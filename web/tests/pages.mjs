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
];
