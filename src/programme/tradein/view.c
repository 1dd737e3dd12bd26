/* What can be asked about quotes, orders and items. */
#include "programme/evidence/evidence.h"
#include "programme/history.h"
#include "programme/list.h"
#include "programme/rule/rule.h"
#include "programme/tradein/parts.h"

#define STAFF \
	(ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER | ROLE_ANALYST | \
	 ROLE_AUDITOR | ROLE_ADMIN | ROLE_SYSTEM)

/* --- the quote: no book, no row --- */

struct quote_params {
	int64_t model;
	const char *category, *answers;
	int64_t storage_gb, battery_percent, age_months;
};
static const struct field quote_params_fields[] = {
	F_ID(struct quote_params, model, IN, "model of the catalogue"),
	F_TEXT(struct quote_params, category, IN, 1, 40,
	       "category, when the model is not in the catalogue"),
	F_TEXT(struct quote_params, answers, IN, 0, QUOTE_ANSWERS_MAX,
	       "question:answer, separated by commas"),
	F_INT(struct quote_params, storage_gb, IN, 0, 1000000, "GB", "storage"),
	F_INT(struct quote_params, battery_percent, IN, 0, 100, "percent", "battery health"),
	F_INT(struct quote_params, age_months, IN, 0, 1200, "months",
	      "age, where no release date is known"),
	F_END};
static const struct field quote_step_fields[] = {
	F_TEXT(struct quote_step, answer, OUT, 1, 130,
	       "question:answer, storage, battery, floor or rounding"),
	F_INT(struct quote_step, effect_minor, OUT, -JSON_INT_MAX, JSON_INT_MAX, "minor",
	      "its effect"),
	F_END};
struct quote_answer {
	const char *category, *brand, *model, *currency, *refused, *refused_zh, *token;
	int64_t base_minor, price_minor, bonus_minor, valid_until_us;
	struct list steps;
};
static const struct field quote_answer_fields[] = {
	F_TEXT(struct quote_answer, category, OUT, 1, 40, "category"),
	F_TEXT(struct quote_answer, brand, OUT, 1, 100, "brand"),
	F_TEXT(struct quote_answer, model, OUT, 1, 200, "model"),
	F_TEXT(struct quote_answer, currency, OUT, 3, 3, "ISO 4217"),
	F_MINOR(struct quote_answer, base_minor, OUT, "before the steps"),
	F_LIST(struct quote_answer, steps, OUT, QUOTE_STEPS_MAX, quote_step_fields,
	       struct quote_step,
	       "what each answer does to the price; base and steps add up to it"),
	F_MINOR(struct quote_answer, price_minor, OUT, "the price"),
	F_MINOR(struct quote_answer, bonus_minor, OUT,
		"the programme's bonus on top, once in a device's life"),
	F_TEXT(struct quote_answer, refused, OUT, 1, 500, "why the programme does not buy it"),
	F_TEXT(struct quote_answer, refused_zh, OUT, 1, 500, "why, in Simplified Chinese"),
	F_US(struct quote_answer, valid_until_us, OUT, "the price is honoured until"),
	F_TEXT(struct quote_answer, token, OUT, 1, PROMISE_MAX, "give it to tradein.book"),
	F_END};

static enum err read_city(struct cx *cx, struct reader *r, const struct city **out)
{
	const struct city key = {.city = r->city};
	const void *row;

