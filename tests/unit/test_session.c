/* Sessions by cookie: how it is set, what ends it, and what another site can do with it, which is nothing. */
#include "place.h"

#include "codec/text.h"
#include "server/header.h"
#include "server/proxy.h"

#define SESSION "/v1/session"
#define LOGIN "{\"login\":\"root\",\"password\":\"correct horse\"}"
#define PERSON "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li\"}"
#define PARTIES "/v1/cities/1/parties"
#define HERE "Sec-Fetch-Site: same-origin"

static struct place place;

static int setup(void **state)
{
	struct server_options o = {.rate_failed = {1000000, 1000},
				   .rate_public = {0, 1},
				   .rate_guest = {0, 1},
				   .trusted_proxies = "127.0.0.1"};

	(void)state;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	start(&place, o);
	open_city(&place);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stop(&place);
	curl_global_cleanup();
	return 0;
}

/* --- the headers' grammar --- */

static const struct {
	const char *header, *value; /* NULL: none that counts */
} cookies[] = {
	{"relode=rl_a", "rl_a"},
	{"a=b; relode=rl_a; c=d", "rl_a"},
	{"a=b;relode=1:ro_2.x-Y_", "1:ro_2.x-Y_"},
	{"relode=a=b", "a=b"},
	{"Relode=a", NULL},
	{"xrelode=a; relodex=b", NULL},
	{"__Host-relode=a", NULL},
	{"relode=a; relode=b", NULL},
	{"relode=a; relode=a", NULL},
	{"relode=a,relode=b", NULL},
	{"relode=", NULL},
	{"relode", NULL},
	{"relode=\"a\"", NULL},
	{"relode=a b", NULL},
	{"relode=\xc3\xa9", NULL},
	{";;; ;relode=a ;", "a"},
	{"", NULL},
};

static void test_cookies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cookies); i++) {
		const char *got = header_cookie(&place.cx, cookies[i].header, "relode");
		const char *want = cookies[i].value;
		if (!got != !want || (got && strcmp(got, want) != 0))
			fail_msg("%s gives %s", cookies[i].header, got ? got : "nothing");
	}
}

static const struct {
	const char *origin, *host;
	bool secure, same;
} origins[] = {
	{"https://a.example", "a.example", true, true},
	{"https://A.example:8443", "a.example:8443", true, true},
	{"http://a.example", "a.example", false, true},
	{"https://a.example", "a.example", false, true}, /* behind a proxy that does not say so */
	{"http://a.example", "a.example", true, false},
	{"https://b.example", "a.example", true, false},
	{"https://a.example.evil", "a.example", true, false},
	{"https://a.example:1", "a.example", true, false},
	{"https://", "", true, false},
	{"null", "null", true, false},
	{"ftp://a.example", "a.example", true, false},
	{"", "", false, false},
};

static void test_origins(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(origins); i++)
		if (header_same_origin(origins[i].origin, origins[i].host, origins[i].secure) !=
		    origins[i].same)
			fail_msg("%s at %s", origins[i].origin, origins[i].host);
}

static const struct {
	const char *value;
	bool forwarded;
	const char *name, *want;
} words[] = {
	{"https", false, "proto", "https"},
	{"http, https", false, "proto", "https"},
	{"https,", false, "proto", NULL},
	{"a.example:1", false, "host", "a.example:1"},
	{"for=192.0.2.1;proto=https;host=\"a.example:1\"", true, "proto", "https"},
	{"for=192.0.2.1;proto=https;host=\"a.example:1\"", true, "host", "a.example:1"},
	{"proto=https, for=192.0.2.1", true, "proto", NULL},
	{"", true, "host", NULL},
};

static void test_words(void **state)
{
	char out[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		bool got = proxy_word(words[i].value, words[i].forwarded, words[i].name, out, sizeof(out));
		if (got != (words[i].want != NULL) || (got && strcmp(out, words[i].want) != 0))
			fail_msg("%s: %s", words[i].value, got ? out : "nothing");
	}
}

/* --- one session --- */

/* With a cookie of this value, and up to two headers more. */
static struct reply with(const char *method, const char *path, const char *cookie, const char *body,
			 const char *more, const char *more2)
{
	struct call c = {method, path, NULL, body, 0, {"Accept: */*"}};

	if (cookie)
		c.header[0] = cx_printf(&place.cx, "Cookie: relode=%s", cookie);
	c.header[1] = more;
	c.header[2] = more ? more2 : NULL;
	return ask(&place, c);
}

