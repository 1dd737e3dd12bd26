/* The web app's files: what of a directory is served, under which addresses and headers, in which form. */
#include "place.h"

#include <fcntl.h>

#include "server/header.h"
#include "server/web.h"

static struct place place;
static char *app; /* the folder */

static void put(const char *name, const char *text)
{
	char *path = cx_printf(&place.cx, "%s/%s", app, name);

	assert_int_equal(file_replace(&place.cx, path, text, strlen(text), 0644), ERR_OK);
}

/* 20,000 bytes. */
static const char *long_text(void)
{
	static char text[20001];

	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = (char)('a' + i * i % 11);
	return text;
}

static void make_app(void)
{
	static const char dir[] = "/tmp/relode-web-XXXXXX";
	char *assets;

	app = cx_strdup(&place.cx, dir);
	assert_non_null(mkdtemp(app));
	assets = cx_printf(&place.cx, "%s/assets/deep", app);
	assert_int_equal(file_make_dirs(&place.cx, assets, 0755), ERR_OK);
	put("index.html", "<!doctype html><title>relode</title>");
	put("sw.js", "self.skipWaiting(); /* a longer text than its smaller forms */");
	put("sw.js.gz", "gzip form");
	put("sw.js.br", "br form");
	put("long.txt", long_text()); /* one that lies packed in memory */
	put("robots.txt", "a");
	put("robots.txt.br", "larger than the file");
	put("only.css.br", "the form of a file that is not there");
	put("assets/app-1a2b.js", "let a;");
	put("assets/app-1a2b.js.map", "{}");
	put("assets/deep/a.svg", "<svg/>");
	put(".secret.txt", "hidden");
	put("program.sh", "no type");
	assert_int_equal(symlink("/etc/hostname", cx_printf(&place.cx, "%s/link.txt", app)), 0);
	assert_int_equal(symlink("/etc", cx_printf(&place.cx, "%s/linked", app)), 0);
}

static int setup(void **state)
{
	struct server_options o = {.rate_public = {1, 1}}; /* files are not counted */
	struct cx first;
	char *folder;

	(void)state;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	cx_init(&place.cx, 0);
	make_app();
	folder = strdup(app);
	first = place.cx;
	o.web = folder;
	start(&place, o);
	cx_done(&first);
	app = folder;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stop(&place);
	remove_dir(app);
	free(app);
	curl_global_cleanup();
	return 0;
}

static struct reply get(const char *path, const char *header)
{
	return ask(&place, (struct call){"GET", path, NULL, NULL, 0, {header}});
}

/* --- Accept-Encoding --- */

static const struct {
	const char *accept;
	bool gzip, br;
} accepts[] = {
	{"", false, false},
	{"gzip", true, false},
	{"gzip, deflate, br, zstd", true, true},
	{"GZIP;q=1.0,BR ; q=0.001", true, true},
	{"br;q=0", false, false},
	{"br;q=0.000, *", true, false},
	{"*;q=0", false, false},
	{"*;q=0.5, gzip;q=0", false, true},
	{"brotli, xgzip", false, false},
	{"br;q=", false, false},
	{"br;", false, false},
	{" ,, ,br", false, true},
	{"identity", false, false},
};

static void test_codings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(accepts); i++)
		if (header_takes_coding(accepts[i].accept, "gzip") != accepts[i].gzip ||
		    header_takes_coding(accepts[i].accept, "br") != accepts[i].br)
			fail_msg("\"%s\" is not understood", accepts[i].accept);
}

/* --- addresses --- */

