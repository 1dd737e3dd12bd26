#include "programme/exceptions/exceptions.h"

#include "base/time.h"
#include "programme/city/city.h"

#define STAFF                                                                                       \
	(ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER | ROLE_AUDITOR | ROLE_ADMIN |   \
	 ROLE_SYSTEM)

/* --- one rule --- */

/* "%s" becomes the rule's states, $1 and $2 the city and the time. */
char *exceptions_query(struct cx *cx, const struct exception_rule *rule, int64_t city, int64_t now_us)
{
	const char *p;
	struct sb sb;
	int i;

	sb_init(&sb, cx, 8000);
	for (p = rule->sql; *p; p++) {
		if (p[0] == '$' && p[1] == '1') {
			sb_i64(&sb, city);
			p++;
		} else if (p[0] == '$' && p[1] == '2') {
			sb_i64(&sb, now_us - rule->days * TIME_DAY_US);
			p++;
		} else if (p[0] == '%' && p[1] == 's') {
			for (i = 0; rule->states[i] >= 0; i++)
				sb_printf(&sb, "%s%d", i ? ", " : "", rule->states[i]);
			p++;
		} else {
			sb_char(&sb, *p);
		}
	}
	return sb_end(&sb) ? NULL : sb.data;
}

static int64_t id_or_none(const struct db_rows *rows, int column)
{
	return db_is_null(rows, column) ? FIELD_NONE : db_get_i64(rows, column);
}

static const char *detail_of(const struct exception_rule *rule, const struct db_rows *rows)
{
	int64_t i, wanted;

	if (db_is_null(rows, 4))
		return NULL;
	if (!rule->details)
		return db_get_text(rows, 4);
	wanted = db_get_i64(rows, 4);
	for (i = 0; rule->details[i]; i++) {
		if (i == wanted)
			return rule->details[i];
	}
	return NULL;
}

static enum err each_of(struct cx *cx, struct reader *r, const struct exception_rule *rule, int64_t city,
			int64_t now_us,
			enum err (*visit)(struct cx *, void *arg, const struct exception_item *), void *arg)
{
	db_auto_rows *rows = NULL;
	char *sql = exceptions_query(cx, rule, city, now_us);

	if (!sql || db_query(cx, r->db, &rows, sql, DB_NONE))
		return cx_prefix(cx, "exceptions, %s: ", rule->code);
	while (db_next(cx, rows)) {
		const struct exception_item item = {.rule = rule, .id = db_get_i64(rows, 0),
			.since_us = db_get_i64(rows, 1), .site = id_or_none(rows, 2),
			.merchant = id_or_none(rows, 3), .detail = detail_of(rule, rows)};

		if (visit(cx, arg, &item))
			return cx->err;
	}
	return cx->err;
}

enum err exceptions_each(struct cx *cx, struct reader *r, int64_t city, int64_t now_us,
			 enum err (*visit)(struct cx *, void *arg, const struct exception_item *), void *arg)
{
	const struct exception_rule *rule;

	for (rule = exception_rules; rule->code; rule++) {
		if (each_of(cx, r, rule, city, now_us, visit, arg))
			return cx->err;
	}
	return ERR_OK;
}

/* --- exceptions.list --- */

static const char *const languages[] = {"en", "zh", NULL};

struct params {
	int64_t limit;
	const char *after;
	const char *kind;
	int64_t site, merchant, older_days, lang;
};
static const struct field params_fields[] = {
	PAGE_FIELDS(struct params),
	F_TEXT(struct params, kind, IN, 1, 40, "of this kind only"),
	F_ID(struct params, site, IN, "at this site only"),
	F_ID(struct params, merchant, IN, "of this merchant, dismantler or recycler only"),
	F_INT(struct params, older_days, IN, 0, 3650, "days", "lasting at least so long"),
	F_ENUM(struct params, lang, IN, languages, "language of the texts; English when absent"),
	F_END};

static const struct field counts_params_fields[] = {
	F_ID(struct params, site, IN, "at this site only"),
	F_ID(struct params, merchant, IN, "of this merchant, dismantler or recycler only"),
	F_INT(struct params, older_days, IN, 0, 3650, "days", "lasting at least so long"),
	F_ENUM(struct params, lang, IN, languages, "language of the texts; English when absent"),
	F_END};