/* The value that an answer gives the cookie. */
static char *cookie_of(const struct reply *r)
{
	const char *line = header_of(&place, r, "Set-Cookie");

	if (!line || strncmp(line, "relode=", 7) != 0)
		fail_msg("no cookie: %s", line ? line : r->body.data);
	return cx_strndup(&place.cx, line + 7, strcspn(line + 7, ";"));
}

static char *log_in(const char *before)
{
	struct reply r = with("POST", SESSION, before, LOGIN, HERE, NULL);

	if (r.status != 200)
		fail_msg("%ld %s", r.status, r.body.data);
	return cookie_of(&r);
}

static bool is_nobody(const struct reply *r)
{
	const struct json *user = json_get(r->json, "user");

	return r->status == 200 && user && user->type == JSON_NULL && !json_get(r->json, "order");
}

static void test_flags(void **state)
{
	struct call c = {"POST", SESSION, NULL, LOGIN, 0, {HERE, "X-Forwarded-Proto: https"}};
	struct reply r = with("POST", SESSION, NULL, LOGIN, NULL, NULL);
	const char *line = header_of(&place, &r, "Set-Cookie");

	(void)state;
	assert_int_equal(r.status, 200);
	assert_int_equal(strncmp(line, "relode=rl_", 10), 0);
	assert_non_null(strstr(line, "; Path=/; HttpOnly; SameSite=Strict; Max-Age=86400"));
	assert_null(strstr(line, "Secure"));
	assert_null(strstr(r.body.data, "rl_"));
	assert_true(has_header(&r, "Cache-Control: no-store"));
	assert_string_equal(text_of(&r, "login"), "root");
	assert_int_equal(json_get(r.json, "roles")->count, 1);
	assert_string_equal(json_get(r.json, "roles")->item[0]->text, "admin");
	assert_true(number_of(&r, "expires_us") > 0);
	/* by HTTPS at a trusted proxy: for this host and HTTPS alone */
	r = ask(&place, c);
	line = header_of(&place, &r, "Set-Cookie");
	assert_int_equal(strncmp(line, "__Host-relode=rl_", 17), 0);
	assert_non_null(strstr(line, "; Path=/; HttpOnly; SameSite=Strict; "));
	assert_non_null(strstr(line, "; Secure"));
	assert_null(strstr(line, "Domain"));
}

static void test_life(void **state)
{
	char *first = log_in(NULL), *second;
	struct reply r = with("GET", SESSION, first, NULL, NULL, NULL);

	(void)state;
	assert_string_equal(text_of(&r, "login"), "root");
	r = with("GET", "/v1/users", first, NULL, NULL, NULL);
	assert_int_equal(r.status, 200);
	assert_true(has_header(&r, "Vary: Authorization, Cookie"));
	assert_true(has_header(&r, "Cache-Control: private, no-cache"));
	/* a new login is a new token, and the one before has ended */
	second = log_in(first);
	assert_string_not_equal(first, second);
	r = with("GET", "/v1/users", first, NULL, NULL, NULL);
	assert_problem(&r, 401, "session-expired", "log in again");
	assert_non_null(header_of(&place, &r, "WWW-Authenticate"));
	r = with("GET", "/v1/users", second, NULL, NULL, NULL);
	assert_int_equal(r.status, 200);
	r = with("DELETE", SESSION, second, NULL, HERE, NULL);
	assert_true(is_nobody(&r));
	assert_string_equal(cookie_of(&r), "");
	assert_non_null(strstr(header_of(&place, &r, "Set-Cookie"), "Max-Age=0"));
	r = with("GET", "/v1/users", second, NULL, NULL, NULL);
	assert_problem(&r, 401, "session-expired", "log in again");
	/* ending what has ended is no error */
	r = with("DELETE", SESSION, second, NULL, HERE, NULL);
	assert_true(is_nobody(&r));
}

