/* What the lives' columns and days say of a period, as rows that stand in the queries instead of what they
 * would be counted from: a report over years takes no longer than one over a week.
 *
 * Nothing is told that the books would not tell: every row shows its query over the books, which counts
 * everything again, and tests compare the two. Where the columns cannot say (a period that is not of whole
 * local days, a city whose columns are far behind, or in use), the queries over the books are run.
 */
#include "kernel/log.h"
#include "programme/city/city.h"
#include "programme/lives/lives.h"
#include "programme/report/parts.h"
#include "programme/tradein/tradein.h"

enum {
	FEED_MAX = 200000, /* entries that a report feeds: under a second */
	THREADS = 2,
	STATES = 16,
	PAYMENTS_MAX = 4096, DEALS_MAX = 4096
};

struct deal {
	const char *category, *currency;
	int64_t devices, agreed, quoted, price, bonus;
};
struct gathered {
	unsigned needs; /* bits of enum report_cube */
	int64_t city[REPORT_CITIES_MAX], size[REPORT_CITIES_MAX];
	size_t cities;
	int64_t items[STATES], devices[STATES], mass_mg[STATES];
	int64_t taken, inspected, at_once, revised, answered, declined;
	struct lives_sums sums;
	struct lives_erasures erasures;
	struct deal *deal;
	size_t deals;
};

static bool needs(const struct gathered *g, enum report_cube cube) { return g->needs >> cube & 1; }

/* --- one city --- */

static enum err ask(struct cx *cx, const struct lives *l, struct lives_question *q, enum life_dimension by,
		    enum life_dimension then, unsigned sums, struct lives_answer *out)
{
	q->by[0] = by;
	q->by[1] = then;
	q->sums = sums;
	return lives_ask(cx, l, q, out);
}

static enum err take_states(struct cx *cx, struct gathered *g, const struct lives *l, struct lives_question q)
{
	struct lives_answer a;

	if (needs(g, CUBE_DEVICES)) {
		if (ask(cx, l, &q, BY_STAGE, BY_NOTHING, 1U << LIFE_MASS, &a))
			return cx->err;
		for (size_t i = 0; i < a.rows; i++) {
			g->devices[a.row[i].number[0]] += a.row[i].lives;
			g->mass_mg[a.row[i].number[0]] += a.row[i].sum[LIFE_MASS];
		}
	}
	q.booked = true;
	if (!needs(g, CUBE_ITEMS))
		return ERR_OK;
	if (ask(cx, l, &q, BY_ITEM, BY_NOTHING, 0, &a))
		return cx->err;
	for (size_t i = 0; i < a.rows; i++)
		g->items[a.row[i].number[0]] += a.row[i].lives;
	return ERR_OK;
}

static struct deal *deal_of(struct cx *cx, struct gathered *g, const char *category, const char *currency)
{
	size_t i = 0;

	while (i < g->deals && (strcmp(g->deal[i].category, category) != 0 ||
				strcmp(g->deal[i].currency, currency) != 0))
		i++;
	if (i == DEALS_MAX) {
		cx_fail(cx, ERR_TOO_LARGE, "more than %d categories and currencies", DEALS_MAX);
		return NULL;
	}
	if (i == g->deals)
		g->deal[g->deals++] = (struct deal){.category = category, .currency = currency};
	return &g->deal[i];
}

static enum err take_deals(struct cx *cx, struct gathered *g, struct reader *r, const struct lives *l,
			   struct lives_question q, int64_t city)
{
	const struct city key = {.city = city};
	struct lives_answer a;
	const void *row;

	if (!needs(g, CUBE_DEALS))
		return ERR_OK;
	if (reader_find(cx, r, &city_table, &key, &row) ||
	    ask(cx, l, &q, BY_CATEGORY, BY_FLAGS, 1U << LIFE_PROMISED | 1U << LIFE_PRICE | 1U << LIFE_BONUS,
		&a))
		return cx->err;
	for (size_t i = 0; row && i < a.rows; i++) {
		struct deal *d = deal_of(cx, g, a.row[i].word[0], ((const struct city *)row)->currency);

		if (!d)
			return cx->err;
		d->devices += a.row[i].lives;
		d->agreed += a.row[i].number[1] & LIFE_IS_AGREED ? a.row[i].lives : 0;
		d->quoted += a.row[i].sum[LIFE_PROMISED];
		d->price += a.row[i].sum[LIFE_PRICE];
		d->bonus += a.row[i].sum[LIFE_BONUS];
	}
	return ERR_OK;
}

