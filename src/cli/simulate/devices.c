/* A file of devices: one row is one hand-in.
 *
 * Columns, by name and in any order: model (needed), price (needed: what is asked for it), storage (GB),
 * battery (percent), age_m (months), brand, category, split, and words that stand in the seller's text
 * (1: it is there). Others are let be. A value may be missing; one that is not a number is an error with
 * its line. The programme's base price of a model and storage is the median of the asking prices of the
 * rows with split = train (of all rows where there is no such column), less the gross margin of plan.h.
 */
#include "base/file.h"
#include "codec/csv.h"
#include "codec/hash.h"
#include "cli/simulate/sim.h"

enum { NUMBER_MAX = 9, MODELS_MAX = 5000, VERSION_CHARS = 16 };

/* A word and what it declares, unless another word takes it back. */
static const struct word {
	const char *column, *unless, *question, *answer;
} words[] = {
	{"cracked", "nocrack", "screen", "cracked"},
	{"scratch", "perfect", "screen", "scratched"},
	{"defect", "nodefect", "defect", "minor"},
	{"warranty", NULL, "warranty", "valid"},
	{"box", NULL, "box", "complete"},
};

enum column {
	C_MODEL,
	C_PRICE,
	C_STORAGE,
	C_BATTERY,
	C_AGE,
	C_BRAND,
	C_CATEGORY,
	C_SPLIT,
	C_LOCKED,
	COLUMNS
};
static const char *const column_names[COLUMNS] = {
	"model", "price", "storage", "battery", "age_m", "brand", "category", "split", "locked"};

struct row {
	int model;
	int64_t storage_gb, price_minor;
	bool train;
};
struct reading {
	struct cx *cx;
	struct csv *csv;
	int column[COLUMNS], word[ARRAY_LEN(words)], unless[ARRAY_LEN(words)];
	struct sim_devices *out;
	struct row *row;
	size_t cap, models_cap;
};

static const char *cell(const struct reading *in, int column)
{
	return column < 0 ? "" : csv_field(in->csv, column);
}

/* "650.0" in hundredths, half up; FIELD_NONE when the field is empty or the column is not there. */
static enum err read_hundredths(struct reading *in, int column, int64_t *out)
{
	const char *text = cell(in, column), *p = text;
	int64_t v = 0;
	int digits = 0, decimals = 0;
	bool up = false;

	*out = FIELD_NONE;
	if (!*text)
		return ERR_OK;
	for (; *p >= '0' && *p <= '9'; p++, digits++)
		v = digits < NUMBER_MAX ? v * 10 + (*p - '0') : v;
	if (*p == '.' && digits)
		for (p++; *p >= '0' && *p <= '9'; p++, decimals++) {
			if (decimals < 2)
				v = v * 10 + (*p - '0');
			else if (decimals == 2)
				up = *p >= '5';
		}
	if (*p || digits == 0 || digits > NUMBER_MAX)
		return cx_fail(in->cx, ERR_INPUT,
			       "line %d, column %s: \"%.40s\" is not a number from 0 to 999999999",
			       csv_line(in->csv), csv_name(in->csv, column), text);
	for (; decimals < 2; decimals++)
		v *= 10;
	*out = v + up;
	return ERR_OK;
}

static enum err read_whole(struct reading *in, int column, int64_t max, int64_t *out)
{
	int64_t v;

	if (read_hundredths(in, column, &v))
		return in->cx->err;
	if (v != FIELD_NONE && (v + 50) / 100 > max)
		return cx_fail(in->cx, ERR_INPUT, "line %d, column %s: %.40s is more than %lld",
			       csv_line(in->csv), csv_name(in->csv, column),
			       csv_field(in->csv, column), (long long)max);
	*out = v == FIELD_NONE ? v : (v + 50) / 100;
	return ERR_OK;
}

static bool has_word(const struct reading *in, int column)
{
	const char *text = cell(in, column);

	return strcmp(text, "1") == 0 || strcmp(text, "1.0") == 0 || strcmp(text, "true") == 0 ||
	       strcmp(text, "True") == 0;
}

/* --- models --- */

static bool begins(const char *s, const char *with) { return strncmp(s, with, strlen(with)) == 0; }

