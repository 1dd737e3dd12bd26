/* preview.c: grade and price for facts that are still coming in. The same rules as inspect.record, nothing is
 * recorded: the bench sees what each answer does before it signs.
 *
 * The facts come in an address, so lists are written short: tests "power,touch", marks "screen/cracked".
 */
#include "programme/inspect/parts.h"

enum { CODES_BYTES_MAX = 2500 }; /* of one list; an address holds them all */

const struct field inspect_preview_params[] = {
	F_ID(struct inspect_preview, item, IN | REQ | PATH, "the item"),
	F_TEXT(struct inspect_preview, passed, IN, 1, CODES_BYTES_MAX,
	       "tests that passed: \"power,touch\""),
	F_TEXT(struct inspect_preview, failed, IN, 1, CODES_BYTES_MAX, "tests that failed"),
	F_TEXT(struct inspect_preview, marks, IN, 1, CODES_BYTES_MAX,
	       "what the outside shows: \"screen/cracked,back/light\""),
	F_BOOL(struct inspect_facts, looked_at, IN, "the outside was looked at; true when absent"),
	F_INT(struct inspect_facts, battery_percent, IN, 0, 100, "percent", "battery health, measured"),
	F_INT(struct inspect_facts, storage_gb, IN, 0, 1000000, "GB", "storage found"),
	F_BOOL(struct inspect_facts, refurbished, IN, "it has been refurbished"),
	F_ENUM(struct inspect_facts, activation_lock, IN, lock_answers,
	       "activation lock; off when absent"),
	F_ENUM(struct inspect_facts, stolen, IN, stolen_answers,
	       "answer of the list of stolen devices; clear when absent"),
	F_ID(struct inspect_facts, found_model, IN, "the model, when it is not the declared one"),
	F_TEXT(struct inspect_facts, found_category, IN, 1, 40,
	       "the category, when no model of the catalogue fits"),
	F_END};

struct preview_answer {
	int64_t grade_c, grade_f, hold_reason, quoted_minor, price_minor;
	struct list defects; /* struct defect */
};
const struct field inspect_preview_shown[] = {
	F_INT(struct preview_answer, grade_c, OUT | REQ, 0, 9, NULL, "cosmetic grade C0 to C9"),
	F_INT(struct preview_answer, grade_f, OUT | REQ, 1, 6, NULL, "functional grade F1 to F6"),
	F_ENUM(struct preview_answer, hold_reason, OUT, hold_reasons, "it would be held, and not priced"),
	F_MINOR(struct preview_answer, quoted_minor, OUT, "promised for the declared facts"),
	F_MINOR(struct preview_answer, price_minor, OUT,
		"price for these facts; absent: held, or the price is settled"),
	F_LIST(struct preview_answer, defects, OUT, DEFECTS_MAX, defect_fields, struct defect,
	       "what differs from what was declared, when the price is lower"),
	F_END};

/* What the judgement stands on. */
struct preview {
	struct cx *cx;
	struct reader *r;
	struct inspect_facts found;
	const struct item *item;
	const struct device *device;
	struct product declared, product;
	bool other;
	const struct rubric *rubric;
	struct preview_answer *out;
};

/* --- "a,b,c" --- */

static size_t count_codes(const char *text)
{
	size_t n = text && *text ? 1 : 0;

	for (const char *c = text; c && *c; c++)
		n += *c == ',';
	return n;
}

/* The next code of the list, or NULL at its end; text moves on. */
static const char *next_code(struct cx *cx, const char **text)
{
	size_t n = strcspn(*text, ",");
	const char *code = cx_printf(cx, "%.*s", (int)n, *text);

	*text += n + ((*text)[n] == ',');
	return code;
}

static enum err add_tests(struct preview *v, const char *text, enum test_result result)
{
	struct found_test *t = (struct found_test *)v->found.tests.item;

	for (size_t n = count_codes(text); n > 0; n--) {
		if (v->found.tests.count == INSPECT_TESTS_MAX)
			return cx_fail(v->cx, ERR_INVALID, "passed, failed: at most %d tests",
				       INSPECT_TESTS_MAX);
		const char *code = next_code(v->cx, &text);
		if (!code)
			return v->cx->err;
		t[v->found.tests.count++] = (struct found_test){code, result};
	}
	return ERR_OK;
}

static enum err add_marks(struct preview *v, const char *text)
{
	struct found_mark *m = (struct found_mark *)v->found.marks.item;

	for (size_t n = count_codes(text); n > 0; n--) {
		char *code = (char *)next_code(v->cx, &text), *slash;
		if (!code)
			return v->cx->err;
		slash = strchr(code, '/');
		if (!slash || v->found.marks.count == INSPECT_MARKS_MAX)
			return cx_fail(v->cx, ERR_INVALID,
				       "marks: at most %d, each as observation/level: \"screen/cracked\"",
				       INSPECT_MARKS_MAX);
		*slash = '\0';
		m[v->found.marks.count++] = (struct found_mark){code, slash + 1};
	}
	return ERR_OK;
}

