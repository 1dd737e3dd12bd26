/* The catalogue: categories, the lists of models in force, and finding a model in them. */
import { useState } from 'preact/hooks';
import { count, mass } from '../base/format';
import { useAsk } from '../base/use';
import { named, words } from '../base/words';
import { Card, Facts, Shown } from '../ui/basic';
import { CategoryName } from '../ui/categories';
import { ModelFinder, type Model } from '../ui/models';
import { Table } from '../ui/table';

const w = words({ find: 'Find a model', find_hint: 'Brand, name, model code, IMEI or TAC', categories: 'Categories', code: 'Code', name: 'Name', weee: 'WEEE category', unu: 'UNU-KEY', mass: 'Nominal mass', storage: 'Holds data', yes: 'yes', no: 'no', lists: 'Model lists in force', list: 'List', rows: 'Models', digest: 'Digest', version: 'Version', brand: 'Brand', model: 'Model', category: 'Category', source: 'Source', import: 'New lists come in by the command line: relode import.' },
	{ find: '查找型号', find_hint: '品牌、名称、型号代码、IMEI 或 TAC', categories: '类别', code: '代码', name: '名称', weee: 'WEEE 类别', unu: 'UNU-KEY', mass: '标称质量', storage: '含数据', yes: '是', no: '否', lists: '生效中的型号表', list: '型号表', rows: '型号数', digest: '摘要', version: '版本', brand: '品牌', model: '型号', category: '类别', source: '来源', import: '新的型号表通过命令行导入：relode import。' });

export function Catalogue() {
	const categories = useAsk('catalogue.categories.get', {}), lists = useAsk('catalogue.lists', {});
	const [model, setModel] = useState<Model>();
	return (
		<>
			<Card>
				<ModelFinder label={w('find')} hint={w('find_hint')} onModel={setModel} />
				{model && <Facts of={[[w('brand'), model.brand], [w('model'), model.name], [w('code'), model.code], [w('category'), <CategoryName code={model.category} />], [w('source'), model.source]]} />}
			</Card>
			<Card title={w('categories')} flush><Shown of={categories} lines={24}>{(c) => (
				<Table label={w('categories')} rows={c.items ?? []} id={(r) => r.code!} csv="categories.csv" columns={[
					{ key: 'name', head: w('name'), cell: (r) => <CategoryName code={r.code} />, csv: (r) => named({ en: r.name_en, zh: r.name_zh, code: r.code }), width: 'minmax(160px, 2fr)' },
					{ key: 'code', phone: 'end', head: w('code'), cell: (r) => <span class="mono">{r.code}</span>, csv: (r) => r.code, width: 'minmax(110px, 1fr)' },
					{ key: 'weee', phone: 'said', head: w('weee'), cell: (r) => r.weee, num: true, width: '110px' },
					{ key: 'unu', head: w('unu'), cell: (r) => r.unu_key ?? '', width: '90px' },
					{ key: 'mass', phone: 'line', head: w('mass'), cell: (r) => mass(r.mass_mg), csv: (r) => r.mass_mg, num: true, width: '120px' },
					{ key: 'storage', phone: 'said', head: w('storage'), cell: (r) => (r.storage ? w('yes') : w('no')), width: '100px' },
				]} />
			)}</Shown></Card>
			<Card title={w('lists')} flush><Shown of={lists}>{(l) => (
				<Table label={w('lists')} rows={l.items ?? []} id={(r) => r.list!} columns={[
					{ key: 'list', head: w('list'), cell: (r) => r.list ?? '', width: 'minmax(140px, 1fr)' },
					{ key: 'rows', phone: 'end', head: w('rows'), cell: (r) => count(r.rows), num: true, width: '110px' },
					{ key: 'kind', phone: 'line', head: w('version'), cell: (r) => r.version ?? '', width: '160px' },
					{ key: 'version', phone: 'line', head: w('digest'), cell: (r) => <span class="mono">{r.digest?.slice(0, 12)}</span>, width: '140px' },
				]} />
			)}</Shown></Card>
			<p class="muted">{w('import')}</p>
		</>
	);
}
