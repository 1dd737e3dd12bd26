#include "programme/rule/rule.h"

#include <pthread.h>

#include "programme/list.h"
#include "programme/rule/own.h"

const char *const rule_kinds[] = {"price_list", "rubric", "recovery", "commission", NULL};

enum { BODY_MAX = 900 * 1024 };

/* body_flags: HIDE where many versions are listed */
#define RULE_FIELDS(body_flags)                                                                             \
	F_ID(struct rule_text, city, COLUMN | REQ, "city 0: the programme"),                                \
	F_INT(struct rule_text, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "the entry that published it"),   \
	F_INT(struct rule_text, n, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "its number there"),                \
	F_ENUM(struct rule_text, kind, COLUMN | REQ, rule_kinds, "kind"),                                   \
	F_TEXT(struct rule_text, name, COLUMN | REQ, 1, 40, "name"),                                        \
	F_TEXT(struct rule_text, body, COLUMN | REQ | (body_flags), 2, BODY_MAX, "the rule, JSON"),         \
	F_HEX(struct rule_text, digest, COLUMN | REQ, 32, "SHA-256 of the body: the version"), F_END
static const struct field rule_fields[] = {RULE_FIELDS(HIDE)}, shown_fields[] = {RULE_FIELDS(0)};
struct table rule_table = {.name = "rule", .kind = TABLE_REFERENCE, .fields = rule_fields,
			   .size = sizeof(struct rule_text), .keys = 3, .doc = "published versions of rules"};

static const struct field now_fields[] = {
	F_ID(struct rule_now, city, COLUMN | REQ, "city 0: the programme"),
	F_ENUM(struct rule_now, kind, COLUMN | REQ, rule_kinds, "kind"),
	F_TEXT(struct rule_now, name, COLUMN | REQ, 1, 40, "name"),
	F_INT(struct rule_now, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL,
	      "the entry that published the newest version"),
	F_INT(struct rule_now, n, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "its number there"),
	F_HEX(struct rule_now, digest, COLUMN | REQ, 32, "the newest version"),
	F_END};
struct table rule_now_table = {.name = "rule_now",
			       .kind = TABLE_STATE,
			       .fields = now_fields,
			       .size = sizeof(struct rule_now),
			       .keys = 3,
			       .doc = "the version in force of each rule"};

/* --- parsed rules, for the life of the process --- */

enum { CACHE_MAX = 64, CACHE_ARENA = 64 * 1024 * 1024 };
static struct {
	pthread_mutex_t lock;
	int count;
	struct {
		int64_t kind;
		int64_t seq, n; /* where such a text was seen: another database may have it elsewhere */
		struct cx cx;   /* owns the rule */
		struct rule rule;
	} slot[CACHE_MAX];
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

static enum err parse(struct cx *cx, int64_t kind, const char *body, struct rule *out)
{
	const struct rule_shape *shape = &rule_shapes[kind];
	struct json *json;
	void *s;