/* What came of the inspections and offers: flags against what was inspected, and against where items are. */
static enum err take_offers(struct cx *cx, struct gathered *g, const struct lives *l, struct lives_question q)
{
	struct lives_answer a;

	if (!needs(g, CUBE_OFFERS))
		return ERR_OK;
	if (ask(cx, l, &q, BY_FLAGS, (enum life_dimension)(BY_DAYS + LIFE_INSPECTED), 0, &a))
		return cx->err;
	for (size_t i = 0; i < a.rows; i++) {
		int64_t n = a.row[i].lives, flags = a.row[i].number[0];
		bool inspected = a.row[i].number[1] != FIELD_NONE;

		g->taken += n;
		g->inspected += inspected ? n : 0;
		g->revised += inspected && flags & LIFE_IS_REVISED ? n : 0;
		g->at_once += inspected && !(flags & LIFE_IS_REVISED) && flags & LIFE_IS_AGREED ? n : 0;
	}
	if (ask(cx, l, &q, BY_FLAGS, BY_ITEM, 0, &a))
		return cx->err;
	for (size_t i = 0; i < a.rows; i++) {
		int64_t n = a.row[i].lives, flags = a.row[i].number[0], item = a.row[i].number[1];
		bool back = item == ITEM_RETURNING || item == ITEM_RETURNED;

		if (!(flags & LIFE_IS_REVISED) || !(back || flags & LIFE_IS_AGREED))
			continue;
		g->answered += n;
		g->declined += back ? n : 0;
	}
	return ERR_OK;
}

enum err moves_add(struct cx *cx, struct lives_move *list, size_t *count, size_t max,
		   const struct lives_move *m)
{
	size_t i = 0;

	while (i < *count && (list[i].from != m->from || list[i].to != m->to ||
			      strcmp(list[i].unit, m->unit) != 0 || strcmp(list[i].tax, m->tax) != 0))
		i++;
	if (i == max)
		return cx_fail(cx, ERR_TOO_LARGE, "more than %d ways of transfers", (int)max);
	if (i == *count) {
		list[i] = (struct lives_move){.from = m->from, .to = m->to, .unit = cx_strdup(cx, m->unit),
					      .tax = cx_strdup(cx, m->tax)};
		if (cx->err)
			return cx->err;
		++*count;
	}
	if (__builtin_add_overflow(list[i].amount, m->amount, &list[i].amount))
		return cx_fail(cx, ERR_TOO_LARGE, "more moved than can be counted");
	list[i].transfers += m->transfers;
	return ERR_OK;
}

static enum err take_sums(struct cx *cx, struct gathered *g, const struct lives *l, struct lives_days days)
{
	const unsigned of_days = 1U << CUBE_MOVED | 1U << CUBE_ORDERS | 1U << CUBE_SALES |
				 1U << CUBE_RETURNS | 1U << CUBE_WEIGHED | 1U << CUBE_PAYMENTS;
	struct lives_sums s, *to = &g->sums;

	if (!(g->needs & of_days))
		return ERR_OK;
	if (lives_sum_days(cx, l, days, &s))
		return cx->err;
	for (size_t i = 0; i < s.moves; i++) {
		if (moves_add(cx, to->move, &to->moves, MOVES_MAX, &s.move[i]))
			return cx->err;
	}
	if (to->payments + s.payments > PAYMENTS_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "more than %d reasons of banks", PAYMENTS_MAX);
	memcpy(to->payment + to->payments, s.payment, s.payments * sizeof(*s.payment));
	to->payments += s.payments;
	to->orders += s.orders;
	to->weighed += s.weighed;
	to->delivered += s.delivered;
	to->delivered_returned += s.delivered_returned;
	to->returned += s.returned;
	return ERR_OK;
}

static enum err take_erasures(struct cx *cx, struct gathered *g, const struct lives *l,
			      struct lives_days days)
{
	struct lives_erasures e, *to = &g->erasures;

	if (!needs(g, CUBE_ERASURES))
		return ERR_OK;
	if (lives_count_erasures(cx, l, days, THREADS, &e))
		return cx->err;
	for (size_t n = 0; n < e.rows; n++) {
		size_t i = 0;

		while (i < to->rows && (to->row[i].method != e.row[n].method ||
					to->row[i].outcome != e.row[n].outcome))
			i++;
		if (i == to->rows)
			to->row[to->rows++] = (struct lives_erasure){.method = e.row[n].method,
								     .outcome = e.row[n].outcome};
		to->row[i].attempts += e.row[n].attempts;
		to->row[i].devices += e.row[n].devices;
	}
	return ERR_OK;
}

