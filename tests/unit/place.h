/* place.h: a programme on disk and its server on a free port, and libcurl to ask it.
 */
#ifndef RELODE_TESTS_PLACE_H
#define RELODE_TESTS_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <ftw.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/sign.h"
#include "programme/access/access.h"
#include "server/server.h"
#include "pg.h"

struct place {
	struct cx cx;
	char dir[64];
	char scratch[400]; /* PostgreSQL: the schema of this programme */
	struct node *node;
	struct server *server;
	char *url;
	char *admin; /* token of the programme's administrator */
	FILE *log;
};

struct reply {
	long status;
	struct sb head, body;
	struct json *json; /* NULL: the body is none */
};

/* --- a programme on disk, and its server --- */

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void remove_dir(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* As the system, past the door. */
static inline const struct json *act_in(struct place *p, int64_t city, const char *type, const char *text)
{
	struct json *body, *answer;
	struct json_writer w;
	struct request q;
	struct reader r;
	struct sb sb;

	if (json_parse(&p->cx, text, strlen(text), &json_limits_request, &body) ||
	    request_read(&p->cx, node_domain(p->node), type, city, body, &q))
		fail_msg("%s: %s", type, p->cx.msg);
	q.who = (struct principal){.roles = (ROLE_SYSTEM << 1) - 1};
	if (node_act(&p->cx, p->node, &q) || node_reader_get(&p->cx, p->node, city, q.who, &r))
		fail_msg("%s: %s", type, p->cx.msg);
	sb_init(&sb, &p->cx, 100000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	assert_int_equal(request_answer(&p->cx, &r, &q, &w), ERR_OK);
	jw_object_end(&w);
	node_reader_put(p->node, &r);
	assert_int_equal(json_parse(&p->cx, sb.data, sb.len, &json_limits_file, &answer), ERR_OK);
	return answer;
}

static inline const struct json *act(struct place *p, const char *type, const char *text)
{
	return act_in(p, 0, type, text);
}

static bool on_postgresql;
static size_t cache; /* 0: the usual */

static inline void start(struct place *p, struct server_options o)
{
	struct node_options where = {.create = true, .cache = cache};
	const struct json *a;

	memset(p, 0, sizeof(*p));
	sign_setup();
	cx_init(&p->cx, (size_t)2 << 30);
	snprintf(p->dir, sizeof(p->dir), "/tmp/relode-server-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	where.where = cx_printf(&p->cx, "%s/t.db", p->dir);
	where.keys = cx_printf(&p->cx, "%s/keys", p->dir);
	where.evidence = cx_printf(&p->cx, "%s/evidence", p->dir);
	if (on_postgresql)
		where.where = pg_scratch(p->scratch, sizeof(p->scratch));
	if (node_open(&p->cx, &where, &p->node))
		fail_msg("%s", p->cx.msg);
	act(p, "city.open", "{\"city\":0,\"name\":\"P\",\"time_zone\":\"Etc/UTC\",\"currency\":\"CNY\"}");
	a = act(p, "access.user_create",
		"{\"login\":\"root\",\"roles\":\"admin\",\"password\":\"correct horse\"}");
	a = act(p, "access.token_issue", cx_printf(&p->cx, "{\"user\":%lld,\"label\":\"test\"}",
						   (long long)json_get(a, "user")->number));
	p->admin = cx_strdup(&p->cx, json_get(a, "token")->text);
	p->log = tmpfile();
	assert_non_null(p->log);
	o.listen = "127.0.0.1:0";
	o.log_fd = fileno(p->log);
	if (node_start(&p->cx, p->node) || server_start(&p->cx, p->node, &o, &p->server))
		fail_msg("%s", p->cx.msg);
	p->url = cx_strdup(&p->cx, server_url(p->server));
}

static inline void stop(struct place *p)
{
	server_stop(p->server);
	node_close(p->node);
	fclose(p->log);
	if (*p->scratch)
		pg_scratch_drop(p->scratch);
	remove_dir(p->dir);
	cx_done(&p->cx);
}

/* --- asking --- */

static inline size_t take(char *bytes, size_t size, size_t n, void *sb)
{
	sb_add(sb, bytes, size * n);
	return size * n;
}

struct call {
	const char *method, *path, *token, *body;
	size_t body_n;               /* 0: strlen */
	const char *header[8];       /* more, or instead */
	bool no_key, no_type;
};

static inline struct curl_slist *headers_of(struct cx *cx, const struct call *c)
{
	static _Atomic int keys;
	struct curl_slist *list = NULL;
	bool keyed = c->no_key, expect = false;

	if (c->token)
		list = curl_slist_append(list, cx_printf(cx, "Authorization: Bearer %s", c->token));
	if (c->body && !c->no_type)
		list = curl_slist_append(list, "Content-Type: application/json");
	for (size_t i = 0; i < ARRAY_LEN(c->header) && c->header[i]; i++) {
		keyed |= strncmp(c->header[i], "Idempotency-Key", 15) == 0;
		expect |= strncmp(c->header[i], "Expect", 6) == 0;
		list = curl_slist_append(list, c->header[i]);
	}
	if (!keyed)
		list = curl_slist_append(list, cx_printf(cx, "Idempotency-Key: \"test-%d\"", ++keys));
	if (!expect)
		list = curl_slist_append(list, "Expect:");
	return list;
}

static CURLcode try_call(struct cx *cx, const char *url, CURL *curl, const struct call *c, struct reply *r)
{
	struct curl_slist *list = headers_of(cx, c);
	CURLcode code;

	memset(r, 0, sizeof(*r));
	sb_init(&r->head, cx, 100000);
	sb_init(&r->body, cx, 64 << 20);
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, cx_printf(cx, "%s%s", url, c->path));
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, c->method);
	curl_easy_setopt(curl, CURLOPT_NOBODY, strcmp(c->method, "HEAD") == 0 ? 1L : 0L);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &r->body);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &r->head);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (c->body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
				 (long)(c->body_n ? c->body_n : strlen(c->body)));
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, c->body);
	}
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &r->status);
	curl_slist_free_all(list);
	if (r->body.len > 0 && json_parse(cx, r->body.data, r->body.len, &json_limits_file, &r->json))
		r->json = NULL;
	cx_clear(cx);
	return code;
}