/* Whose session has ended reads what everyone may, and does nothing by mistake as nobody. */
static void test_ended(void **state)
{
	char *dead = log_in(NULL);
	struct reply r = with("DELETE", SESSION, dead, NULL, HERE, NULL);

	(void)state;
	r = with("GET", "/v1/cities", dead, NULL, NULL, NULL);
	assert_int_equal(r.status, 200);
	r = with("GET", SESSION, dead, NULL, NULL, NULL);
	assert_true(is_nobody(&r));
	assert_string_equal(cookie_of(&r), "");
	r = with("POST", PARTIES, dead, PERSON, HERE, NULL);
	assert_problem(&r, 401, "session-expired", "log in again");
	r = with("POST", SESSION, dead, LOGIN, HERE, NULL);
	assert_int_equal(r.status, 200);
	/* nobody, and nonsense */
	r = with("GET", SESSION, NULL, NULL, NULL, NULL);
	assert_true(is_nobody(&r));
	r = with("GET", SESSION, "70000:ro_1.x", NULL, NULL, NULL);
	assert_true(is_nobody(&r));
	r = with("GET", SESSION, "x:ro_1.x", NULL, NULL, NULL);
	assert_true(is_nobody(&r));
	r = with("GET", "/v1/users", NULL, NULL, NULL, NULL);
	assert_problem(&r, 401, "unauthenticated", "token");
}

static void test_wrong_password(void **state)
{
	static const char wrong[] = "{\"login\":\"nobody.here\",\"password\":\"wrong horse\"}";
	struct reply r;

	(void)state;
	for (int i = 0; i < LOGIN_FREE_TRIES; i++) {
		r = with("POST", SESSION, NULL, wrong, HERE, NULL);
		assert_problem(&r, 401, "unauthenticated", "login or password");
		assert_null(header_of(&place, &r, "Set-Cookie"));
	}
	r = with("POST", SESSION, NULL, wrong, HERE, NULL);
	assert_problem(&r, 429, "too-many-requests", "seconds");
	r = ask(&place, (struct call){"POST", "/v1/login", NULL, wrong});
	assert_problem(&r, 429, "too-many-requests", "seconds");
}

/* --- other sites --- */

static const struct {
	const char *header, *header2;
	bool passes;
} sources[] = {
	{HERE, NULL, true},
	/* a proxy wrote another host; what the browser says of the page cannot be forged */
	{HERE, "Origin: https://evil.example", true},
	{"Sec-Fetch-Site: cross-site", NULL, false},
	{"Sec-Fetch-Site: same-site", NULL, false},
	{"Sec-Fetch-Site: none", NULL, false},
	{"Origin: https://evil.example", NULL, false},
	{"Origin: null", NULL, false},
	{NULL, NULL, false},
	{"Host: relode.example", "Origin: http://relode.example", true},
	{"Host: relode.example", "Origin: http://relode.example:81", false},
	{"X-Forwarded-Host: relode.example", "Origin: https://relode.example", true},
	{"X-Forwarded-Host: relode.example", "Origin: https://127.0.0.1", false},
};

static void test_changes(void **state)
{
	char *cookie = log_in(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct reply r = with("POST", PARTIES, cookie, PERSON, sources[i].header, sources[i].header2);
		if (r.status != (sources[i].passes ? 201 : 403))
			fail_msg("%zu, %s: %ld %s", i, sources[i].header, r.status, r.body.data);
		if (!sources[i].passes) {
			assert_problem(&r, 403, "forbidden", "a page of this site");
			assert_string_equal(text_of(&r, "reason"), "cross-site");
		}
	}
}

static void test_reads(void **state)
{
	char *cookie = log_in(NULL);
	struct reply r = with("GET", SESSION, cookie, NULL, "Sec-Fetch-Site: cross-site", NULL);

	(void)state;
	assert_true(is_nobody(&r));
	assert_null(header_of(&place, &r, "Set-Cookie")); /* the session goes on */
	r = with("GET", "/v1/users", cookie, NULL, "Sec-Fetch-Site: same-site", NULL);
	assert_problem(&r, 401, "unauthenticated", "token");
	r = with("GET", "/v1/users", cookie, NULL, "Sec-Fetch-Site: none", NULL); /* typed by its user */
	assert_int_equal(r.status, 200);
	/* nobody is logged in, or out, from elsewhere */
	r = with("POST", SESSION, NULL, LOGIN, "Origin: https://evil.example", NULL);
	assert_problem(&r, 403, "forbidden", "a page of this site");
	r = with("DELETE", SESSION, cookie, NULL, "Sec-Fetch-Site: cross-site", NULL);
	assert_problem(&r, 403, "forbidden", "a page of this site");
	r = with("GET", "/v1/users", cookie, NULL, NULL, NULL);
	assert_int_equal(r.status, 200);
}

