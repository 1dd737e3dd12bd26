#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "cli/command.h"

const char *command_db(const struct args *a)
{
	const char *db = args_get(a, "db");

	if (!db)
		db = getenv("RELODE_DB");
	return db ? db : "relode.db";
}

enum err command_local(struct cx *cx, const struct args *a, const char *command)
{
	if (!args_get(a, "server"))
		return ERR_OK;
	return cx_fail(cx, ERR_INPUT, "%s works where the database is, through --db: it takes no --server",
		       command);
}

const char *command_keys(const struct args *a)
{
	const char *keys = args_get(a, "keys");

	return keys || args_get(a, "db") ? keys : getenv("RELODE_KEYS");
}

enum err command_door(struct cx *cx, const struct args *a, bool read_only, struct door **out)
{
	const char *server = args_get(a, "server"), *token = args_get(a, "auth");

	if (!server && !args_get(a, "db"))
		server = getenv("RELODE_SERVER");
	if (!token)
		token = getenv("RELODE_TOKEN");
	if (server)
		return door_open_http(cx, server, token, out);
	return door_open_local(cx, command_db(a), command_keys(a), read_only, out);
}

enum err command_data(struct cx *cx, const char *file, char **path)
{
	const char *const folder[] = {getenv("RELODE_DATA"), RELODE_DATA_INSTALLED, RELODE_DATA_SOURCE};

	for (size_t i = 0; i < ARRAY_LEN(folder); i++) {
		char *p;
		if (!folder[i])
			continue;
		p = cx_printf(cx, "%s/%s", folder[i], file);
		if (!p)
			return cx->err;
		if (access(p, R_OK) == 0) {
			*path = p;
			return ERR_OK;
		}
	}
	return cx_fail(cx, ERR_NOT_FOUND,
		       "the shipped file %s is not found; set RELODE_DATA to the data folder",
		       file);
}

int command_threads(void)
{
	enum { MOST = 8 };
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return processors < 1 ? 1 : processors < MOST ? (int)processors : MOST;
}

const char *command_web(void)
{
	static const char *const folder[] = {RELODE_DATA_INSTALLED "/web", RELODE_WEB_SOURCE};

	for (size_t i = 0; i < ARRAY_LEN(folder); i++) {
		int fd = open(folder[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		bool built = fd >= 0 && faccessat(fd, "index.html", R_OK, 0) == 0;
		file_close(&fd);
		if (built)
			return folder[i];
	}
	return NULL;
}

/* --- printing --- */

static void print_value(FILE *to, const struct json *v)
{
	switch (v->type) {
	case JSON_TEXT:
		fputs(v->text, to);
		break;
	case JSON_INT:
		fprintf(to, "%lld", (long long)v->number);
		break;
	case JSON_BOOL:
		fputs(v->truth ? "yes" : "no", to);
		break;
	case JSON_REAL:
		fprintf(to, "%g", v->real);
		break;
	default:
		fputs("-", to);
	}
}

/* Columns on a terminal: wide characters (Chinese) take two. */
static int width_of(const char *s)
{
	int w = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if ((c & 0xc0) != 0x80)
			w += c >= 0xe3 ? 2 : 1;
	}
	return w;
}

static const char *cell_text(struct cx *cx, const struct json *v)
{
	if (!v)
		return "";
	if (v->type == JSON_TEXT)
		return v->text;
	if (v->type == JSON_INT)
		return cx_printf(cx, "%lld", (long long)v->number);
	if (v->type == JSON_BOOL)
		return v->truth ? "yes" : "no";
	if (v->type == JSON_REAL)
		return cx_printf(cx, "%g", v->real);
	if (v->type == JSON_ARRAY || v->type == JSON_OBJECT)
		return cx_printf(cx, "(%zu)", v->count);
	return "-";
}

enum { TABLE_COLUMNS = 16, CELL_WIDTH = 40 };

static int columns_of(const struct json *rows, const char *name[TABLE_COLUMNS])
{
	int n = 0;

	for (size_t i = 0; i < rows->count; i++) {
		const struct json *row = rows->item[i];
		for (size_t k = 0; row->type == JSON_OBJECT && k < row->count; k++) {
			int c = 0;
			while (c < n && strcmp(name[c], row->name[k]) != 0)
				c++;
			if (c == n && n < TABLE_COLUMNS)
				name[n++] = row->name[k];
		}
	}
	return n;
}

static void print_table(struct cx *cx, const struct json *rows)
{
	const char *name[TABLE_COLUMNS];
	int width[TABLE_COLUMNS], n = columns_of(rows, name);

	for (int c = 0; c < n; c++) {
		width[c] = width_of(name[c]);
		for (size_t i = 0; i < rows->count; i++) {
			int w = width_of(cell_text(cx, json_get(rows->item[i], name[c])));
			if (w > width[c])
				width[c] = w > CELL_WIDTH ? CELL_WIDTH : w;
		}
	}
	for (size_t i = 0; i <= rows->count; i++) {
		for (int c = 0; c < n; c++) {
			const struct json *v = i ? json_get(rows->item[i - 1], name[c]) : NULL;
			const char *text = i ? cell_text(cx, v) : name[c];
			int pad = width[c] - width_of(text);
			bool right = v && v->type == JSON_INT;
			if (right)
				printf("%*s", pad > 0 ? pad : 0, "");
			fputs(text ? text : "", stdout);
			if (!right && c + 1 < n)
				printf("%*s", pad > 0 ? pad : 0, "");
			fputs(c + 1 < n ? "  " : "\n", stdout);
		}
	}
}

static void print_members(struct cx *cx, const struct json *v, int depth)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct json *m = v->item[i];
		if (m->type == JSON_ARRAY && m->count > 0 && m->item[0]->type == JSON_OBJECT) {
			printf("%*s%s:\n", 2 * depth, "", v->name[i]);
			print_table(cx, m);
		} else if (m->type == JSON_OBJECT) {
			printf("%*s%s:\n", 2 * depth, "", v->name[i]);
			print_members(cx, m, depth + 1);
		} else if (m->type == JSON_ARRAY) {
			printf("%*s%s:", 2 * depth, "", v->name[i]);
			for (size_t k = 0; k < m->count; k++) {
				fputs(k ? ", " : " ", stdout);
				print_value(stdout, m->item[k]);
			}
			putchar('\n');
		} else {
			printf("%*s%s: ", 2 * depth, "", v->name[i]);
			print_value(stdout, m);
			putchar('\n');
		}
	}
}