static enum err read_facts(struct preview *v, const struct inspect_preview *p)
{
	v->found = p->found;
	v->found.media = v->found.photos = (struct list){NULL, 0};
	v->found.tests = (struct list){cx_array(v->cx, INSPECT_TESTS_MAX, sizeof(struct found_test)), 0};
	v->found.marks = (struct list){cx_array(v->cx, INSPECT_MARKS_MAX, sizeof(struct found_mark)), 0};
	if (!v->found.tests.item || !v->found.marks.item)
		return v->cx->err;
	return add_tests(v, p->passed, TEST_PASS) || add_tests(v, p->failed, TEST_FAIL) ||
			       add_marks(v, p->marks) ?
		       v->cx->err :
		       ERR_OK;
}

/* --- state and rules, as inspect.record reads them --- */

static enum err read_item(struct preview *v, int64_t item)
{
	const void *row;

	if (item_read_check(v->cx, v->r, item, &v->item))
		return v->cx->err;
	if (v->item->device == FIELD_NONE)
		return cx_fail(v->cx, ERR_CONFLICT, "the device of item %lld never came to us",
			       (long long)item);
	const struct device dkey = {.city = v->r->city, .device = v->item->device};
	if (reader_find(v->cx, v->r, &device_table, &dkey, &row))
		return v->cx->err;
	v->device = row;
	return row ? ERR_OK : cx_fail(v->cx, ERR_CORRUPT, "item %lld names a device that is not there",
				      (long long)item);
}

static enum err read_kind(struct preview *v)
{
	const struct inspect_facts *f = &v->found;
	bool model = f->found_model != FIELD_NONE, category = !model && f->found_category;

	if (catalogue_read(v->cx, v->r, v->item->model, v->item->category, &v->declared) ||
	    catalogue_read(v->cx, v->r,
			   model ? f->found_model : category ? FIELD_NONE : v->device->model,
			   model ? NULL : category ? f->found_category : v->device->category, &v->product))
		return v->cx->err;
	v->other = v->product.model != v->declared.model ||
		   strcmp(v->product.category, v->declared.category) != 0;
	return ERR_OK;
}

/* The price of a product by the list of the promise. */
static enum err price_of(struct preview *v, const struct rule *list, const struct product *product,
			 const struct quote_facts *facts, struct quote *out)
{
	const struct city key = {.city = v->r->city};
	struct quote_model model;
	const void *row;

	if (reader_find(v->cx, v->r, &city_table, &key, &row))
		return v->cx->err;
	if (!row)
		return cx_fail(v->cx, ERR_NOT_FOUND, "there is no city %lld", (long long)v->r->city);
	return quote_model_read(v->cx, v->r, product, &model) ||
			       quote_price(v->cx, list, &model, facts, v->item->priced_us,
					   ((const struct city *)row)->currency, out) ?
		       v->cx->err :
		       ERR_OK;
}

static enum err judge_price(struct preview *v)
{
	struct quote_facts said = item_facts(v->item), seen = said;
	const struct price_category *questions;
	struct quote declared, found;
	const struct rule *list;
	struct digest version;

	memcpy(version.byte, v->item->price_list.p, sizeof(version.byte));
	if (rule_read_version(v->cx, v->r, RULE_PRICE_LIST, &version, &list))
		return v->cx->err;
	questions = price_category_find(rule_price_list(list), v->product.category);
	if (!questions)
		return cx_fail(v->cx, ERR_CONFLICT, "the price list of the promise has no prices for %s",
			       v->product.category);
	seen.storage_gb = field_or(v->found.storage_gb, seen.storage_gb);
	seen.battery_percent = field_or(v->found.battery_percent, seen.battery_percent);
	if (inspect_answers(v->cx, v->rubric, questions, v->product.category, &v->found,
			    v->other ? NULL : said.answers, &seen.answers) ||
	    price_of(v, list, &v->declared, &said, &declared) ||
	    price_of(v, list, &v->product, &seen, &found))
		return v->cx->err;
	v->out->price_minor = found.price_minor;
	if (found.price_minor >= v->item->quoted_minor)
		return ERR_OK;
	return inspect_defects(v->cx, &declared, &found, v->other, &v->out->defects);
}

static enum err judge(struct preview *v)
{
	int64_t state = v->item->state;

	if (field_or(v->found.stolen, STOLEN_CLEAR) == STOLEN_LISTED)
		v->out->hold_reason = HOLD_STOLEN_LIST;
	else if (field_or(v->found.activation_lock, LOCK_OFF) == LOCK_ON)
		v->out->hold_reason = HOLD_ACTIVATION_LOCK;
	else if (state == ITEM_CUSTODY || state == ITEM_INSPECTED || state == ITEM_OFFERED)
		return judge_price(v);
	return ERR_OK; /* the owner has agreed: it is graded, and held, alone */
}

enum err inspect_preview_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct inspect_preview *p = arg;
	struct preview_answer out;
	struct preview v = {.cx = cx, .r = r, .out = &out};
	const struct rule *rubric;
	struct grade grade;

	field_init(inspect_preview_shown, &out);
	if (read_facts(&v, p) || read_item(&v, p->item) || read_kind(&v) ||
	    rule_read(cx, r, RULE_RUBRIC, RUBRIC, &rubric))
		return cx->err;
	v.rubric = rule_rubric(rubric);
	if (inspect_grade(cx, v.rubric, v.product.category, v.product.battery, &v.found, &grade) ||
	    judge(&v))
		return cx->err;
	out.grade_c = grade.c;
	out.grade_f = grade.f;
	out.quoted_minor = v.item->quoted_minor;
	field_write(w, inspect_preview_shown, OUT, &out);
	return ERR_OK;
}