	if (json_parse(cx, body, strlen(body), &json_limits_file, &json))
		return cx->err;
	s = cx_alloc(cx, shape->size);
	if (!s || field_read(cx, shape->fields, IN, json, s) || shape->check(cx, s))
		return cx->err;
	*out = (struct rule){.digest = sha256(body, strlen(body)), .body = json, .shape = s};
	return ERR_OK;
}

static const struct rule *cache_find(int64_t kind, const struct digest *digest)
{
	for (int i = 0; i < cache.count; i++)
		if (cache.slot[i].kind == kind && digest_equal(&cache.slot[i].rule.digest, digest))
			return &cache.slot[i].rule;
	return NULL;
}

/* A rule whose text need not be read any more; NULL when it is not kept. */
static const struct rule *kept(int64_t kind, struct bytes b)
{
	const struct rule *rule;
	struct digest digest;

	if (!b.p || b.n != sizeof(digest.byte))
		return NULL;
	memcpy(digest.byte, b.p, sizeof(digest.byte));
	pthread_mutex_lock(&cache.lock);
	rule = cache_find(kind, &digest);
	pthread_mutex_unlock(&cache.lock);
	return rule;
}

static bool seen_at(int64_t kind, const struct digest *digest, struct rule_text *key)
{
	bool found = false;

	pthread_mutex_lock(&cache.lock);
	for (int i = 0; i < cache.count && !found; i++) {
		found = cache.slot[i].kind == kind && digest_equal(&cache.slot[i].rule.digest, digest);
		if (found) {
			key->seq = cache.slot[i].seq;
			key->n = cache.slot[i].n;
		}
	}
	pthread_mutex_unlock(&cache.lock);
	return found;
}

/* Keeps a parsed copy; NULL when the cache is full or the rule cannot be read. */
static const struct rule *cache_add(const struct rule_text *text)
{
	int64_t kind = text->kind;
	struct cx *own = &cache.slot[cache.count].cx;
	char *copy;

	if (cache.count == CACHE_MAX)
		return NULL;
	cx_init(own, CACHE_ARENA);
	copy = cx_strdup(own, text->body);
	if (!copy || parse(own, kind, copy, &cache.slot[cache.count].rule)) {
		cx_done(own);
		return NULL;
	}
	cache.slot[cache.count].kind = kind;
	cache.slot[cache.count].seq = text->seq;
	cache.slot[cache.count].n = text->n;
	return &cache.slot[cache.count++].rule;
}

/* The parsed form of a stored version. A digest says all, so any database's rule may be in the cache. */
static enum err load(struct cx *cx, const struct rule_text *text, const struct rule **out)
{
	const struct rule *rule;
	struct rule *own;
	struct digest digest;