static enum err take_lives(struct cx *cx, struct gathered *g, struct reader *r, const struct lives *l,
			   struct lives_days days)
{
	struct lives_question q;

	lives_all(&q);
	q.from_day = days.from;
	q.to_day = days.to;
	q.threads = THREADS;
	if (take_states(cx, g, l, q) || take_deals(cx, g, r, l, q, lives_state(l).city) ||
	    take_offers(cx, g, l, q) || take_erasures(cx, g, l, days))
		return cx->err;
	return take_sums(cx, g, l, days);
}

/* false: the columns cannot say, or cx->err says why. Nothing of the city was read before, so that a reader
 * that stays with what it has seen sees what the columns were fed from. */
static bool take_city(struct cx *cx, struct gathered *g, struct reader *r, int64_t city, int64_t from_us,
		      int64_t to_us)
{
	const struct lives_options o = {.entries = FEED_MAX, .wait_ms = LIVES_WAIT_MS};
	struct lives_days days;
	struct lives_state s;
	struct lives *l;
	bool there;

	if (lives_open(cx, r->projections, r->db, r->domain, city, &o, &l))
		return false;
	s = lives_state(l);
	there = s.size == s.log && lives_whole_days(l, from_us, to_us, &days) &&
		!take_lives(cx, g, r, l, days);
	lives_close(l);
	g->city[g->cities] = city;
	g->size[g->cities++] = s.size;
	return there;
}

/* --- all of them --- */

static enum err list_cities(struct cx *cx, struct reader *r, int64_t city, int64_t *out, size_t *count)
{
	db_auto_rows *rows = NULL;

	*count = 1;
	*out = city;
	if (city != REPORT_ALL)
		return ERR_OK;
	if (db_query(cx, r->db, &rows, "SELECT city FROM log_head WHERE city > 0 ORDER BY city", DB_NONE))
		return cx->err;
	for (*count = 0; *count < REPORT_CITIES_MAX && db_next(cx, rows); ++*count)
		out[*count] = db_get_i64(rows, 0);
	return cx->err;
}

enum err columns_gather(struct cx *cx, struct reader *r, int64_t city, int64_t from_us, int64_t to_us,
			unsigned wanted, struct gathered **out)
{
	struct gathered *g = CX_NEW(cx, struct gathered);
	int64_t *cities = cx_array(cx, REPORT_CITIES_MAX, sizeof(*cities));
	size_t count, i = 0;

	*out = NULL;
	if (!g || !cities)
		return cx->err;
	*g = (struct gathered){.needs = wanted,
			       .deal = cx_array(cx, DEALS_MAX, sizeof(*g->deal)),
			       .erasures.row = cx_array(cx, STATES, sizeof(*g->erasures.row)),
			       .sums = {.move = cx_array(cx, MOVES_MAX, sizeof(*g->sums.move)),
					.payment = cx_array(cx, PAYMENTS_MAX, sizeof(*g->sums.payment))}};
	if (cx->err)
		return cx->err;
	if (!wanted || !r->projections || city == 0)
		return ERR_OK;
	if (list_cities(cx, r, city, cities, &count))
		return cx->err;
	while (i < count && take_city(cx, g, r, cities[i], from_us, to_us))
		i++;
	if (cx->err == ERR_MEMORY || cx->err == ERR_INTERRUPTED)
		return cx->err;
	cx_clear(cx);
	if (i == count)
		*out = g;
	return ERR_OK;
}

/* --- as rows of a query --- */

struct column {
	const char *name;
	bool text;
};
struct value {
	int64_t number; /* FIELD_NONE: none */
	const char *text;
};

static void add_quoted(struct sb *sb, const char *text)
{
	sb_char(sb, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			sb_char(sb, '\'');
		sb_char(sb, *text);
	}
	sb_char(sb, '\'');
}

/* A text, or a number, or nothing; the first row's say what type they have. */
static void add_value(struct sb *sb, const struct column *c, const struct value *v, bool first)
{
	sb_str(sb, first ? "CAST(" : "");
	if (c->text ? !v->text : v->number == FIELD_NONE)
		sb_str(sb, "NULL");
	else if (c->text)
		add_quoted(sb, v->text);
	else
		sb_i64(sb, v->number);
	sb_str(sb, !first ? "" : c->text ? " AS TEXT)" : " AS BIGINT)");
}

