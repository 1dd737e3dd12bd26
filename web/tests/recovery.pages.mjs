const first = async (t, path, field) => (await t.api('admin', 'GET', path)).items[0][field];

export const pages = [
	{ name: 'recovery', role: 'recycler', path: '/recovery' },
	{ name: 'recovery-batch', role: 'recycler', path: async (t) => `/recovery/batches/${await first(t, '/v1/cities/1/batches?limit=1', 'batch')}` },
	{ name: 'recovery-batch-new', role: 'recycler', path: async (t) => {
		const org = (await t.api('admin', 'GET', '/v1/cities/1/parties?kind=organisation&role=recycler&limit=1')).items[0].party;
		const b = await t.api('admin', 'POST', '/v1/cities/1/batches', { site: 2, dismantler: org, scale: 'SCALE-7' });
		return `/recovery/batches/${b.batch}`;
	} },
	{ name: 'recovery-lots', role: 'bench', path: '/recovery/lots' },
	{ name: 'recovery-consignments', role: 'officer', path: '/recovery/consignments' },
	{ name: 'recovery-consignment', role: 'bench', path: async (t) => `/recovery/consignments/${await first(t, '/v1/cities/1/consignments?limit=1', 'consignment')}` },
	{ name: 'recovery-receipt', role: 'bench', path: async (t) => `/recovery/consignments/${await first(t, '/v1/cities/1/consignments?limit=1', 'consignment')}`, act: async (page) => page.locator('main button.main').click() },
	{ name: 'recovery-balance', role: 'officer', path: '/recovery/balance' },
];
