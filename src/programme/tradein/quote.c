#include "programme/tradein/quote.h"

#include "programme/rule/rule.h"

#define US_PER_DAY INT64_C(86400000000)

struct pricing {
	struct cx *cx;
	const struct price_list *list;
	const struct price_category *category;
	const char *currency;
	struct quote_step *step;
	size_t steps;
	int64_t base, sum; /* in the city's currency; sum: base and steps */
};

static enum err add_step(struct pricing *p, const char *answer, int64_t effect)
{
	if (p->steps == QUOTE_STEPS_MAX)
		return cx_fail(p->cx, ERR_TOO_LARGE, "a price may have at most %d steps", QUOTE_STEPS_MAX);
	p->step[p->steps++] = (struct quote_step){answer, effect};
	if (__builtin_add_overflow(p->sum, effect, &p->sum))
		return cx_fail(p->cx, ERR_INVALID, "the price is out of bounds");
	return ERR_OK;
}

static enum err to_currency(struct pricing *p, int64_t amount, const char *from, int64_t *out)
{
	return rule_convert(p->cx, p->list->rates, amount, from, p->currency, out);
}

/* Whole months of 30.436875 days (146,097 days are 4,800 months of the Gregorian calendar). */
static int64_t months_since(int64_t day, int64_t at_us)
{
	int64_t days = at_us / US_PER_DAY - day;

	return days <= 0 ? 0 : days * 4800 / 146097;
}

/* The list's own base for a model: the one that names the storage before the one that does not. */
static const struct price_model *listed_model(const struct price_list *list,
					      const struct quote_model *m, int64_t gb)
{
	const struct price_model *row = list->models.item, *any = NULL;

	for (size_t i = 0; m->brand && m->name && i < list->models.count; i++, row++) {
		if (strcmp(row->brand, m->brand) != 0 || strcmp(row->name, m->name) != 0)
			continue;
		if (row->storage_gb == gb && gb != FIELD_NONE)
			return row;
		if (row->storage_gb == FIELD_NONE)
			any = row;
	}
	return any;
}

static enum err find_base(struct pricing *p, const struct quote_model *m,
			  const struct quote_facts *facts, int64_t at_us)
{
	const struct price_model *listed = listed_model(p->list, m, facts->storage_gb);
	bool by_storage = !listed || listed->storage_gb == FIELD_NONE;
	int64_t launch = p->category->launch_unknown_minor,
		months = field_or(facts->age_months, p->category->age_unknown_months);
	const char *from = p->list->currency;
	int64_t storage;

	if (listed) {
		if (to_currency(p, listed->base_minor, from, &p->base))
			return p->cx->err;
	} else {
		if (m->launch_minor != FIELD_NONE && m->launch_currency) {
			launch = m->launch_minor;
			from = m->launch_currency;
		}
		if (m->released_day != FIELD_NONE)
			months = months_since(m->released_day, at_us);
		if (to_currency(p, launch, from, &launch) ||
		    rule_share(p->cx, launch, price_age_bp(p->category, months), 10000, &p->base))
			return p->cx->err;
	}
	p->sum = p->base;
	if (!by_storage || facts->storage_gb == FIELD_NONE)
		return ERR_OK;
	if (rule_share(p->cx, p->base, price_storage_bp(p->category, facts->storage_gb), 10000, &storage))
		return p->cx->err;
	return storage ? add_step(p, "storage", storage) : ERR_OK;
}

static enum err battery_step(struct pricing *p, const struct quote_facts *facts)
{
	int64_t percent = field_or(facts->battery_percent, p->category->battery_unknown_percent);
	int64_t effect;

	if (p->category->battery_bp_per_point == FIELD_NONE || percent == FIELD_NONE || percent >= 100)
		return ERR_OK;
	if (rule_share(p->cx, p->base, -(100 - percent) * p->category->battery_bp_per_point, 10000,
		       &effect))
		return p->cx->err;
	return add_step(p, "battery", effect);
}