static void add_row(struct sb *sb, const struct column *c, size_t columns, const struct value *v, size_t row)
{
	sb_str(sb, row ? ", (" : "(");
	for (size_t i = 0; i < columns; i++) {
		sb_str(sb, i ? ", " : "");
		add_value(sb, &c[i], &v[i], row == 0);
	}
	sb_char(sb, ')');
}

/* "(SELECT column1 AS a, … FROM (VALUES (…), …) AS v)"; without rows one that is not taken. */
static char *rows_text(struct cx *cx, const struct column *c, size_t columns, const struct value *v,
		       size_t rows)
{
	static const struct value nothing[REPORT_COLUMNS_MAX] = {{.number = 0, .text = ""}};
	struct sb sb;

	sb_init(&sb, cx, REPORT_SQL_MAX);
	sb_str(&sb, "(SELECT ");
	for (size_t i = 0; i < columns; i++)
		sb_printf(&sb, "%scolumn%zu AS %s", i ? ", " : "", i + 1, c[i].name);
	sb_str(&sb, " FROM (VALUES ");
	for (size_t i = 0; i < rows; i++)
		add_row(&sb, c, columns, v + i * columns, i);
	if (rows == 0)
		add_row(&sb, c, columns, nothing, 0);
	sb_str(&sb, rows ? ") AS v)" : ") AS v WHERE 1 = 0)");
	return sb_end(&sb) ? NULL : sb.data;
}

#define NUMBER(x) {.number = (x)}
#define TEXT(x) {.text = (x)}

static const struct column move_columns[] = {{"from_kind", false}, {"to_kind", false}, {"unit", true},
					     {"tax", true}, {"transfers", false}, {"amount", false}};

char *moves_text(struct cx *cx, const struct lives_move *m, size_t moves)
{
	struct value *v = cx_array(cx, moves * ARRAY_LEN(move_columns), sizeof(*v)), *to = v;

	for (size_t i = 0; v && i < moves; i++) {
		const struct value row[] = {NUMBER(m[i].from), NUMBER(m[i].to), TEXT(m[i].unit),
					    TEXT(m[i].tax), NUMBER(m[i].transfers), NUMBER(m[i].amount)};

		memcpy(to, row, sizeof(row));
		to += ARRAY_LEN(row);
	}
	return v ? rows_text(cx, move_columns, ARRAY_LEN(move_columns), v, moves) : NULL;
}

static char *items_text(struct cx *cx, const struct gathered *g)
{
	static const struct column c[] = {{"state", false}, {"n", false}};
	struct value v[2 * STATES];
	size_t rows = 0;

	for (int i = 0; i < STATES; i++) {
		if (!g->items[i])
			continue;
		v[2 * rows] = (struct value)NUMBER(i);
		v[2 * rows++ + 1] = (struct value)NUMBER(g->items[i]);
	}
	return rows_text(cx, c, ARRAY_LEN(c), v, rows);
}

static char *devices_text(struct cx *cx, const struct gathered *g)
{
	static const struct column c[] = {{"state", false}, {"n", false}, {"mg", false}};
	struct value v[3 * STATES];
	size_t rows = 0;

	for (int i = 0; i < STATES; i++) {
		if (!g->devices[i])
			continue;
		v[3 * rows] = (struct value)NUMBER(i);
		v[3 * rows + 1] = (struct value)NUMBER(g->devices[i]);
		v[3 * rows++ + 2] = (struct value)NUMBER(g->mass_mg[i]);
	}
	return rows_text(cx, c, ARRAY_LEN(c), v, rows);
}

static char *deals_text(struct cx *cx, const struct gathered *g)
{
	static const struct column c[] = {{"category", true}, {"currency", true}, {"devices", false},
					  {"agreed", false}, {"quoted", false}, {"price", false},
					  {"bonus", false}};
	struct value *v = cx_array(cx, g->deals * ARRAY_LEN(c), sizeof(*v)), *to = v;

	for (size_t i = 0; v && i < g->deals; i++) {
		const struct deal *d = &g->deal[i];
		const struct value row[] = {TEXT(d->category), TEXT(d->currency), NUMBER(d->devices),
					    NUMBER(d->agreed), NUMBER(d->quoted), NUMBER(d->price),
					    NUMBER(d->bonus)};

		memcpy(to, row, sizeof(row));
		to += ARRAY_LEN(row);
	}
	return v ? rows_text(cx, c, ARRAY_LEN(c), v, g->deals) : NULL;
}