static void guess(struct cx *cx, struct sim_model *m)
{
	static const struct {
		const char *begin, *brand, *category;
	} known[] = {{"iPhone", "Apple", "phone"},	{"iPad", "Apple", "tablet"},
		     {"MacBook", "Apple", "laptop"},	{"iMac", "Apple", "desktop"},
		     {"Apple Watch", "Apple", "watch"}, {"Galaxy Tab", "Samsung", "tablet"},
		     {"Galaxy", "Samsung", "phone"}};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (!begins(m->name, known[i].begin))
			continue;
		m->brand = m->brand ? m->brand : known[i].brand;
		m->category = m->category ? m->category : known[i].category;
		return;
	}
	if (!m->brand)
		m->brand = cx_strndup(cx, m->name, strcspn(m->name, " "));
	if (!m->category)
		m->category = "phone";
}

static char *given(struct reading *in, int column)
{
	const char *text = cell(in, column);

	return *text ? cx_strdup(in->cx, text) : NULL;
}

static enum err find_model(struct reading *in, int *out)
{
	struct sim_devices *d = in->out;
	const char *name = cell(in, in->column[C_MODEL]);
	struct sim_model *m;
	size_t i = 0;

	*out = -1;
	if (!*name)
		return ERR_OK;
	if (strlen(name) > 200)
		return cx_fail(in->cx, ERR_INPUT, "line %d, column model: more than 200 bytes",
			       csv_line(in->csv));
	while (i < d->models && strcmp(d->model[i].name, name) != 0)
		i++;
	*out = (int)i;
	if (i < d->models)
		return ERR_OK;
	if (d->models == MODELS_MAX)
		return cx_fail(in->cx, ERR_TOO_LARGE, "line %d: more than %d models",
			       csv_line(in->csv), MODELS_MAX);
	m = &d->model[d->models++];
	*m = (struct sim_model){.name = cx_strdup(in->cx, name), .brand = given(in, in->column[C_BRAND]),
				.category = given(in, in->column[C_CATEGORY]), .model = FIELD_NONE,
				.base_minor = FIELD_NONE};
	if (!m->name)
		return in->cx->err;
	guess(in->cx, m);
	return in->cx->err;
}

/* --- rows --- */

static enum err grow(struct reading *in)
{
	struct sim_devices *d = in->out;
	size_t cap = in->cap ? in->cap * 2 : 4096;
	struct sim_device *device;
	struct row *row;

	if (cap > SIM_LIVES_MAX)
		return cx_fail(in->cx, ERR_TOO_LARGE, "more than %d devices", SIM_LIVES_MAX);
	device = cx_array(in->cx, cap, sizeof(*device));
	row = cx_array(in->cx, cap, sizeof(*row));
	if (!device || !row)
		return in->cx->err;
	if (d->devices) {
		memcpy(device, d->device, d->devices * sizeof(*device));
		memcpy(row, in->row, d->devices * sizeof(*row));
	}
	d->device = device;
	in->row = row;
	in->cap = cap;
	return ERR_OK;
}

static enum err read_row(struct reading *in)
{
	struct sim_devices *d = in->out;
	struct sim_device *x;
	struct row *r;

	if (d->devices == in->cap && grow(in))
		return in->cx->err;
	x = &d->device[d->devices];
	r = &in->row[d->devices];
	*x = (struct sim_device){.locked = has_word(in, in->column[C_LOCKED])};
	if (find_model(in, &x->model) || read_hundredths(in, in->column[C_PRICE], &x->asking_minor) ||
	    read_whole(in, in->column[C_STORAGE], 1000000, &x->said.storage_gb) ||
	    read_whole(in, in->column[C_BATTERY], 100, &x->said.battery_percent) ||
	    read_whole(in, in->column[C_AGE], 1200, &x->said.age_months))
		return in->cx->err;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (has_word(in, in->word[i]) && !has_word(in, in->unless[i]))
			x->words |= 1u << i;
	*r = (struct row){x->model, x->said.storage_gb, x->asking_minor,
			  in->column[C_SPLIT] < 0 || strcmp(cell(in, in->column[C_SPLIT]), "train") == 0};
	d->devices++;
	return ERR_OK;
}

/* --- base prices --- */

/* By model, storage, rows for training first, price. */
static int by_key(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->model != y->model)
		return x->model < y->model ? -1 : 1;
	if (x->storage_gb != y->storage_gb)
		return x->storage_gb < y->storage_gb ? -1 : 1;
	if (x->train != y->train)
		return x->train ? -1 : 1;
	return (x->price_minor > y->price_minor) - (x->price_minor < y->price_minor);
}