	if (reader_find(cx, r, &city_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no city %lld", (long long)r->city);
	*out = row;
	return ERR_OK;
}

static enum err make_token(struct cx *cx, struct reader *r, const struct quote_params *p,
			   const struct product *product, const struct quote *q,
			   const struct digest *version, int64_t now_us, struct quote_answer *a)
{
	struct digest secret;
	const struct promise promise = {.city = r->city,
					.model = product->model,
					.category = product->category,
					.answers = q->answers,
					.storage_gb = p->storage_gb,
					.battery_percent = p->battery_percent,
					.age_months = p->age_months,
					.price_minor = q->price_minor,
					.bonus_minor = q->bonus_minor,
					.price_list = {version->byte, 32},
					.at_us = now_us,
					.expires_us = a->valid_until_us};

	if (reader_secret(cx, r, r->city, QUOTE_PURPOSE, 0, &secret))
		return cx->err;
	a->token = promise_write(cx, &secret, &promise);
	return a->token ? ERR_OK : cx->err;
}

static enum err quote_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct quote_params *p = arg;
	const struct quote_facts facts = {p->answers, p->storage_gb, p->battery_percent, p->age_months};
	const struct city *city;
	const struct rule *list;
	struct product product;
	struct quote_model model;
	struct quote q;
	int64_t now_us;

	if (p->model == FIELD_NONE && !p->category)
		return cx_fail(cx, ERR_INVALID, "give a model, or a category");
	if (read_city(cx, r, &city) || city_now(cx, r, r->city, &now_us) ||
	    rule_read(cx, r, RULE_PRICE_LIST, PRICE_LIST, &list) ||
	    catalogue_read(cx, r, p->model, p->category, &product) ||
	    quote_model_read(cx, r, &product, &model) ||
	    quote_price(cx, list, &model, &facts, now_us, city->currency, &q))
		return cx->err;
	struct quote_answer a = {
		.category = product.category, .brand = product.brand, .model = product.name,
		.currency = city->currency, .refused = q.refuse,
		.refused_zh = q.refuse_zh, .base_minor = q.base_minor,
		.price_minor = q.price_minor, .bonus_minor = q.bonus_minor, .steps = q.steps,
		.valid_until_us = now_us + city->quote_days * DAY_US};
	if (!q.refuse && make_token(cx, r, p, &product, &q, &list->digest, now_us, &a))
		return cx->err;
	field_write(w, quote_answer_fields, OUT, &a);
	return ERR_OK;
}

/* --- orders --- */

struct order_params {
	int64_t order;
};
static const struct field order_params_fields[] = {
	F_ID(struct order_params, order, IN | REQ | PATH, "the order"), F_END};

struct item_answer {
	struct item row; /* first: its columns serve for both */
	int64_t order;
	struct list photos; /* struct photo_answer */
};
struct photo_answer {
	int64_t evidence;
};
static const struct field photo_answer_fields[] = {
	F_ID(struct photo_answer, evidence, OUT, "evidence"), F_END};
#define ITEM_ROW ITEM_COLUMNS, F_ID(struct item_answer, order, OUT, "the order")
static const struct field item_row_fields[] = {ITEM_ROW, F_END};
static const struct field item_answer_fields[] = {
	ITEM_ROW,
	F_LIST(struct item_answer, photos, OUT, 100, photo_answer_fields, struct photo_answer,
	       "photos and documents about the device"),
	F_END};
struct order_answer {
	struct order row; /* first */
	int64_t order;
	const char *account_ends;
	struct list items_;
};
#define ORDER_ROW ORDER_COLUMNS, F_ID(struct order_answer, order, OUT, "the order")
static const struct field order_row_fields[] = {ORDER_ROW, F_END};
static const struct field order_answer_fields[] = {ORDER_ROW,
						   F_TEXT(struct order_answer, account_ends, OUT, 1, 4,
							  "how the account ends that it is paid to"),
						   {.name = "devices",
						    .type = FIELD_LIST,
						    .flags = OUT,
						    .at = offsetof(struct order_answer, items_),
						    .max = ORDER_ITEMS_MAX,
						    .sub = item_row_fields,
						    .sub_size = sizeof(struct item_answer),
						    .doc = "its items"},
						   F_END};

static enum err read_order(struct cx *cx, struct reader *r, int64_t order, const struct order **out)
{
	const struct order key = {.city = r->city, .order = order};
	const void *row;

	if (reader_find(cx, r, &order_table, &key, &row))
		return cx->err;
	*out = row;
	return ERR_OK;
}

/* o: its row; NULL: there is none. */
static bool may_read(const struct reader *r, int64_t order, const struct order *o)
{
	if (r->who.order != 0)
		return r->who.order == order;
	return r->who.org == 0 || (o && (r->who.org == o->merchant || r->who.org == o->owner));
}

static enum err not_theirs(struct cx *cx)
{
	return cx_fail(cx, ERR_FORBIDDEN, "this belongs to the order of others");
}

enum err order_read_check(struct cx *cx, struct reader *r, int64_t order)
{
	const struct order *o = NULL;

	if (r->who.order == 0 && r->who.org != 0 && order != FIELD_NONE && read_order(cx, r, order, &o))
		return cx->err;
	return may_read(r, order, o) ? ERR_OK : not_theirs(cx);
}

static enum err read_items(struct cx *cx, struct reader *r, const struct order *o, struct list *out)
{
	db_auto_rows *rows = NULL;
	char *sql = cx_printf(cx, "SELECT %s FROM item WHERE city = $1 AND item > $2 AND item <= $3 "
			      "ORDER BY item", reader_columns(&item_table));
	struct item_answer *i = cx_array(cx, ORDER_ITEMS_MAX, sizeof(*i));
	size_t n = 0;