struct counted {
	const char *kind, *subject, *text;
	int64_t count, oldest_us;
};
static const struct field counted_fields[] = {
	F_TEXT(struct counted, kind, OUT | REQ, 1, 40, "which rule"),
	F_TEXT(struct counted, subject, OUT | REQ, 1, 40, "what is stuck: item, device, payout, …"),
	F_INT(struct counted, count, OUT | REQ, 1, JSON_INT_MAX, NULL, "how many"),
	F_US(struct counted, oldest_us, OUT | REQ, "since when, the oldest"),
	F_TEXT(struct counted, text, OUT | REQ, 1, 400, "why, in words"),
	F_END};

struct action_name {
	const char *action;
};
static const struct field action_fields[] = {
	F_TEXT(struct action_name, action, OUT, 1, 64, "an action's type"), F_END};
struct shown {
	const char *kind, *subject, *detail, *text, *unblock;
	int64_t id, since_us, days, site, merchant;
	struct list actions;
};
static const struct field shown_fields[] = {
	F_TEXT(struct shown, kind, OUT, 1, 40, "which rule"),
	F_TEXT(struct shown, subject, OUT, 1, 40, "what is stuck: item, device, payout, …"),
	F_ID(struct shown, id, OUT, "its id"),
	F_US(struct shown, since_us, OUT, "since when"),
	F_INT(struct shown, days, OUT, 0, 100000, "days", "for so many whole days"),
	F_ID(struct shown, site, OUT, "where"),
	F_ID(struct shown, merchant, OUT, "merchant, dismantler or recycler"),
	F_TEXT(struct shown, detail, OUT, 0, 100, "the reason, as a code"),
	F_TEXT(struct shown, text, OUT, 1, 400, "why, in words"),
	F_TEXT(struct shown, unblock, OUT, 1, 400, "what would unblock it, in words"),
	F_LIST(struct shown, actions, OUT, EXCEPTION_UNBLOCK_MAX, action_fields, struct action_name,
		"actions that would"),
	F_END};

struct shown_beside {
	struct list counts;
	int64_t now_us;
};
static const struct field beside_fields[] = {
	F_LIST(struct shown_beside, counts, OUT | REQ, EXCEPTIONS_MAX, counted_fields, struct counted,
	       "one row a kind, those of which there are any"),
	F_US(struct shown_beside, now_us, OUT | REQ, "the city's time, by which things are late"),
	F_END};

struct collected {
	const struct params *p;
	int64_t now_us, org;
	struct exception_item *item;
	size_t count, size;
	int64_t *counts, *oldest; /* by rule */
};

static bool wanted(const struct collected *c, const struct exception_item *e)
{
	const struct params *p = c->p;

	if (c->org != 0 && e->merchant != c->org)
		return false;
	if (p->kind && strcmp(p->kind, e->rule->code) != 0)
		return false;
	if (p->site != FIELD_NONE && p->site != e->site)
		return false;
	if (p->merchant != FIELD_NONE && p->merchant != e->merchant)
		return false;
	return p->older_days == FIELD_NONE || e->since_us <= c->now_us - p->older_days * TIME_DAY_US;
}

static enum err room_for_one(struct cx *cx, struct collected *c)
{
	size_t size = c->size ? c->size * 2 : 64;
	struct exception_item *more;

	if (c->count < c->size)
		return ERR_OK;
	more = cx_array(cx, size, sizeof(*more));
	if (!more)
		return cx->err;
	if (c->count)
		memcpy(more, c->item, c->count * sizeof(*more));
	c->item = more;
	c->size = size;
	return ERR_OK;
}

static enum err collect(struct cx *cx, void *arg, const struct exception_item *e)
{
	struct collected *c = arg;
	struct exception_item copy = *e;
	size_t rule = (size_t)(e->rule - exception_rules);

	if (!wanted(c, e))
		return ERR_OK;
	if (c->counts[rule]++ == 0 || e->since_us < c->oldest[rule])
		c->oldest[rule] = e->since_us;
	if (c->count == EXCEPTIONS_MAX)
		return ERR_OK;
	if (e->detail) {
		copy.detail = cx_strdup(cx, e->detail);
		if (!copy.detail)
			return cx->err;
	}
	if (room_for_one(cx, c))
		return cx->err;
	c->item[c->count++] = copy;
	return ERR_OK;
}