/* --- answers --- */

static enum err unknown_code(struct cx *cx, const char *what, const char *code, const struct sb *known)
{
	return cx_fail(cx, ERR_INVALID, "answers: there is no %s \"%.60s\"; there are: %s",
		       cx_say(cx, what), code, known->len ? known->data : cx_say(cx, "none"));
}

static enum err no_question(struct cx *cx, const struct price_category *c, const char *code)
{
	const struct price_question *q = c->questions.item;
	struct sb known;

	sb_init(&known, cx, 600);
	for (size_t i = 0; i < c->questions.count; i++)
		sb_printf(&known, "%s%s", i ? ", " : "", q[i].code);
	return unknown_code(cx, "question", code, &known);
}

static enum err no_answer(struct cx *cx, const struct price_question *q, const char *code)
{
	const struct price_answer *a = q->answers.item;
	struct sb known;

	sb_init(&known, cx, 600);
	for (size_t i = 0; i < q->answers.count; i++)
		sb_printf(&known, "%s%s:%s", i ? ", " : "", q->code, a[i].code);
	return unknown_code(cx, "answer", code, &known);
}

/* One "question:answer" into the array of given answers, by the question's place. */
static enum err take_answer(struct cx *cx, const struct price_category *c, char *pair,
			    const struct price_answer **given)
{
	const struct price_question *all = c->questions.item, *q;
	char *colon = strchr(pair, ':');
	const struct price_answer *a;

	if (!colon)
		return cx_fail(cx, ERR_INVALID,
			       "answers: write question:answer, separated by commas; not \"%.60s\"",
			       pair);
	*colon = 0;
	q = price_question_find(c, pair);
	if (!q)
		return no_question(cx, c, pair);
	a = price_answer_find(q, colon + 1);
	if (!a)
		return no_answer(cx, q, colon + 1);
	if (given[q - all])
		return cx_fail(cx, ERR_INVALID, "answers: %.60s is answered twice", q->code);
	given[q - all] = a;
	return ERR_OK;
}

static enum err read_answers(struct cx *cx, const struct price_category *c, const char *answers,
			     const struct price_answer ***out)
{
	const struct price_answer **given = cx_array(cx, c->questions.count, sizeof(*given));
	char *text = cx_strdup(cx, answers ? answers : "");

	if (!given || !text)
		return cx->err;
	while (*text) {
		size_t n = strcspn(text, ",");
		char *next = text[n] ? text + n + 1 : text + n;
		text[n] = 0;
		if (take_answer(cx, c, text, given))
			return cx->err;
		text = next;
	}
	*out = given;
	return ERR_OK;
}

static enum err answer_amount(struct pricing *p, const struct price_answer *a, int64_t *out)
{
	int64_t share, fixed;

	if (rule_share(p->cx, p->base, field_or(a->bp, 0), 10000, &share) ||
	    to_currency(p, field_or(a->minor, 0), p->list->currency, &fixed))
		return p->cx->err;
	*out = share + fixed;
	return ERR_OK;
}

/* The steps of all answers, the normalised text, and the reason why the device is not taken, if any. */
static enum err answer_steps(struct pricing *p, const char *answers, struct quote *out)
{
	const struct price_question *q = p->category->questions.item;
	const struct price_answer **given;
	struct sb text;

	if (read_answers(p->cx, p->category, answers, &given))
		return p->cx->err;
	sb_init(&text, p->cx, QUOTE_ANSWERS_MAX);
	for (size_t i = 0; i < p->category->questions.count; i++) {
		const struct price_answer *best = q[i].answers.item, *a = given[i] ? given[i] : best;
		int64_t amount;
		char *name;
		if (answer_amount(p, a, &amount))
			return p->cx->err;
		if (!amount && !a->refuse && a == best)
			continue; /* says nothing */
		name = cx_join(p->cx, q[i].code, ':', a->code);
		if (!name || (amount && add_step(p, name, amount)))
			return p->cx->err;
		if (a->refuse && !out->refuse) {
			out->refuse = a->refuse;
			out->refuse_zh = a->refuse_zh;
			out->refused_by = name;
		}
		if (a == best)
			continue;
		if (text.len)
			sb_char(&text, ',');
		sb_str(&text, name);
	}
	if (sb_end(&text))
		return p->cx->err;
	out->answers = text.len ? text.data : NULL;
	return ERR_OK;
}