static const struct {
	const char *path;
	long status;
	const char *body; /* begins with, or NULL */
} addresses[] = {
	{"/", 200, "<!doctype"},
	{"/index.html", 200, "<!doctype"},
	{"/?from=elsewhere", 200, "<!doctype"},
	{"/o/7K3M-9XQ2", 200, "<!doctype"},
	{"/counter/", 200, "<!doctype"},
	{"/search/%E5%B0%8F%E7%B1%B3", 200, "<!doctype"},
	{"/assets/app-1a2b.js", 200, "let a;"},
	{"/assets/deep/a.svg", 200, "<svg/>"},
	{"/robots.txt", 200, "a"},
	{"/assets/app-1a2b.js.map", 404, NULL},
	{"/sw.js.br", 404, NULL},
	{"/only.css", 404, NULL},
	{"/missing.js", 404, NULL},
	{"/.secret.txt", 404, NULL},
	{"/program.sh", 404, NULL},
	{"/link.txt", 404, NULL},
	{"/linked/hostname", 200, "<!doctype"}, /* an address of the app's, not that file */
	{"/linked/passwd.txt", 404, NULL},
	{"/../../etc/passwd", 404, NULL},
	{"/assets/../../../etc/passwd", 404, NULL},
	{"/a/%2e%2e/%2e%2e/etc/passwd", 404, NULL},
	{"/a/..%2f..%2fetc/passwd", 404, NULL},
	{"/a%2fb", 404, NULL},
	{"/%2e%2e/etc/passwd", 404, NULL},
	{"/a/%5c..%5cpasswd", 404, NULL},
	{"/a\\b", 404, NULL},
	{"/a/%01", 404, NULL},
	{"/a/%", 400, NULL},
	{"//etc/passwd", 404, NULL},
	{"/a//b", 404, NULL},
	{"/v1", 404, NULL},
	{"/v1/nothing", 404, NULL},
	{"/%761/nothing", 404, NULL},
	{"/problems/x/y", 404, NULL},
	{"/healthz/x", 404, NULL},
	{"/healthz", 200, "ok"},
};

static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		const char *want = addresses[i].body;
		struct reply r = get(addresses[i].path, NULL);
		if (r.status != addresses[i].status ||
		    (want && strncmp(r.body.data, want, strlen(want)) != 0))
			fail_msg("%s: %ld %s", addresses[i].path, r.status, r.body.data);
	}
}

static void test_other_methods(void **state)
{
	struct reply r = ask(&place, (struct call){"POST", "/o/1", NULL, "{}"});

	(void)state;
	assert_problem(&r, 404, "not-found", "nothing at this address");
	r = ask(&place, (struct call){"HEAD", "/robots.txt", NULL, NULL});
	assert_int_equal(r.status, 200);
	assert_true(has_header(&r, "Content-Length: 1"));
	assert_int_equal(r.body.len, 0);
}

/* --- headers --- */

static void test_page(void **state)
{
	struct reply r = get("/o/1", NULL);
	const char *policy = header_of(&place, &r, "Content-Security-Policy");

	(void)state;
	assert_true(has_header(&r, "Content-Type: text/html; charset=utf-8"));
	assert_true(has_header(&r, "Cache-Control: no-cache"));
	assert_true(has_header(&r, "Referrer-Policy: no-referrer"));
	assert_true(has_header(&r, "X-Content-Type-Options: nosniff"));
	assert_true(has_header(&r, "Cross-Origin-Opener-Policy: same-origin"));
	assert_true(has_header(&r, "Permissions-Policy: camera=(self), geolocation=(self)"));
	assert_int_equal(strncmp(policy, "default-src 'none'; script-src 'self'; ", 39), 0);
	assert_non_null(strstr(policy, "frame-ancestors 'none'"));
	assert_null(strstr(policy, "unsafe"));
	/* what is no page says nothing of scripts; what the API answers may do nothing */
	r = get("/assets/deep/a.svg", NULL);
	assert_string_equal(header_of(&place, &r, "Content-Security-Policy"),
			    "default-src 'none'; frame-ancestors 'none'");
	assert_true(has_header(&r, "Content-Type: image/svg+xml"));
	r = get("/healthz", NULL);
	assert_string_equal(header_of(&place, &r, "Content-Security-Policy"),
			    "default-src 'none'; frame-ancestors 'none'");
}

static void test_caching(void **state)
{
	struct reply r = get("/assets/app-1a2b.js", NULL);
	char *tag;

	(void)state;
	assert_true(has_header(&r, "Cache-Control: public, max-age=31536000, immutable"));
	r = get("/", NULL);
	tag = cx_strdup(&place.cx, header_of(&place, &r, "ETag"));
	r = get("/", cx_printf(&place.cx, "If-None-Match: W/%s", tag));
	assert_int_equal(r.status, 304);
	assert_int_equal(r.body.len, 0);
	assert_string_equal(header_of(&place, &r, "ETag"), tag);
	assert_true(has_header(&r, "Vary: Accept-Encoding"));
	r = get("/", "If-None-Match: \"another\"");
	assert_int_equal(r.status, 200);
}