	if (!sql || !i || db_query(cx, r->db, &rows, sql,
				  DB_ARGS(db_i64(r->city), db_i64(o->order),
					  db_i64(order_item(o->order, o->items)))))
		return cx->err;
	for (; n < ORDER_ITEMS_MAX && db_next(cx, rows); n++) {
		if (field_row(cx, item_table.fields, rows, &i[n].row))
			return cx->err;
		i[n].order = o->order;
	}
	*out = (struct list){i, n};
	return cx->err;
}

/* How the account ends that an order is paid to, for its owner and for the counter; NULL: none is known. */
static enum err read_account_end(struct cx *cx, struct reader *r, const struct order *o, const char **out)
{
	struct json *details = NULL;
	const struct json *known;
	struct bytes text;

	*out = NULL;
	if (r->who.order == 0 && !(r->who.roles & (ROLE_OWNER | ROLE_CLERK | ROLE_ADMIN)))
		return ERR_OK;
	if (o->account_n != FIELD_NONE ? vault_read(cx, r, r->city, o->account_seq, o->account_n, &text) :
					 party_details(cx, r, r->city, o->owner, &details)) {
		if (cx->err == ERR_GONE) /* the owner was forgotten */
			cx_clear(cx);
		return cx->err;
	}
	known = details ? json_get(details, "bank_account") : NULL;
	if (details)
		*out = known && known->type == JSON_TEXT ? party_account_end(cx, known->text) : NULL;
	else
		*out = party_account_end(cx, text.p);
	return cx->err;
}

static enum err order_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct order_params *p = arg;
	const struct order *o;
	struct order_answer a = {.order = p->order};

	if (read_order(cx, r, p->order, &o))
		return cx->err;
	if (!may_read(r, p->order, o))
		return not_theirs(cx);
	if (!o)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no order %lld in city %lld",
			       (long long)p->order, (long long)r->city);
	a.row = *o;
	if (read_items(cx, r, o, &a.items_) || read_account_end(cx, r, o, &a.account_ends))
		return cx->err;
	field_write(w, order_answer_fields, OUT, &a);
	return ERR_OK;
}

struct order_list_params {
	int64_t merchant, owner, since_us, until_us;
	int64_t limit;
	const char *after;
};
static const struct field order_list_fields[] = {
	F_ID(struct order_list_params, merchant, IN, "taken by this merchant"),
	F_ID(struct order_list_params, owner, IN, "of this owner"),
	F_US(struct order_list_params, since_us, IN, "booked since"),
	F_US(struct order_list_params, until_us, IN, "booked before"),
	PAGE_FIELDS(struct order_list_params),
	F_END};

static void order_more(struct cx *cx, struct json_writer *w, const void *row)
{
	(void)cx;
	jw_int_at(w, "order", ((const struct order *)row)->order);
}

static void item_more(struct cx *cx, struct json_writer *w, const void *row)
{
	(void)cx;
	jw_int_at(w, "order", ((const struct item *)row)->order);
}

/* An organisation sees the orders that it takes, or its own. */
static enum err order_list_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct order_list_params *p = arg;
	db_auto_rows *rows = NULL;
	struct db_val val[8];
	int64_t after;
	struct sb sql;
	int n = 2;

	if (r->who.order)
		return cx_fail(cx, ERR_FORBIDDEN, "the link of an order shows that order only");
	if (page_after(cx, p->after, &after))
		return cx->err;
	val[0] = db_i64(r->city);
	val[1] = db_i64(after);
	sb_init(&sql, cx, 4000);
	sb_printf(&sql, "SELECT %s FROM trade_order WHERE city = $1 AND order_id > $2",
		  reader_columns(&order_table));
	if (p->merchant != FIELD_NONE) {
		val[n++] = db_i64(p->merchant);
		sb_printf(&sql, " AND merchant = $%d", n);
	}
	if (p->owner != FIELD_NONE) {
		val[n++] = db_i64(p->owner);
		sb_printf(&sql, " AND owner = $%d", n);
	}
	if (p->since_us != FIELD_NONE) {
		val[n++] = db_i64(p->since_us);
		sb_printf(&sql, " AND booked_us >= $%d", n);
	}
	if (p->until_us != FIELD_NONE) {
		val[n++] = db_i64(p->until_us);
		sb_printf(&sql, " AND booked_us < $%d", n);
	}
	if (r->who.org != 0) {
		val[n++] = db_i64(r->who.org);
		sb_printf(&sql, " AND (merchant = $%d OR owner = $%d)", n, n);
	}
	val[n++] = db_i64(list_ask(p->limit));
	sb_printf(&sql, " ORDER BY order_id LIMIT $%d", n);
	if (sb_end(&sql) || db_query(cx, r->db, &rows, sql.data, (struct db_args){val, n}))
		return cx->err;
	return list_rows(cx, w, &order_table, "order_id", rows, p->limit, order_more);
}