	if (!text->digest.p || text->digest.n != sizeof(digest.byte))
		return cx_fail(cx, ERR_CORRUPT, "rule %s/%s has no digest", rule_kinds[text->kind],
			       text->name);
	memcpy(digest.byte, text->digest.p, sizeof(digest.byte));
	pthread_mutex_lock(&cache.lock);
	rule = cache_find(text->kind, &digest);
	if (!rule)
		rule = cache_add(text);
	pthread_mutex_unlock(&cache.lock);
	if (!rule) {
		own = CX_NEW(cx, struct rule);
		if (!own || parse(cx, text->kind, text->body, own))
			return cx->err;
		rule = own;
	}
	if (!digest_equal(&rule->digest, &digest))
		return cx_fail(cx, ERR_CORRUPT, "rule %s/%s is not the text whose digest was published",
			       rule_kinds[text->kind], text->name);
	*out = rule;
	return ERR_OK;
}

static enum err none(struct cx *cx, enum rule_kind kind, const char *name)
{
	return cx_fail(cx, ERR_CONFLICT,
		       "no %s named \"%s\" has been published; publish one with rule.publish",
		       cx_say_code(cx, "rule", rule_kinds[kind]), name);
}

static enum err log_use(struct cx *cx, struct tx *tx, int64_t kind, const char *name, const struct rule *rule)
{
	char *full = cx_join(cx, rule_kinds[kind], '/', name);
	return full ? tx_ref(cx, tx, full, &rule->digest) : cx->err;
}

enum err rule_use(struct cx *cx, struct tx *tx, enum rule_kind kind, const char *name,
		  const struct rule **out)
{
	struct rule_now key = {.kind = kind, .name = name};
	const void *now, *text;
	const struct rule *rule;

	if (tx_programme_find(cx, tx, &rule_now_table, &key, &now))
		return cx->err;
	if (!now)
		return none(cx, kind, name);
	rule = kept(kind, ((const struct rule_now *)now)->digest);
	if (rule) {
		*out = rule;
		return log_use(cx, tx, kind, name, rule);
	}
	if (tx_programme_find(cx, tx, &rule_table,
			      &(struct rule_text){.seq = ((const struct rule_now *)now)->seq,
						  .n = ((const struct rule_now *)now)->n}, &text))
		return cx->err;
	if (!text)
		return cx_fail(cx, ERR_CORRUPT, "the text of %s \"%s\" is missing", rule_kinds[kind], name);
	if (load(cx, text, &rule) || log_use(cx, tx, kind, name, rule))
		return cx->err;
	*out = rule;
	return ERR_OK;
}

static const char version_sql[] =
	"SELECT seq, n FROM rule WHERE city = 0 AND digest = $1 AND kind = $2 ORDER BY seq LIMIT 1";

static enum err no_version(struct cx *cx, enum rule_kind kind)
{
	if (cx->err)
		return cx->err;
	return cx_fail(cx, ERR_CONFLICT, "no %s of that version has been published",
		       cx_say_code(cx, "rule", rule_kinds[kind]));
}

/* The row of a version: where it was seen, if it is there in this database, else by its digest. */
static enum err find_version(struct cx *cx, struct tx *tx, enum rule_kind kind, const struct digest *d,
			     const struct rule_text **out)
{
	db_auto_rows *rows = NULL;
	struct rule_text key = {0};
	const void *text = NULL;

	if (seen_at(kind, d, &key) && tx_programme_find(cx, tx, &rule_table, &key, &text))
		return cx->err;
	*out = text;
	if (*out && (*out)->kind == (int64_t)kind && (*out)->digest.n == sizeof(d->byte) &&
	    memcmp((*out)->digest.p, d->byte, sizeof(d->byte)) == 0)
		return ERR_OK;
	if (tx_programme_query(cx, tx, &rows, version_sql,
			       DB_ARGS(db_blob(d->byte, sizeof(d->byte)), db_i64(kind))))
		return cx->err;
	if (!db_next(cx, rows))
		return no_version(cx, kind);
	key.seq = db_get_i64(rows, 0);
	key.n = db_get_i64(rows, 1);
	if (tx_programme_find(cx, tx, &rule_table, &key, &text))
		return cx->err;
	if (!text)
		return cx_fail(cx, ERR_CORRUPT, "the text of a %s is missing", rule_kinds[kind]);
	*out = text;
	return ERR_OK;
}

enum err rule_use_version(struct cx *cx, struct tx *tx, enum rule_kind kind, const struct digest *d,
			  const struct rule **out)
{
	const struct rule_text *text;
	const struct rule *rule;

	if (find_version(cx, tx, kind, d, &text) || load(cx, text, &rule) ||
	    log_use(cx, tx, kind, text->name, rule))
		return cx->err;
	*out = rule;
	return ERR_OK;
}

static enum err now_row(struct cx *cx, struct reader *r, enum rule_kind kind, const char *name,
			const struct rule_now **out)
{
	struct rule_now key = {.city = 0, .kind = kind, .name = name};
	const void *row;

	if (reader_find(cx, r, &rule_now_table, &key, &row))
		return cx->err;
	*out = row;
	return row ? ERR_OK : none(cx, kind, name);
}

static enum err text_of(struct cx *cx, struct reader *r, const struct rule_now *now, const void **text)
{
	if (reader_find(cx, r, &rule_table,
			&(struct rule_text){.city = 0, .seq = now->seq, .n = now->n}, text))
		return cx->err;
	return *text ? ERR_OK :
		       cx_fail(cx, ERR_CORRUPT, "the text of %s \"%s\" is missing",
			       rule_kinds[now->kind], now->name);
}

static enum err now_text(struct cx *cx, struct reader *r, enum rule_kind kind, const char *name,
			 const void **text)
{
	const struct rule_now *now;

	return now_row(cx, r, kind, name, &now) || text_of(cx, r, now, text) ? cx->err : ERR_OK;
}

enum err rule_read(struct cx *cx, struct reader *r, enum rule_kind kind, const char *name,
		   const struct rule **out)
{
	const struct rule_now *now;
	const void *text;

	if (now_row(cx, r, kind, name, &now))
		return cx->err;
	*out = kept(kind, now->digest);
	if (*out)
		return ERR_OK;
	if (text_of(cx, r, now, &text))
		return cx->err;
	return load(cx, text, out);
}

enum err rule_read_version(struct cx *cx, struct reader *r, enum rule_kind kind, const struct digest *d,
			   const struct rule **out)
{
	db_auto_rows *rows = NULL;
	struct rule_now at = {.kind = kind, .name = ""};
	const void *text;

	*out = kept(kind, (struct bytes){d->byte, sizeof(d->byte)});
	if (*out)
		return ERR_OK;
	if (db_query(cx, r->db, &rows, version_sql,
		     DB_ARGS(db_blob(d->byte, sizeof(d->byte)), db_i64(kind))))
		return cx->err;
	if (!db_next(cx, rows))
		return no_version(cx, kind);
	at.seq = db_get_i64(rows, 0);
	at.n = db_get_i64(rows, 1);
	return text_of(cx, r, &at, &text) ? cx->err : load(cx, text, out);
}

/* --- rule.publish --- */

struct rule_publish {
	int64_t kind;
	const char *name, *body;
	struct bytes digest;
	int64_t n;
};
static const struct field publish_fields[] = {
	F_ENUM(struct rule_publish, kind, MUST, rule_kinds, "kind of rule"),
	F_TEXT(struct rule_publish, name, MUST, 1, 40,
	       "name: lower case, digits, '.', '_', '-'; \"default\""),
	F_TEXT(struct rule_publish, body, IN | REQ, 2, BODY_MAX, "the whole rule as JSON text"),
	F_HEX(struct rule_publish, digest, DERIVED | REQ, 32, "SHA-256 of the body: the version"),
	F_INT(struct rule_publish, n, LOG | REQ, 0, JSON_INT_MAX, NULL,
	      "number of the row in this entry"),
	F_END};

static enum err publish_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct rule_publish *rec = record;
	struct rule_now key = {.kind = rec->kind, .name = rec->name};
	struct rule_text row = {.kind = rec->kind, .name = rec->name, .body = rec->body};
	const struct rule_now *now;
	const void *found;
	struct rule rule;