static void test_bearer_first(void **state)
{
	char *cookie = log_in(NULL), *clerk = user_token(&place, "clerk.one", "clerk", 0);
	char *header = cx_printf(&place.cx, "Cookie: relode=%s", cookie);
	struct call c = {"GET", SESSION, clerk, NULL, 0, {header}};
	struct reply r = ask(&place, c);

	(void)state;
	assert_string_equal(text_of(&r, "login"), "clerk.one");
	/* a program with a token of its own is no page */
	c = (struct call){"POST", PARTIES, clerk, PERSON, 0, {header, "Sec-Fetch-Site: cross-site"}};
	assert_int_equal(ask(&place, c).status, 201);
}

/* --- an owner's order, by code and PIN --- */

#define OPEN "/v1/cities/1/order-session"
struct booked {
	int64_t order, item, owner;
	const char *link, *code, *pin;
};

static void publish(const char *kind, const char *file)
{
	char *text;
	struct sb sb;
	size_t n;

	assert_int_equal(file_read(&place.cx, file, 1 << 20, &text, &n), ERR_OK);
	sb_init(&sb, &place.cx, 4 << 20);
	json_quote(&sb, text, n);
	act(&place, "rule.publish",
	    cx_printf(&place.cx, "{\"kind\":\"%s\",\"name\":\"default\",\"body\":%s}", kind, sb.data));
}

/* A site of a merchant of city 1, which buys phones. */
static int64_t make_shop(void)
{
	static int64_t site;
	const struct json *a;

	if (site)
		return site;
	publish("price_list", "data/rules/price_list.default.json");
	act(&place, "catalogue.categories",
	    "{\"list\":\"c\",\"version\":\"1\",\"part\":1,\"parts\":1,\"items\":[{\"code\":\"phone\","
	    "\"name_en\":\"phone\",\"name_zh\":\"p\",\"weee\":6,\"unu_key\":\"0306\",\"storage\":true,"
	    "\"battery\":true,\"mass_mg\":180000,\"mass_source\":\"test\"}]}");
	a = act_in(&place, 1, "party.register",
		   "{\"kind\":\"organisation\",\"roles\":\"merchant\",\"public_name\":\"Shop\"}");
	a = act_in(&place, 1, "party.site_open",
		   cx_printf(&place.cx, "{\"party\":%lld,\"kind\":\"store\",\"name\":\"S\"}",
			     (long long)json_get(a, "party")->number));
	site = json_get(a, "site")->number;
	return site;
}

static struct booked book(void)
{
	int64_t site = make_shop();
	const struct json *owner = act_in(&place, 1, "party.register", PERSON);
	const struct json *a = act_in(
		&place, 1, "tradein.book",
		cx_printf(&place.cx,
			  "{\"owner\":%lld,\"site\":%lld,\"items\":[{\"category\":\"phone\"}]}",
			  (long long)json_get(owner, "party")->number, (long long)site));

	return (struct booked){.order = json_get(a, "order")->number,
			       .item = json_get(json_get(a, "items")->item[0], "item")->number,
			       .owner = json_get(owner, "party")->number,
			       .link = json_get(a, "link")->text,
			       .code = json_get(a, "order_code")->text,
			       .pin = json_get(a, "pin")->text};
}

static struct reply open_with(const char *code, const char *pin)
{
	return with("POST", OPEN, NULL,
		    cx_printf(&place.cx, "{\"code\":\"%s\",\"pin\":\"%s\"}", code, pin), HERE, NULL);
}

/* Another PIN than this. */
static char *wrong_pin(const char *pin)
{
	char *other = cx_strdup(&place.cx, pin);

	other[5] = other[5] == '9' ? '0' : (char)(other[5] + 1);
	return other;
}