static inline struct reply ask(struct place *p, struct call c)
{
	CURL *curl = curl_easy_init();
	struct reply r;
	CURLcode code = try_call(&p->cx, p->url, curl, &c, &r);

	if (code)
		fail_msg("%s %s: %s", c.method, c.path, curl_easy_strerror(code));
	curl_easy_cleanup(curl);
	return r;
}

static inline bool has_header(const struct reply *r, const char *line)
{
	char text[300];

	snprintf(text, sizeof(text), "\r\n%s\r\n", line);
	return strstr(r->head.data, text) != NULL;
}

/* The value of a header, in the arena, or NULL. */
static inline char *header_of(struct place *p, const struct reply *r, const char *name)
{
	const char *at = strcasestr(r->head.data, cx_printf(&p->cx, "\r\n%s: ", name));

	if (!at)
		return NULL;
	at += strlen(name) + 4;
	return cx_strndup(&p->cx, at, strcspn(at, "\r"));
}

static inline int64_t number_of(const struct reply *r, const char *name)
{
	const struct json *v = json_get(r->json, name);

	if (!v || v->type != JSON_INT)
		fail_msg("no number %s in: %s", name, r->body.data);
	return v->number;
}

static inline const char *text_of(const struct reply *r, const char *name)
{
	const struct json *v = json_get(r->json, name);

	if (!v || v->type != JSON_TEXT)
		fail_msg("no text %s in: %s", name, r->body.data ? r->body.data : "nothing");
	return v->text;
}

/* A problem as RFC 9457 asks, with this status, kind, and words in its detail. */
static inline void assert_problem(const struct reply *r, long status, const char *slug, const char *words)
{
	char type[100];

	if (r->status != status || !r->json)
		fail_msg("wanted %ld, got %ld: %s", status, r->status,
			 r->body.data ? r->body.data : "nothing");
	assert_true(has_header(r, "Content-Type: application/problem+json"));
	snprintf(type, sizeof(type), "/problems/%s", slug);
	assert_string_equal(text_of(r, "type"), type);
	assert_int_equal(number_of(r, "status"), status);
	assert_true(strlen(text_of(r, "title")) > 0);
	assert_int_equal(strncmp(text_of(r, "instance"), "urn:uuid:", 9), 0);
	if (!strstr(text_of(r, "detail"), words))
		fail_msg("wanted \"%s\", got: %s", words, text_of(r, "detail"));
}

static inline struct reply must(struct place *p, const char *method, const char *path, const char *body)
{
	struct reply r = ask(p, (struct call){method, path, p->admin, body});

	if (r.status != (body ? 201 : 200))
		fail_msg("%s %s: %ld %s", method, path, r.status, r.body.data);
	return r;
}

/* A user with a token. */
static inline char *user_token(struct place *p, const char *login, const char *roles, int64_t org)
{
	char *rest = cx_printf(&p->cx, org ? ",\"org\":%lld,\"scope\":1" : "%.0lld", (long long)org);
	struct reply r = must(
		p, "POST", "/v1/users",
		cx_printf(&p->cx,
			  "{\"login\":\"%s\",\"roles\":\"%s\",\"password\":\"long enough %s\"%s}",
			  login, roles, login, org ? rest : ""));

	r = must(p, "POST", cx_printf(&p->cx, "/v1/users/%lld/tokens", (long long)number_of(&r, "user")),
		 "{\"label\":\"t\"}");
	return cx_strdup(&p->cx, text_of(&r, "token"));
}

static inline void open_city(struct place *p)
{
	must(p, "POST", "/v1/cities",
	     "{\"city\":1,\"name\":\"Shanghai\",\"time_zone\":\"Asia/Shanghai\",\"currency\":\"CNY\"}");
}

static inline int connect_to(struct place *p)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server_port(p->server)),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

#endif