static char *offers_text(struct cx *cx, const struct gathered *g)
{
	static const struct column c[] = {{"taken", false}, {"inspected", false}, {"agreed", false},
					  {"revised", false}, {"answered", false}, {"declined", false}};
	const struct value v[] = {NUMBER(g->taken), NUMBER(g->inspected), NUMBER(g->at_once),
				  NUMBER(g->revised), NUMBER(g->answered), NUMBER(g->declined)};

	return rows_text(cx, c, ARRAY_LEN(c), v, 1);
}

static char *count_text(struct cx *cx, int64_t n)
{
	static const struct column c[] = {{"n", false}};

	return rows_text(cx, c, 1, &(const struct value)NUMBER(n), 1);
}

static char *sales_text(struct cx *cx, const struct gathered *g)
{
	static const struct column c[] = {{"delivered", false}, {"back", false}};
	const struct value v[] = {NUMBER(g->sums.delivered), NUMBER(g->sums.delivered_returned)};

	return rows_text(cx, c, ARRAY_LEN(c), v, 1);
}

static char *erasures_text(struct cx *cx, const struct gathered *g)
{
	static const struct column c[] = {{"method", false}, {"outcome", false}, {"attempts", false},
					  {"devices", false}};
	struct value *v = cx_array(cx, g->erasures.rows * ARRAY_LEN(c), sizeof(*v)), *to = v;

	for (size_t i = 0; v && i < g->erasures.rows; i++) {
		const struct lives_erasure *e = &g->erasures.row[i];
		const struct value row[] = {NUMBER(e->method < 0 ? FIELD_NONE : e->method),
					    NUMBER(e->outcome), NUMBER(e->attempts), NUMBER(e->devices)};

		memcpy(to, row, sizeof(row));
		to += ARRAY_LEN(row);
	}
	return v ? rows_text(cx, c, ARRAY_LEN(c), v, g->erasures.rows) : NULL;
}

static char *payments_text(struct cx *cx, const struct gathered *g)
{
	static const struct column c[] = {{"state", false}, {"reason", true}, {"currency", true},
					  {"n", false}, {"amount", false}};
	struct value *v = cx_array(cx, g->sums.payments * ARRAY_LEN(c), sizeof(*v)), *to = v;

	for (size_t i = 0; v && i < g->sums.payments; i++) {
		const struct lives_payment *p = &g->sums.payment[i];
		const struct value row[] = {NUMBER(p->state), TEXT(p->reason), TEXT(p->currency),
					    NUMBER(p->payments), NUMBER(p->amount_minor)};

		memcpy(to, row, sizeof(row));
		to += ARRAY_LEN(row);
	}
	return v ? rows_text(cx, c, ARRAY_LEN(c), v, g->sums.payments) : NULL;
}

static char *cube_text(struct cx *cx, const struct gathered *g, enum report_cube cube)
{
	switch (cube) {
	case CUBE_MOVED:
		return moves_text(cx, g->sums.move, g->sums.moves);
	case CUBE_ITEMS:
		return items_text(cx, g);
	case CUBE_DEVICES:
		return devices_text(cx, g);
	case CUBE_DEALS:
		return deals_text(cx, g);
	case CUBE_OFFERS:
		return offers_text(cx, g);
	case CUBE_ORDERS:
		return count_text(cx, g->sums.orders);
	case CUBE_SALES:
		return sales_text(cx, g);
	case CUBE_RETURNS:
		return count_text(cx, g->sums.returned);
	case CUBE_WEIGHED:
		return count_text(cx, g->sums.weighed);
	case CUBE_ERASURES:
		return erasures_text(cx, g);
	case CUBE_PAYMENTS:
		return payments_text(cx, g);
	default:
		BUG(true); /* no such cube */
		return NULL;
	}
}

/* Whether the columns were fed to just where the report's cities stand. */
static bool same_books(const struct gathered *g, const struct scope *s)
{
	bool same = g->cities == s->cities;

	for (size_t i = 0; same && i < g->cities; i++)
		same = g->city[i] == s->range[i].city && g->size[i] == s->range[i].size;
	return same;
}

enum err columns_known(struct cx *cx, const struct gathered *g, struct scope *s)
{
	if (!g || !same_books(g, s))
		return ERR_OK;
	for (int i = 0; i < CUBES; i++) {
		if (!needs(g, (enum report_cube)i))
			continue;
		s->known[i] = cube_text(cx, g, (enum report_cube)i);
		if (!s->known[i])
			return cx->err;
	}
	return ERR_OK;
}