static void test_order(void **state)
{
	struct booked b = book(), other = book();
	struct reply r = open_with(b.code, b.pin);
	char *cookie = cookie_of(&r), *path, *cancel;

	(void)state;
	assert_int_equal(number_of(&r, "order"), b.order);
	assert_int_equal(strncmp(cookie, "1:ro_", 5), 0);
	assert_null(strstr(r.body.data, "ro_"));
	assert_int_equal(strlen(b.pin), 6);
	r = with("GET", SESSION, cookie, NULL, NULL, NULL);
	assert_int_equal(json_get(r.json, "user")->type, JSON_NULL);
	assert_int_equal(number_of(&r, "order"), b.order);
	assert_int_equal(number_of(&r, "city"), 1);
	assert_int_equal(number_of(&r, "owner"), b.owner);
	/* its owner's view and choice, and nobody else's */
	path = cx_printf(&place.cx, "/v1/cities/1/orders/%lld", (long long)b.order);
	r = with("GET", path, cookie, NULL, NULL, NULL);
	assert_int_equal(r.status, 200);
	path = cx_printf(&place.cx, "/v1/cities/1/orders/%lld", (long long)other.order);
	r = with("GET", path, cookie, NULL, NULL, NULL);
	assert_problem(&r, 403, "forbidden", "");
	path = cx_printf(&place.cx, "/v1/cities/2/orders/%lld", (long long)b.order);
	r = with("GET", path, cookie, NULL, NULL, NULL);
	assert_problem(&r, 401, "unauthenticated", "");
	cancel = cx_printf(&place.cx, "/v1/cities/1/items/%lld/cancel", (long long)b.item);
	r = with("POST", cancel, cookie, "{}", "Origin: https://evil.example", NULL);
	assert_problem(&r, 403, "forbidden", "a page of this site");
	r = with("POST", cancel, cookie, "{}", HERE, NULL);
	assert_int_equal(r.status, 201);
	/* by the link; as people write codes; and out */
	r = with("POST", OPEN, NULL, cx_printf(&place.cx, "{\"link\":\"%s\"}", other.link), HERE, NULL);
	assert_int_equal(number_of(&r, "order"), other.order);
	for (char *p = cx_strdup(&place.cx, other.code), *q = p; p; p = NULL) {
		for (; *q; q++)
			*q = *q == '-' ? ' ' : *q >= 'A' && *q <= 'Z' ? (char)(*q + 32) : *q;
		r = open_with(p, other.pin);
		assert_int_equal(number_of(&r, "order"), other.order);
	}
	r = with("DELETE", SESSION, cookie_of(&r), NULL, HERE, NULL);
	assert_true(is_nobody(&r));
	assert_string_equal(cookie_of(&r), "");
}

/* What is answered does not tell a wrong code from a wrong PIN, also not by when it begins to wait. */
static void test_guessing(void **state)
{
	struct booked b = book(), c = book();
	char made_up[CODE_MAX];
	int64_t code;
	struct reply r;

	(void)state;
	assert_int_equal(code_read(&place.cx, b.code, &code), ERR_OK);
	code_make(made_up, code ^ 1, 8); /* the order's number, another secret */
	for (int i = 0; i < LOGIN_FREE_TRIES; i++) {
		struct reply a = open_with(b.code, wrong_pin(b.pin)), z = open_with(made_up, b.pin);
		assert_problem(&a, 401, "unauthenticated", "no order with this code and PIN");
		assert_problem(&z, 401, "unauthenticated", "no order with this code and PIN");
		assert_null(header_of(&place, &a, "Set-Cookie"));
	}
	r = open_with(b.code, b.pin); /* also the right one waits now */
	assert_problem(&r, 429, "too-many-requests", "seconds");
	r = open_with(made_up, b.pin);
	assert_problem(&r, 429, "too-many-requests", "seconds");
	assert_true(number_of(&r, "retry_after_s") >= 1);
	/* others are not held up; a right try forgets the wrong ones */
	for (int i = 0; i < 2 * LOGIN_FREE_TRIES; i++) {
		r = open_with(c.code, i % 3 == 2 ? c.pin : wrong_pin(c.pin));
		assert_int_equal(r.status, i % 3 == 2 ? 200 : 401);
	}
	r = open_with("0000-0000-X", "123456");
	assert_problem(&r, 422, "invalid", "code: ");
	r = open_with(c.code, "12345");
	assert_problem(&r, 422, "invalid", "pin");
	r = with("POST", OPEN, NULL, "{\"link\":\"ro_1.AAAAAAAAAAAAAAAAAAAAAA\"}", HERE, NULL);
	assert_problem(&r, 401, "unauthenticated", "link");
	r = with("POST", OPEN, NULL, "{}", HERE, NULL);
	assert_problem(&r, 422, "invalid", "code and its pin");
}

