export const pages = [
	{ name: 'account', role: 'counter', path: '/account' },
	...['users', 'parties', 'sites', 'prices', 'rules', 'catalogue', 'settings', 'books'].map((x) => ({ name: `admin-${x}`, role: 'admin', path: `/admin/${x}` })),
	{ name: 'admin-user-new', role: 'admin', path: '/admin/users', act: async (page) => page.locator('main button.main').first().click() },
	{ name: 'admin-forbidden', role: 'counter', path: '/admin/users' },
];