/* One row a kind, those of which there are any. */
static void write_counts(struct json_writer *w, const char *name, const struct collected *c)
{
	size_t i;

	jw_name(w, name);
	jw_array(w);
	for (i = 0; exception_rules[i].code; i++) {
		const struct exception_rule *rule = &exception_rules[i];
		const struct counted row = {rule->code, rule->subject, c->p->lang == 1 ? rule->zh : rule->en,
					    c->counts[i], c->oldest[i]};
		if (c->counts[i] == 0)
			continue;
		jw_object(w);
		field_write(w, counted_fields, OUT, &row);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_item(struct json_writer *w, const struct collected *c, const struct exception_item *e)
{
	const struct exception_rule *rule = e->rule;
	bool zh = c->p->lang == 1;
	struct action_name action[EXCEPTION_UNBLOCK_MAX];
	struct shown s = {.kind = rule->code, .subject = rule->subject, .id = e->id, .since_us = e->since_us,
		.days = e->since_us < c->now_us ? (c->now_us - e->since_us) / TIME_DAY_US : 0,
		.site = e->site, .merchant = e->merchant, .detail = e->detail,
		.text = zh ? rule->zh : rule->en, .unblock = zh ? rule->unblock_zh : rule->unblock_en,
		.actions = {.item = action}};

	while (s.actions.count < EXCEPTION_UNBLOCK_MAX && rule->unblock[s.actions.count]) {
		action[s.actions.count].action = rule->unblock[s.actions.count];
		s.actions.count++;
	}
	jw_object(w);
	field_write(w, shown_fields, OUT, &s);
	jw_object_end(w);
}

static enum err check_kind(struct cx *cx, const char *kind)
{
	const struct exception_rule *rule;

	for (rule = exception_rules; kind && rule->code; rule++) {
		if (strcmp(rule->code, kind) == 0)
			return ERR_OK;
	}
	return kind ? cx_fail(cx, ERR_INVALID, "kind: there is no kind of exception '%s'", kind) : ERR_OK;
}

static enum err collect_all(struct cx *cx, struct reader *r, const struct params *p, struct collected *c)
{
	size_t rules = 0;

	*c = (struct collected){.p = p, .org = r->who.org};
	while (exception_rules[rules].code)
		rules++;
	c->counts = cx_array(cx, rules, sizeof(*c->counts));
	c->oldest = cx_array(cx, rules, sizeof(*c->oldest));
	if (!c->counts || !c->oldest || check_kind(cx, p->kind) || city_now(cx, r, r->city, &c->now_us))
		return cx->err;
	return exceptions_each(cx, r, r->city, c->now_us, collect, c);
}

/* The cursor counts what was shown: the list is of this moment, and is made anew for each page. */
static enum err view_list(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct params *p = params;
	struct collected c;
	int64_t page = field_or(p->limit, 50), at = 0;
	char *next;

	if (page_after(cx, p->after, &at) || collect_all(cx, r, p, &c))
		return cx->err;
	write_counts(w, "counts", &c);
	jw_int_at(w, "now_us", c.now_us);
	jw_name(w, "items");
	jw_array(w);
	for (; page > 0 && (size_t)at < c.count; page--, at++)
		write_item(w, &c, &c.item[at]);
	jw_array_end(w);
	if ((size_t)at >= c.count)
		return ERR_OK;
	next = page_cursor(cx, at);
	if (!next)
		return cx->err;
	jw_text_at(w, "next", next);
	return ERR_OK;
}

/* An analyst learns how much is stuck, and of what kind; not what. */
static enum err view_counts(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	struct collected c;

	if (collect_all(cx, r, params, &c))
		return cx->err;
	write_counts(w, "items", &c);
	return ERR_OK;
}

static const struct view exceptions_views[] = {
	{.name = "exceptions.list", .path = "/v1/cities/{city}/exceptions", .roles = STAFF,
	 .params = params_fields, .params_size = sizeof(struct params), .fields = shown_fields, .list = true,
	 .beside = beside_fields, .apart = true, .run = view_list,
	 .doc = "Everything that is stuck: why, since when, and what would unblock it; the most urgent kinds "
		"first. `counts` has one row a kind."},
	{.name = "exceptions.counts", .path = "/v1/cities/{city}/exceptions/counts",
	 .roles = STAFF | ROLE_ANALYST, .params = counts_params_fields,
	 .params_size = sizeof(struct params), .fields = counted_fields, .list = true, .apart = true,
	 .run = view_counts,
	 .doc = "How much is stuck, one row a kind."},
	{.name = NULL}};

const struct feature exceptions_feature = {.name = "exceptions", .views = exceptions_views};