/* --- booking without an account --- */

#define BOOK "/v1/cities/1/orders"

static char *quote(void)
{
	struct reply r = ask(&place, (struct call){"GET", "/v1/cities/1/quote?category=phone", NULL, NULL});

	assert_int_equal(r.status, 200);
	return cx_strdup(&place.cx, text_of(&r, "token"));
}

/* who: members of the body, as '"name":"Li","phone":"1"'. */
static struct reply book_as(const char *cookie, const char *who, const char *item)
{
	return with("POST", BOOK, cookie,
		    cx_printf(&place.cx, "{%s%s\"site\":%lld,\"items\":[{%s}]}", who, *who ? "," : "",
			      (long long)make_shop(), item),
		    HERE, NULL);
}

static const struct {
	const char *who, *item; /* item NULL: a quote's token */
	long status;
	const char *slug, *words;
} guests[] = {
	{"", NULL, 401, "unauthenticated", "log in, or give name"},
	{"\"name\":\"Li\"", NULL, 422, "invalid", "phone"},
	{"\"phone\":\"13800000001\"", NULL, 422, "invalid", "name"},
	{"\"name\":\"Li\",\"phone\":\"call me\"", NULL, 422, "invalid", "phone: digits"},
	{"\"name\":\"Li\",\"email\":\"li\"", NULL, 422, "invalid", "email"},
	{"\"name\":\"Li\",\"phone\":\"13800000001\"", "\"category\":\"phone\"", 422, "invalid",
	 "items[0].token"},
	{"\"name\":\"Li\",\"phone\":\"13800000001\"", "\"token\":\"made up\"", 422, "invalid", ""},
	{"\"name\":\"Li\",\"phone\":\"13800000001\",\"owner\":1", NULL, 422, "invalid", "not both"},
	{"\"owner\":1", NULL, 401, "unauthenticated", "log in"},
	{"\"name\":\"Li\",\"phone\":\"13800000001\",\"channel\":\"doorstep\",\"slot_us\":9000000000000000",
	 NULL, 422, "invalid", "address"},
	{"\"name\":\"Li\",\"phone\":\"13800000001\",\"netted\":true,\"purchase_minor\":1", NULL, 403,
	 "forbidden", "netted"},
};

static void test_guests(void **state)
{
	char *item;

	(void)state;
	make_shop();
	item = cx_printf(&place.cx, "\"token\":\"%s\"", quote());
	for (size_t i = 0; i < ARRAY_LEN(guests); i++) {
		struct reply r = book_as(NULL, guests[i].who, guests[i].item ? guests[i].item : item);
		assert_problem(&r, guests[i].status, guests[i].slug, guests[i].words);
	}
}

/* From the price to the cancelled order without an account; what was said of the person is sealed. */
static void test_guest_books(void **state)
{
	char *item, *cookie, *path;
	struct reply r, seen;

	(void)state;
	make_shop();
	item = cx_printf(&place.cx, "\"token\":\"%s\"", quote());
	r = book_as(NULL,
		    "\"name\":\"Guest One\",\"phone\":\"+86 138-0000-0002\",\"bank_account\":\"6200 1\"",
		    item);
	assert_int_equal(r.status, 201);
	assert_null(strstr(r.body.data, "Guest One"));
	path = cx_printf(&place.cx, "/v1/cities/1/parties/%lld", (long long)number_of(&r, "owner"));
	seen = ask(&place, (struct call){"GET", path, place.admin, NULL});
	assert_non_null(strstr(seen.body.data, "Guest One"));
	path = cx_printf(&place.cx, "/v1/cities/1/log/entries?from=%lld&limit=1",
			 (long long)number_of(&r, "seq"));
	seen = ask(&place, (struct call){"GET", path, place.admin, NULL});
	assert_non_null(strstr(seen.body.data, "tradein.book"));
	assert_null(strstr(seen.body.data, "Guest One"));
	assert_null(strstr(seen.body.data, "138-0000-0002"));
	assert_null(strstr(seen.body.data, "13800000002"));
	path = cx_printf(&place.cx, "/v1/cities/1/items/%lld/cancel",
			 (long long)json_get(json_get(r.json, "items")->item[0], "item")->number);
	r = open_with(text_of(&r, "order_code"), text_of(&r, "pin"));
	cookie = cookie_of(&r);
	/* who has an order books another one; the first is no licence to book in its owner's name */
	r = book_as(cookie, "", item);
	assert_problem(&r, 403, "forbidden", "link of an order");
	r = book_as(cookie, "\"name\":\"Guest One\",\"phone\":\"13800000002\"", item);
	assert_int_equal(r.status, 201);
	assert_int_equal(with("POST", path, cookie, "{}", HERE, NULL).status, 201);
}