static int by_model(const void *a, const void *b)
{
	struct row x = *(const struct row *)a, y = *(const struct row *)b;

	x.storage_gb = y.storage_gb = 0;
	return by_key(&x, &y);
}

/* What the programme can offer where so much is asked: r[0..n) are sorted rows of one kind. */
static int64_t base_of(const struct row *r, size_t n)
{
	size_t train = 0;
	int64_t median, base;

	while (train < n && r[train].train)
		train++;
	if (train == 0)
		train = n;
	median = (r[(train - 1) / 2].price_minor + r[train / 2].price_minor) / 2;
	base = median * PLAN_BUY_SHARE / 10000;
	base -= base % 100;
	return base < 100 ? 100 : base;
}

static enum err find_bases(struct reading *in)
{
	struct sim_devices *d = in->out;
	size_t n = 0;

	for (size_t i = 0; i < d->devices; i++) /* rows that say model and price */
		if (in->row[i].model >= 0 && in->row[i].price_minor > 0)
			in->row[n++] = in->row[i];
	d->base = cx_array(in->cx, n, sizeof(*d->base));
	if (!d->base)
		return in->cx->err;
	qsort(in->row, n, sizeof(*in->row), by_model);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i; k < n && in->row[k].model == in->row[i].model; k++)
			;
		d->model[in->row[i].model].base_minor = base_of(&in->row[i], k - i);
	}
	qsort(in->row, n, sizeof(*in->row), by_key);
	for (size_t i = 0, k; i < n; i = k) {
		const struct row *r = &in->row[i];
		for (k = i; k < n && in->row[k].model == r->model &&
			    in->row[k].storage_gb == r->storage_gb;
		     k++)
			;
		if (r->storage_gb != FIELD_NONE)
			d->base[d->bases++] = (struct sim_base){r->model, r->storage_gb, base_of(r, k - i)};
	}
	return ERR_OK;
}

/* --- the file --- */

static enum err find_columns(struct reading *in)
{
	for (int i = 0; i < COLUMNS; i++)
		in->column[i] = csv_find(in->csv, column_names[i]);
	if (in->column[C_MODEL] < 0 || in->column[C_PRICE] < 0)
		return cx_fail(in->cx, ERR_INPUT, "line 1: there is no column \"%s\"",
			       in->column[C_MODEL] < 0 ? "model" : "price");
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		in->word[i] = csv_find(in->csv, words[i].column);
		in->unless[i] = words[i].unless ? csv_find(in->csv, words[i].unless) : -1;
	}
	return ERR_OK;
}

static enum err read_all(struct reading *in)
{
	in->out->model = cx_array(in->cx, MODELS_MAX, sizeof(*in->out->model));
	if (!in->out->model || find_columns(in))
		return in->cx->err;
	while (csv_next(in->cx, in->csv))
		if (read_row(in))
			return in->cx->err;
	if (in->cx->err)
		return in->cx->err;
	if (in->out->devices == 0)
		return cx_fail(in->cx, ERR_INPUT, "there is no device in it");
	return find_bases(in);
}

enum err devices_read(struct cx *cx, const char *path, struct sim_devices *out)
{
	const char *slash = strrchr(path, '/');
	struct reading in = {.cx = cx, .out = out};
	char hex[DIGEST_HEX];
	struct digest digest;
	char *text;
	size_t n;

	if (file_read(cx, path, CSV_BYTES_MAX, &text, &n))
		return cx->err;
	digest = sha256(text, n);
	hex_encode(hex, digest.byte, sizeof(digest.byte));
	out->file = slash ? slash + 1 : path;
	out->version = cx_strndup(cx, hex, VERSION_CHARS);
	if (!out->version || csv_open(cx, text, n, &in.csv) || read_all(&in))
		return cx_prefix(cx, "%s: ", path);
	return ERR_OK;
}

void devices_words(const struct sim_category *c, unsigned bits, struct sim_facts *f)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		int q = bits & 1u << i ? rules_question(c, words[i].question) : -1;
		int a = q >= 0 ? rules_answer(&c->question[q], words[i].answer) : -1;
		if (a > 0 && f->answer[q] == 0 && !c->question[q].answer[a].refused)
			f->answer[q] = (signed char)a;
	}
}