static void test_forms(void **state)
{
	struct reply plain = get("/sw.js", NULL), r = get("/sw.js", "Accept-Encoding: gzip, br");
	char *tag = cx_strdup(&place.cx, header_of(&place, &plain, "ETag"));

	(void)state;
	assert_null(header_of(&place, &plain, "Content-Encoding"));
	assert_string_equal(r.body.data, "br form");
	assert_true(has_header(&r, "Content-Encoding: br"));
	assert_true(has_header(&r, "Content-Type: text/javascript; charset=utf-8"));
	assert_true(has_header(&r, "Vary: Accept-Encoding"));
	assert_string_not_equal(header_of(&place, &r, "ETag"), tag);
	r = get("/sw.js", "Accept-Encoding: gzip;q=0.5, br;q=0");
	assert_string_equal(r.body.data, "gzip form");
	assert_true(has_header(&r, "Content-Encoding: gzip"));
	r = get("/robots.txt", "Accept-Encoding: br"); /* larger than the file itself */
	assert_string_equal(r.body.data, "a");
	r = get("/long.txt", NULL);
	assert_int_equal(r.body.len, strlen(long_text()));
	assert_string_equal(r.body.data, long_text());
}

/* --- reading a directory --- */

static void test_reload(void **state)
{
	struct server_options o = {.web = app, .rate_public = {1, 1}, .listen = "127.0.0.1:0"};
	struct reply r;

	(void)state;
	o.log_fd = fileno(place.log);
	put("robots.txt", "b");
	r = get("/robots.txt", NULL);
	assert_string_equal(r.body.data, "a");
	assert_int_equal(server_reload(&place.cx, place.server, &o), ERR_OK);
	r = get("/robots.txt", NULL);
	assert_string_equal(r.body.data, "b");
	assert_int_equal(unlink(cx_printf(&place.cx, "%s/index.html", app)), 0);
	assert_int_equal(server_reload(&place.cx, place.server, &o), ERR_NOT_FOUND);
	assert_non_null(strstr(place.cx.msg, "index.html"));
	cx_clear(&place.cx);
	r = get("/", NULL);
	assert_int_equal(r.status, 200);
	o.web = NULL;
	assert_int_equal(server_reload(&place.cx, place.server, &o), ERR_OK);
	r = get("/", NULL);
	assert_problem(&r, 404, "not-found", "relode serve --web");
	r = get("/o/1", NULL);
	assert_problem(&r, 404, "not-found", "nothing at this address");
}

static void test_bounds(void **state)
{
	char *path = cx_printf(&place.cx, "%s/large.txt", app);
	struct web *w = NULL;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	(void)state;
	put("index.html", "page");
	assert_int_equal(ftruncate(fd, WEB_FILE_MAX + 1), 0);
	assert_int_equal(web_open(&place.cx, app, &w), ERR_TOO_LARGE);
	cx_clear(&place.cx);
	assert_int_equal(ftruncate(fd, WEB_FILE_MAX), 0);
	close(fd);
	assert_int_equal(web_open(&place.cx, app, &w), ERR_OK);
	web_drop(w);
	for (int i = 0; i < WEB_FILES_MAX; i++) {
		fd = open(cx_printf(&place.cx, "%s/%d.css", app, i), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		assert_true(fd >= 0);
		close(fd);
	}
	assert_int_equal(web_open(&place.cx, app, &w), ERR_TOO_LARGE);
	cx_clear(&place.cx);
	assert_int_equal(web_open(&place.cx, "/nowhere/at/all", &w), ERR_NOT_FOUND);
	cx_clear(&place.cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codings), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_other_methods), cmocka_unit_test(test_page),
		cmocka_unit_test(test_caching), cmocka_unit_test(test_forms),
		cmocka_unit_test(test_reload), /* from here on the app is another */
		cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests_name("web", tests, setup, teardown);
}