	if (tx_city(tx) != 0 || tx_check_org(cx, tx, 0))
		return cx->err ? cx->err :
				 cx_fail(cx, ERR_INVALID,
					 "rules are published in city 0, for all cities");
	if (strspn(rec->name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != strlen(rec->name))
		return cx_fail(cx, ERR_INVALID, "name: lower case letters, digits, '.', '_' and '-' only");
	if (parse(cx, rec->kind, rec->body, &rule))
		return cx_prefix(cx, "body: ");
	row.digest.p = cx_memdup(cx, rule.digest.byte, sizeof(rule.digest.byte));
	row.digest.n = sizeof(rule.digest.byte);
	if (!row.digest.p || tx_find(cx, tx, &rule_now_table, &key, &found))
		return cx->err;
	now = found;
	if (now && memcmp(now->digest.p, row.digest.p, row.digest.n) == 0)
		return cx_fail(cx, ERR_CONFLICT, "exactly this version of %s \"%s\" is in force already",
			       cx_say_code(cx, "rule", rule_kinds[rec->kind]), rec->name);
	rec->digest = row.digest;
	return tx_write_once(cx, tx, &rule_table, &row, &rec->n);
}

static enum err publish_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct rule_publish *rec = record;
	struct rule_now row = {.city = entry->city, .kind = rec->kind, .name = rec->name, .seq = entry->seq,
			       .n = rec->n, .digest = rec->digest};
	return tx_put(cx, tx, &rule_now_table, &row);
}

/* --- views --- */