enum err command_print(struct cx *cx, const struct args *a, const struct json *v)
{
	if (args_has(a, "json")) {
		struct json_writer w;
		struct sb sb;
		sb_init(&sb, cx, (size_t)1 << 30);
		jw_init(&w, &sb, true);
		jw_value(&w, v);
		if (sb_end(&sb))
			return cx->err;
		puts(sb.data);
		return ERR_OK;
	}
	if (v->type == JSON_OBJECT)
		print_members(cx, v, 0);
	else
		print_value(stdout, v);
	return ERR_OK;
}

/* --- progress and interruption --- */

enum { DRAWN_EVERY_US = 100000, LINE_EVERY_US = 30000000 };

void progress_begin(struct progress *p, const char *what)
{
	*p = (struct progress){.what = what, .on = isatty(STDERR_FILENO) == 1, .begin_us = monotonic_us()};
}

void progress_anew(struct progress *p)
{
	p->begin_us = monotonic_us();
	p->before = p->done;
}

/* "; 812 a second, 3 h 12 min left", once that can be said. */
static void write_rate(char *out, size_t n, const struct progress *p, int64_t now_us, int64_t total)
{
	int64_t done = p->done - p->before, ms = (now_us - p->begin_us) / 1000, left_s;

	out[0] = 0;
	if (done <= 0 || ms < 1000)
		return;
	left_s = (total - p->done) * ms / done / 1000;
	if (left_s >= 3600)
		snprintf(out, n, "; %lld a second, %lld h %02lld min left", (long long)(done * 1000 / ms),
			 (long long)(left_s / 3600), (long long)(left_s / 60 % 60));
	else
		snprintf(out, n, "; %lld a second, %lld min %02lld s left", (long long)(done * 1000 / ms),
			 (long long)(left_s / 60), (long long)(left_s % 60));
}

void progress_step(void *progress, int64_t done, int64_t total)
{
	struct progress *p = progress;
	int filled = total > 0 ? (int)(done * 30 / total) : 0;
	char rate[80];
	int64_t now;

	p->done = done;
	if (!p->on && !p->lines)
		return;
	now = monotonic_us();
	if (now - (p->drawn_us ? p->drawn_us : p->begin_us) < (p->on ? DRAWN_EVERY_US : LINE_EVERY_US) &&
	    (done < total || !p->on))
		return;
	p->drawn_us = now;
	write_rate(rate, sizeof(rate), p, now, total);
	if (p->on)
		fprintf(stderr, "\r%s [%.*s%.*s] %lld of %lld%s   ", p->what, filled,
			"##############################", 30 - filled, "                              ",
			(long long)done, (long long)total, rate);
	else
		fprintf(stderr, "%s: %lld of %lld%s\n", p->what, (long long)done, (long long)total, rate);
}

void progress_end(struct progress *p)
{
	if (p->on && p->drawn_us)
		fprintf(stderr, "\r%110s\r", "");
}

static atomic_int interrupted; /* threads look at it */

static void on_signal(int number)
{
	(void)number;
	if (interrupted)
		_exit(130); /* asked twice */
	interrupted = 1;
}

static bool was_interrupted(void) { return interrupted != 0; }

void catch_interrupt(struct cx *cx)
{
	struct sigaction sa = {.sa_handler = on_signal};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	cx->stop = was_interrupted;
}