/* --- items --- */

struct item_params {
	int64_t item;
};
static const struct field item_params_fields[] = {
	F_ID(struct item_params, item, IN | REQ | PATH, "the item"), F_END};

enum err item_read_check(struct cx *cx, struct reader *r, int64_t item, const struct item **out)
{
	const struct item key = {.city = r->city, .item = item};
	const void *row;

	if (reader_find(cx, r, &item_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no item %lld in city %lld",
			       (long long)item, (long long)r->city);
	*out = row;
	return order_read_check(cx, r, (*out)->order);
}

static enum err read_photos(struct cx *cx, struct reader *r, const struct item *i, struct list *out)
{
	static const char sql[] =
		"SELECT evidence FROM evidence WHERE city = $1 AND (device = $2 OR order_id = $3) "
		"ORDER BY evidence LIMIT 100";
	db_auto_rows *rows = NULL;
	struct photo_answer *p = cx_array(cx, 100, sizeof(*p));
	size_t n = 0;

	if (!p || db_query(cx, r->db, &rows, sql,
			   DB_ARGS(db_i64(r->city), db_i64(field_or(i->device, -1)), db_i64(i->order))))
		return cx->err;
	for (; n < 100 && db_next(cx, rows); n++)
		p[n].evidence = db_get_i64(rows, 0);
	*out = (struct list){p, n};
	return cx->err;
}

static enum err item_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct item_params *p = arg;
	const struct item *i;
	struct item_answer a = {0};

	if (item_read_check(cx, r, p->item, &i) || read_photos(cx, r, i, &a.photos))
		return cx->err;
	a.row = *i;
	a.order = i->order;
	field_write(w, item_answer_fields, OUT, &a);
	return ERR_OK;
}

struct item_list_params {
	int64_t state;
	int64_t limit;
	const char *after;
};
static const struct field item_list_fields[] = {
	F_ENUM(struct item_list_params, state, IN | REQ, item_states, "in this state"),
	PAGE_FIELDS(struct item_list_params),
	F_END};

static enum err item_list_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct item_list_params *p = arg;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql;

	if (r->who.order)
		return cx_fail(cx, ERR_FORBIDDEN, "the link of an order shows that order only");
	if (page_after(cx, p->after, &after))
		return cx->err;
	sql = cx_printf(
		cx,
		"SELECT %s FROM item WHERE city = $1 AND state = $2 AND item > $3%s ORDER BY item LIMIT $4",
		reader_columns(&item_table),
		r->who.org == 0 ?
			"" :
			" AND order_id IN (SELECT order_id FROM trade_order WHERE city = $1 AND "
			"merchant = $5)");
	const struct db_val val[] = {db_i64(r->city), db_i64(p->state), db_i64(after),
				     db_i64(list_ask(p->limit)), db_i64(r->who.org)};
	if (!sql || db_query(cx, r->db, &rows, sql, (struct db_args){val, r->who.org == 0 ? 4 : 5}))
		return cx->err;
	return list_rows(cx, w, &item_table, "item", rows, p->limit, item_more);
}

struct item_history_params {
	int64_t item;
	int64_t limit;
	const char *after;
};
static const struct field item_history_fields[] = {
	F_ID(struct item_history_params, item, IN | REQ | PATH, "the item"),
	PAGE_FIELDS(struct item_history_params), F_END};

static enum err item_history_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct item_history_params *p = arg;
	const struct item *i;

	if (item_read_check(cx, r, p->item, &i))
		return cx->err;
	return history_rows(cx, r, w, i->booked_seq, ACCOUNT(SUBJECT_ITEM, p->item), p->after, p->limit);
}

/* --- what to ask the owner --- */

struct questions_params {
	const char *category;
};
static const struct field questions_params_fields[] = {
	F_TEXT(struct questions_params, category, IN | REQ, 1, 40, "category"), F_END};
static const struct field answer_option_fields[] = {
	F_TEXT(struct price_answer, code, OUT, 1, 64, "code"),
	F_TEXT(struct price_answer, en, OUT, 1, 500, "English"),
	F_TEXT(struct price_answer, zh, OUT, 1, 500, "Simplified Chinese"),
	F_TEXT(struct price_answer, refuse, OUT, 1, 500, "with this answer it is not bought: why"),
	F_TEXT(struct price_answer, refuse_zh, OUT, 1, 500, "why, in Simplified Chinese"),
	F_END};