struct list_params {
	int64_t limit;
	const char *after;
	int64_t kind;
	const char *name;
};
static const struct field list_params[] = {
	PAGE_FIELDS(struct list_params),
	F_ENUM(struct list_params, kind, IN, rule_kinds, "rules of this kind"),
	F_TEXT(struct list_params, name, IN, 1, 40, "versions of this name"),
	F_END};

static enum err view_versions(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct list_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM rule WHERE city = 0 AND seq > $1 AND ($2 < 0 OR kind = $2) "
		"AND ($3 = '' OR name = $3) ORDER BY seq LIMIT $4",
		reader_columns(&rule_table));

	if (!sql || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(after), db_i64(field_or(p->kind, -1)),
			     db_text(p->name ? p->name : ""), db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &rule_table, "seq", rows, p->limit, NULL);
}

struct one_params {
	int64_t kind;
	const char *name;
	struct bytes version;
};
static const struct field one_params[] = {
	F_ENUM(struct one_params, kind, IN | REQ | PATH, rule_kinds, "kind of rule"),
	F_TEXT(struct one_params, name, IN | REQ | PATH, 1, 40, "name"),
	F_HEX(struct one_params, version, IN, 32, "a given version; absent: the newest"),
	F_END};

static enum err version_text(struct cx *cx, struct reader *r, const struct one_params *p, const void **text)
{
	static const char sql[] =
		"SELECT seq, n FROM rule WHERE city = 0 AND digest = $1 AND kind = $2 AND name = $3 "
		"ORDER BY seq LIMIT 1";
	db_auto_rows *rows = NULL;
	struct rule_text key = {.city = 0};

	if (db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_blob(p->version.p, p->version.n), db_i64(p->kind),
			     db_text(p->name))))
		return cx->err;
	if (!db_next(cx, rows))
		return cx->err ? cx->err : cx_fail(cx, ERR_NOT_FOUND, "%s \"%s\" has no such version",
						   cx_say_code(cx, "rule", rule_kinds[p->kind]), p->name);
	key.seq = db_get_i64(rows, 0);
	key.n = db_get_i64(rows, 1);
	return reader_find(cx, r, &rule_table, &key, text);
}

static enum err view_rule(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct one_params *p = params;
	const void *text = NULL;
	enum err err = p->version.p ? version_text(cx, r, p, &text)
				    : now_text(cx, r, (enum rule_kind)p->kind, p->name, &text);

	if (err == ERR_CONFLICT) /* nothing published: for a reader it is not there */
		return cx->err = ERR_NOT_FOUND;
	if (err)
		return err;
	field_write(w, shown_fields, OUT, text);
	return ERR_OK;
}

static struct table *const tables[] = {&rule_table, &rule_now_table, NULL};
static const struct action actions[] = {
	{.type = "rule.publish",
	 .v = 1,
	 .method = "POST",
	 .path = "/v1/rules",
	 .roles = ROLE_ADMIN | ROLE_SYSTEM,
	 .fields = publish_fields,
	 .size = sizeof(struct rule_publish),
	 .decide = publish_decide,
	 .apply = publish_apply,
	 .doc = "Publishes a version of a rule, in force from now on."},
	{0}};
static const struct view views[] = {
	{.name = "rule.list", .path = "/v1/rules", .roles = ~0u, .params = list_params,
	 .params_size = sizeof(struct list_params), .fields = rule_fields, .list = true, .run = view_versions,
	 .doc = "Versions of rules, oldest first, without their text."},
	{.name = "rule.rule", .path = "/v1/rules/{kind}/{name}", .roles = ~0u, .params = one_params,
	 .params_size = sizeof(struct one_params), .fields = shown_fields, .run = view_rule,
	 .doc = "One rule with its text: the newest version, or a given one."},
	{0}};

const struct feature rule_feature = {.name = "rule", .tables = tables, .actions = actions, .views = views};