/* Floor, rounding down, bonus. */
static enum err finish(struct pricing *p, struct quote *out)
{
	int64_t floor_minor, rest, share, fixed;

	if (to_currency(p, p->category->floor_minor, p->list->currency, &floor_minor))
		return p->cx->err;
	if (floor_minor < 0)
		floor_minor = 0;
	if (p->sum < floor_minor && add_step(p, "floor", floor_minor - p->sum))
		return p->cx->err;
	rest = p->list->round_minor > 1 ? p->sum % p->list->round_minor : 0;
	/* Rounding stops at the floor: a device that is taken gets at least that. */
	if (rest > p->sum - floor_minor)
		rest = p->sum - floor_minor;
	if (rest && add_step(p, "rounding", -rest))
		return p->cx->err;
	out->price_minor = p->sum;
	if (rule_share(p->cx, p->sum, field_or(p->category->bonus_bp, 0), 10000, &share) ||
	    to_currency(p, field_or(p->category->bonus_minor, 0), p->list->currency, &fixed))
		return p->cx->err;
	out->bonus_minor = share + fixed;
	return ERR_OK;
}

enum err quote_price(struct cx *cx, const struct rule *price_list, const struct quote_model *m,
		     const struct quote_facts *facts, int64_t at_us, const char *currency,
		     struct quote *out)
{
	struct pricing p = {.cx = cx, .list = rule_price_list(price_list), .currency = currency};
	struct quote q = {0};

	p.category = price_category_find(p.list, m->category);
	if (!p.category)
		return cx_fail(cx, ERR_INVALID,
			       "category: the price list has no prices for \"%.60s\"", m->category);
	p.step = cx_array(cx, QUOTE_STEPS_MAX, sizeof(*p.step));
	if (!p.step || find_base(&p, m, facts, at_us) || battery_step(&p, facts) ||
	    answer_steps(&p, facts->answers, &q))
		return cx->err;
	q.base_minor = p.base;
	if (!q.refuse && finish(&p, &q))
		return cx->err;
	q.steps = (struct list){p.step, p.steps};
	*out = q;
	return ERR_OK;
}

/* --- what the catalogue knows --- */

static struct model model_key(int64_t model)
{
	return (struct model){.city = 0, .seq = model >> 20, .n = model & ((1 << 20) - 1)};
}

static void fill_model(const struct product *p, const struct model *row, struct quote_model *out)
{
	*out = (struct quote_model){
		.brand = p->brand, .name = p->name, .category = p->category,
		.released_day = row ? row->released_day : FIELD_NONE,
		.launch_minor = row ? row->launch_minor : FIELD_NONE,
		.launch_currency = row ? row->launch_currency : NULL};
}

enum err quote_model_use(struct cx *cx, struct tx *tx, const struct product *p, struct quote_model *out)
{
	const struct model key = model_key(p->model == FIELD_NONE ? 0 : p->model);
	const void *row = NULL;

	if (p->model != FIELD_NONE && tx_programme_find(cx, tx, &model_table, &key, &row))
		return cx->err;
	fill_model(p, row, out);
	return ERR_OK;
}

enum err quote_model_read(struct cx *cx, struct reader *r, const struct product *p, struct quote_model *out)
{
	const struct model key = model_key(p->model == FIELD_NONE ? 0 : p->model);
	const void *row = NULL;

	if (p->model != FIELD_NONE && reader_find(cx, r, &model_table, &key, &row))
		return cx->err;
	fill_model(p, row, out);
	return ERR_OK;
}
