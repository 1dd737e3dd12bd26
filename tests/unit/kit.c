#include "kit.h"

#include <dirent.h>
#include <unistd.h>

#include "codec/sign.h"
#include "db/migrations.h"
#include "kernel/merkle.h"
#include "pg.h"

static int64_t kit_clock(void *arg)
{
	return ((struct kit *)arg)->now_us;
}

#define CHECK(k, call)                                                                              \
	do {                                                                                        \
		if (call)                                                                           \
			fail_msg("%s: %s", #call, (k)->cx.msg);                                     \
	} while (0)

void kit_staff(struct kit *k)
{
	k->who = (struct principal){.user = 1, .roles = (ROLE_ADMIN << 1) - 1 + ROLE_SYSTEM};
}

void kit_as(struct kit *k, struct principal who) { k->who = who; }
void kit_at(struct kit *k, int64_t us) { k->now_us = us; }

enum kit_place kit_place;
void (*kit_runs)(struct kit *k, struct writer *w, const struct json *body, struct request *q);

static bool on_postgresql(void)
{
	const char *pg = getenv("RELODE_KIT_PG");

	return kit_place == KIT_AS_ASKED ? pg && strcmp(pg, "1") == 0 : kit_place == KIT_ON_POSTGRESQL;
}

void kit_open(struct kit *k)
{
	char address[sizeof(k->scratch)];

	if (!on_postgresql()) {
		kit_open_at(k, ":memory:");
		return;
	}
	if (!pg_scratch(address, sizeof(address)))
		fail_msg("no server in RELODE_TEST_PG: use scripts/with-postgresql");
	kit_open_at(k, address);
	memcpy(k->scratch, address, sizeof(address));
}

void kit_open_at(struct kit *k, const char *where)
{
	char *path;

	*k = (struct kit){.now_us = KIT_START};
	sign_setup();
	recent_set_generation(KIT_GENERATION);
	cx_init(&k->cx, (size_t)4 << 30);
	k->cx.clock = kit_clock;
	k->cx.clock_arg = k;
	kit_staff(k);
	snprintf(k->dir, sizeof(k->dir), "/tmp/relode-kit-XXXXXX");
	assert_non_null(mkdtemp(k->dir));
	path = cx_printf(&k->cx, "%s/keys", k->dir);
	CHECK(k, db_open(&k->cx, where, DB_CREATE, &k->db));
	CHECK(k, db_migrate(&k->cx, k->db, relode_migrations, relode_migration_count));
	CHECK(k, domain_init(&k->cx, &k->domain, programme_features));
	CHECK(k, keys_open(&k->cx, path, true, &k->keys));
	kit_act(k, 0, "city.open",
		"{\"city\":0,\"name\":\"Programme\",\"time_zone\":\"Etc/UTC\",\"currency\":\"CNY\"}");
	kit_act(k, 1, "city.open",
		"{\"city\":1,\"name\":\"Shanghai\",\"time_zone\":\"Asia/Shanghai\",\"currency\":\"CNY\","
		"\"simulated\":true,\"sim_seed\":\"kit\"}");
}

void kit_open_real(struct kit *k)
{
	kit_act(k, 2, "city.open",
		"{\"city\":2,\"name\":\"Vilnius\",\"time_zone\":\"Europe/Vilnius\",\"currency\":\"EUR\"}");
}

static void remove_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char name[600];

	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (unlink(name))
			remove_dir(name);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

void kit_close(struct kit *k)
{
	for (int i = 0; i < KIT_CITIES; i++)
		writer_free(k->writer[i]);
	keys_close(k->keys);
	db_close(k->db);
	if (k->scratch[0])
		pg_scratch_drop(k->scratch);
	cx_done(&k->cx);
	remove_dir(k->dir);
}

struct reader kit_reader(struct kit *k, int64_t city)
{
	return (struct reader){
		.db = k->db, .domain = &k->domain, .keys = k->keys, .who = k->who, .city = city,
		.projections = k->dir};
}

static struct writer *writer_of(struct kit *k, int64_t city)
{
	assert_true(city >= 0 && city < KIT_CITIES);
	if (!k->writer[city])
		CHECK(k, writer_new(&k->cx, k->db, &k->domain, k->keys, city, &k->writer[city]));
	return k->writer[city];
}

static const struct json *parse(struct kit *k, const char *fmt, va_list ap)
{
	struct json *v;
	char *text = cx_vprintf(&k->cx, fmt, ap);

	assert_non_null(text);
	if (json_parse(&k->cx, text, strlen(text), &json_limits_file, &v))
		fail_msg("the test's own JSON: %s: %s", k->cx.msg, text);
	return v;
}

/* must: it is done, or the test fails. */
static enum err act(struct kit *k, int64_t city, const char *type, const char *key, const struct json *body,
		    bool must, const struct json **answer)
{
	struct request q, *list[1] = {&q};
	struct reader r = kit_reader(k, city);
	struct json_writer w;
	struct json *v;
	struct sb sb;

	cx_clear(&k->cx);
	if (request_read(&k->cx, &k->domain, type, city, body, &q))
		return k->cx.err;
	q.who = k->who;
	q.idem_key = key;
	q.happened_us = k->now_us;
	if (must && kit_runs)
		kit_runs(k, writer_of(k, city), body, &q);
	else
		writer_run(writer_of(k, city), list, 1);
	if (q.err)
		return q.err;
	sb_init(&sb, &k->cx, 10000000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	CHECK(k, request_answer(&k->cx, &r, &q, &w));
	jw_object_end(&w);
	CHECK(k, sb_end(&sb));
	CHECK(k, json_parse(&k->cx, sb.data, sb.len, &json_limits_file, &v));
	*answer = v;
	return ERR_OK;
}

const struct json *kit_act(struct kit *k, int64_t city, const char *type, const char *fmt, ...)
{
	const struct json *answer = NULL, *body;
	va_list ap;

	va_start(ap, fmt);
	body = parse(k, fmt, ap);
	va_end(ap);
	if (act(k, city, type, NULL, body, true, &answer))
		fail_msg("%s: %s", type, k->cx.msg);
	return answer;
}

enum err kit_try(struct kit *k, int64_t city, const char *type, const struct json **answer,
		 const char *fmt, ...)
{
	const struct json *body;
	va_list ap;

	va_start(ap, fmt);
	body = parse(k, fmt, ap);
	va_end(ap);
	return act(k, city, type, NULL, body, false, answer);
}

const struct json *kit_act_key(struct kit *k, int64_t city, const char *type, const char *key,
			       const char *fmt, ...)
{
	const struct json *answer = NULL, *body;
	va_list ap;

	va_start(ap, fmt);
	body = parse(k, fmt, ap);
	va_end(ap);
	if (act(k, city, type, key, body, true, &answer))
		fail_msg("%s: %s", type, k->cx.msg);
	return answer;
}

struct digest kit_fingerprint(struct kit *k)
{
	static const char *const query[] = {
		"SELECT city, size, root, next_id FROM log_head ORDER BY city",
		"SELECT city, account, unit, posted, pending_in, pending_out FROM balance "
		"ORDER BY city, account, unit",
		"SELECT city, subject, chunk FROM history ORDER BY city, subject, chunk",
	};
	struct sha256_stream *s;

	CHECK(k, sha256_new(&k->cx, &s));
	for (size_t i = 0; i < ARRAY_LEN(query); i++) {
		db_auto_rows *rows = NULL;
		CHECK(k, db_query(&k->cx, k->db, &rows, query[i], DB_NONE));
		while (db_next(&k->cx, rows)) {
			for (int c = 0; c < (i == 0 ? 4 : i == 1 ? 6 : 3); c++) {
				int64_t number = (i == 0 && c == 2) || (i == 1 && c == 2) ?
							 0 :
							 db_get_i64(rows, c);
				sha256_update(s, &number, sizeof(number));
			}
		}
	}
	return sha256_final(s);
}

void kit_refuse(struct kit *k, int64_t city, const char *type, enum err want, const char *words,
		const char *fmt, ...)
{
	const struct json *answer = NULL, *body;
	struct digest before = kit_fingerprint(k), after;
	char msg[CX_MSG_MAX];
	enum err err;
	va_list ap;

	va_start(ap, fmt);
	body = parse(k, fmt, ap);
	va_end(ap);
	err = act(k, city, type, NULL, body, false, &answer);
	if (!err)
		fail_msg("%s was not refused", type);
	memcpy(msg, k->cx.msg, sizeof(msg));
	if (err != want || !strstr(msg, words))
		fail_msg("%s: wanted %s \"%s\", got %s: %s", type, err_slug(want), words, err_slug(err), msg);
	cx_clear(&k->cx);
	after = kit_fingerprint(k);
	if (!digest_equal(&before, &after))
		fail_msg("%s was refused (%s) but something changed", type, msg);
}

static const struct view *find_view(struct kit *k, const char *name)
{
	for (const struct feature *const *f = k->domain.features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++)
			if (strcmp(v->name, name) == 0)
				return v;
	fail_msg("there is no view %s", name);
	return NULL;
}

static enum err get(struct kit *k, int64_t city, const char *name, const struct json *params,
		    const struct json **answer)
{
	const struct view *v = find_view(k, name);
	struct reader r = kit_reader(k, city);
	void *p = cx_alloc(&k->cx, v->params_size + 1);
	struct json_writer w;
	struct json *out;
	struct sb sb;

	cx_clear(&k->cx);
	if (v->params && field_read(&k->cx, v->params, IN, params, p))
		return k->cx.err;
	sb_init(&sb, &k->cx, 100000000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	if (view_run(&k->cx, v, &r, p, &w))
		return k->cx.err;
	jw_object_end(&w);
	CHECK(k, sb_end(&sb));
	CHECK(k, json_parse(&k->cx, sb.data, sb.len, &json_limits_file, &out));
	*answer = out;
	return ERR_OK;
}

const struct json *kit_get(struct kit *k, int64_t city, const char *name, const char *fmt, ...)
{
	const struct json *answer = NULL, *params;
	va_list ap;

	va_start(ap, fmt);
	params = parse(k, fmt, ap);
	va_end(ap);
	if (get(k, city, name, params, &answer))
		fail_msg("%s: %s", name, k->cx.msg);
	return answer;
}

void kit_get_refused(struct kit *k, int64_t city, const char *name, enum err want,
		     const char *words, const char *fmt, ...)
{
	const struct json *answer = NULL, *params;
	enum err err;
	va_list ap;

	va_start(ap, fmt);
	params = parse(k, fmt, ap);
	va_end(ap);
	err = get(k, city, name, params, &answer);
	if (err != want || !strstr(k->cx.msg, words))
		fail_msg("%s: wanted %s \"%s\", got %s: %s", name, err_slug(want), words,
			 err_slug(err), k->cx.msg);
	cx_clear(&k->cx);
}

static const struct json *at(const struct json *v, const char *path)
{
	const char *p = path;

	while (v && *p) {
		char part[64];
		size_t n = strcspn(p, ".");
		assert_true(n < sizeof(part));
		memcpy(part, p, n);
		part[n] = 0;
		if (v->type == JSON_ARRAY) {
			size_t i = (size_t)strtoull(part, NULL, 10);
			v = i < v->count ? v->item[i] : NULL;
		} else {
			v = json_get(v, part);
		}
		p += n + (p[n] == '.');
	}
	if (!v)
		fail_msg("the answer has no %s", path);
	return v;
}

int64_t kit_int(const struct json *v, const char *path)
{
	const struct json *x = at(v, path);

	if (x->type == JSON_BOOL)
		return x->truth;
	if (x->type != JSON_INT)
		fail_msg("%s is no integer", path);
	return x->number;
}

const char *kit_text(const struct json *v, const char *path)
{
	const struct json *x = at(v, path);

	if (x->type != JSON_TEXT)
		fail_msg("%s is no text", path);
	return x->text;
}

int64_t kit_balance(struct kit *k, int64_t city, const char *account, const char *unit)
{
	int64_t number, posted;

	CHECK(k, account_parse(&k->cx, &k->domain, account, &number));
	if (db_one_i64(&k->cx, k->db, &posted,
		       "SELECT posted FROM balance WHERE city = $1 AND account = $2 AND unit = $3",
		       DB_ARGS(db_i64(city), db_i64(number), db_text(unit)))) {
		assert_int_equal(k->cx.err, ERR_NOT_FOUND);
		cx_clear(&k->cx);
		return 0;
	}
	return posted;
}

static void run_audit(struct kit *k, struct audit_result *result)
{
	struct audit_options options = {.city = -1};

	CHECK(k, audit_run(&k->cx, k->db, &k->domain, k->keys, &options, result));
}

void kit_audit(struct kit *k)
{
	struct audit_result *r = cx_alloc(&k->cx, sizeof(*r));

	run_audit(k, r);
	for (int64_t i = 0; i < r->findings && i < 5; i++)
		print_error("invariant %d, city %lld, entry %lld: %s\n", r->finding[i].invariant,
			    (long long)r->finding[i].city, (long long)r->finding[i].seq, r->finding[i].text);
	assert_int_equal(r->findings, 0);
	assert_true(r->entries > 0);
}

void kit_audit_finds(struct kit *k, int invariant, const char *words)
{
	struct audit_result *r = cx_alloc(&k->cx, sizeof(*r));

	run_audit(k, r);
	for (int64_t i = 0; i < r->findings && i < AUDIT_FINDINGS_MAX; i++)
		if ((invariant == 0 || r->finding[i].invariant == invariant) &&
		    strstr(r->finding[i].text, words))
			return;
	fail_msg("the audit found %lld things, none of invariant %d with \"%s\"; first: %s",
		 (long long)r->findings, invariant, words,
		 r->findings ? r->finding[0].text : "nothing");
}