static const struct field question_fields[] = {
	F_TEXT(struct price_question, code, OUT, 1, 64, "code"),
	F_TEXT(struct price_question, en, OUT, 1, 500, "English"),
	F_TEXT(struct price_question, zh, OUT, 1, 500, "Simplified Chinese"),
	F_LIST(struct price_question, answers, OUT, 50, answer_option_fields, struct price_answer,
	       "possible answers, the best first"),
	F_END};
struct questions_answer {
	int64_t battery;
	struct list storage, questions;
};
static const struct field storage_option_fields[] = {
	F_INT(struct price_storage, gb, OUT, 1, 1000000, "GB", "storage"), F_END};
static const struct field questions_answer_fields[] = {
	F_BOOL(struct questions_answer, battery, OUT, "battery health counts"),
	F_LIST(struct questions_answer, storage, OUT, 200, storage_option_fields,
	       struct price_storage, "storage that counts"),
	F_LIST(struct questions_answer, questions, OUT, 100, question_fields, struct price_question,
	       "questions"),
	F_END};

static enum err questions_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct questions_params *p = arg;
	const struct price_category *c;
	const struct rule *list;

	if (rule_read(cx, r, RULE_PRICE_LIST, PRICE_LIST, &list))
		return cx->err;
	c = price_category_find(rule_price_list(list), p->category);
	if (!c)
		return cx_fail(cx, ERR_NOT_FOUND, "the price list has no prices for \"%.40s\"",
			       p->category);
	const struct questions_answer a = {c->battery_bp_per_point != FIELD_NONE, c->storage, c->questions};
	field_write(w, questions_answer_fields, OUT, &a);
	return ERR_OK;
}

const struct view tradein_views[] = {
	{.name = "tradein.questions",
	 .path = "/v1/cities/{city}/questions",
	 .roles = STAFF | ROLE_OWNER | ROLE_PUBLIC,
	 .params = questions_params_fields,
	 .params_size = sizeof(struct questions_params),
	 .fields = questions_answer_fields,
	 .run = questions_run,
	 .doc = "What an owner is asked about a device."},
	{.name = "tradein.quote",
	 .path = "/v1/cities/{city}/quote",
	 .roles = STAFF | ROLE_OWNER | ROLE_PUBLIC,
	 .params = quote_params_fields,
	 .params_size = sizeof(struct quote_params),
	 .fields = quote_answer_fields,
	 .run = quote_run,
	 .doc = "The price of a device by what is declared of it, with the effect of each answer."},
	{.name = "tradein.order",
	 .path = "/v1/cities/{city}/orders/{order}",
	 .roles = STAFF | ROLE_OWNER,
	 .params = order_params_fields,
	 .params_size = sizeof(struct order_params),
	 .fields = order_answer_fields,
	 .steady = true,
	 .run = order_run,
	 .doc = "An order with its items."},
	{.name = "tradein.orders",
	 .path = "/v1/cities/{city}/orders",
	 .roles = STAFF | ROLE_OWNER,
	 .params = order_list_fields,
	 .params_size = sizeof(struct order_list_params),
	 .fields = order_row_fields,
	 .list = true,
	 .run = order_list_run,
	 .doc = "Orders, filtered; an organisation sees its own."},
	{.name = "tradein.item",
	 .path = "/v1/cities/{city}/items/{item}",
	 .roles = STAFF | ROLE_OWNER,
	 .params = item_params_fields,
	 .params_size = sizeof(struct item_params),
	 .fields = item_answer_fields,
	 .steady = true,
	 .run = item_run,
	 .doc = "An item: its state, prices, confirmations and photos."},
	{.name = "tradein.items",
	 .path = "/v1/cities/{city}/items",
	 .roles = STAFF,
	 .params = item_list_fields,
	 .params_size = sizeof(struct item_list_params),
	 .fields = item_row_fields,
	 .list = true,
	 .run = item_list_run,
	 .doc = "Items in a state."},
	{.name = "tradein.history",
	 .path = "/v1/cities/{city}/items/{item}/history",
	 .roles = STAFF | ROLE_OWNER,
	 .params = item_history_fields,
	 .params_size = sizeof(struct item_history_params),
	 .fields = history_answer_fields,
	 .list = true,
	 .run = item_history_run,
	 .doc = "Everything that happened to an item."},
	{.name = NULL}};