/* Three open orders of one phone number or email, however they are written. */
static void test_guest_bound(void **state)
{
	static const char *const phones[] = {"13800000003", "+86 138 0000 0003", "138-0000-0003"};
	char *item, *cancel = NULL, *cookie = NULL;
	struct reply r;

	(void)state;
	make_shop();
	item = cx_printf(&place.cx, "\"token\":\"%s\"", quote());
	for (int i = 0; i < 3; i++) {
		r = book_as(NULL, cx_printf(&place.cx, "\"name\":\"G\",\"phone\":\"%s\"", phones[i]), item);
		assert_int_equal(r.status, 201);
	}
	cancel = cx_printf(&place.cx, "/v1/cities/1/items/%lld/cancel",
			   (long long)json_get(json_get(r.json, "items")->item[0], "item")->number);
	r = open_with(text_of(&r, "order_code"), text_of(&r, "pin"));
	cookie = cookie_of(&r);
	r = book_as(NULL, "\"name\":\"H\",\"phone\":\"13800000003\",\"email\":\"h@x.example\"", item);
	assert_problem(&r, 409, "conflict", "phone: too many orders");
	assert_int_equal(with("POST", cancel, cookie, "{}", HERE, NULL).status, 201);
	r = book_as(NULL, "\"name\":\"G\",\"phone\":\"13800000003\"", item);
	assert_int_equal(r.status, 201);
	for (int i = 0; i < 3; i++)
		r = book_as(NULL, "\"name\":\"I\",\"email\":\"I@x.example\"", item);
	assert_int_equal(r.status, 201);
	r = book_as(NULL, "\"name\":\"I\",\"email\":\"i@X.example\",\"phone\":\"13800000004\"", item);
	assert_problem(&r, 409, "conflict", "email: too many orders");
}

/* Changes of nobody's are slowed by address long before reads are. */
static void test_guest_rate(void **state)
{
	struct server_options o = {.rate_failed = {1000000, 1000},
				   .rate_public = {0, 1},
				   .rate_guest = {1, 2},
				   .trusted_proxies = "127.0.0.1",
				   .log_fd = fileno(place.log)};
	struct reply r;

	(void)state;
	assert_int_equal(server_reload(&place.cx, place.server, &o), ERR_OK);
	for (int i = 0; i < 3; i++)
		r = with("POST", PARTIES, NULL, PERSON, "X-Forwarded-For: 198.51.100.1", NULL);
	assert_problem(&r, 429, "too-many-requests", "seconds");
	r = with("POST", PARTIES, NULL, PERSON, "X-Forwarded-For: 198.51.100.2", NULL);
	assert_int_equal(r.status, 201);
	r = with("GET", "/v1/cities", NULL, NULL, "X-Forwarded-For: 198.51.100.1", NULL);
	assert_int_equal(r.status, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cookies),	       cmocka_unit_test(test_origins),
		cmocka_unit_test(test_words),	       cmocka_unit_test(test_flags),
		cmocka_unit_test(test_life),	       cmocka_unit_test(test_ended),
		cmocka_unit_test(test_wrong_password), cmocka_unit_test(test_changes),
		cmocka_unit_test(test_reads),	       cmocka_unit_test(test_bearer_first),
		cmocka_unit_test(test_order),	       cmocka_unit_test(test_guessing),
		cmocka_unit_test(test_guests),	       cmocka_unit_test(test_guest_books),
		cmocka_unit_test(test_guest_bound),    cmocka_unit_test(test_guest_rate),
	};
	return cmocka_run_group_tests_name("session", tests, setup, teardown);
}
