/* settings.h: every setting of `relode serve`, declared once.
 *
 * A setting comes from the command line (--read-timeout 10), else from the environment
 * (RELODE_READ_TIMEOUT=10), else from the configuration file (read-timeout = 10), else its default. From
 * the table come --help, the sample file, relode.conf(5) and docs/settings.md (`relode manual`).
 *
 * The file: lines `name = value`, empty lines, and lines that begin with '#'. An unknown or doubled name and
 * a value out of bounds are errors that name file and line.
 */
#ifndef RELODE_CLI_SETTINGS_H
#define RELODE_CLI_SETTINGS_H

#include "base/sb.h"
#include "cli/args.h"

enum { SETTINGS_FILE_MAX = 65536, SETTINGS_LINE_MAX = 1000 };

/* X(ID, name, what a value looks like, kind, min, max, default, when a change is taken, what it is)
 * kind: TEXT; NUMBER, from min to max; CHOICE, one of the words of "a|b".
 * default: OR("text") or NONE. Change: LIVE, at a reload (SIGHUP); START, at the next start. */
#define SETTINGS_COMMON(X)                                                                          \
	X(DB, "db", "WHERE", TEXT, 0, 0, OR("relode.db"), START,                                    \
	  "database: a file, or postgresql://…")                                                    \
	X(KEYS, "keys", "FILE", TEXT, 0, 0, NONE, START,                                            \
	  "key store (default: the database's file with .keys, for PostgreSQL relode.keys)")
#define SETTINGS_SERVE(X)                                                                           \
	X(LISTEN, "listen", "ADDRESS:PORT", TEXT, 0, 0, OR("127.0.0.1:8080"), START,                \
	  "where to listen, such as [::1]:8080 or :8080 (every address); port 0: any free one. "    \
	  "Not read when systemd passes a socket")                                                  \
	X(THREADS, "threads", "N", NUMBER, 1, 256, OR("4"), START,                                  \
	  "threads that parse, read and answer")                                                    \
	X(VIEW_THREADS, "view-threads", "N", NUMBER, 1, 64, OR("4"), START,                         \
	  "threads for what goes through a whole city: reports, counts of lives, where mass is; nobody " \
	  "else waits for them")                                                                    \
	X(CACHE, "cache", "MIB", NUMBER, 16, 1048576, OR("256"), START,                             \
	  "memory for rows and idempotency keys between actions, of all cities together; one city has a " \
	  "quarter of it at most. A city that is written to wants 2 MiB, and what its rows take")   \
	X(CONNECTIONS, "connections", "N", NUMBER, 1, 100000, OR("1024"), START,                    \
	  "connections at once")                                                                    \
	X(PER_ADDRESS, "per-address", "N", NUMBER, 1, 100000, NONE, START,                          \
	  "connections from one address (default: 256; behind trusted proxies, all)")               \
	X(RATE, "rate", "N", NUMBER, 0, 100000, OR("200"), LIVE,                                    \
	  "requests a second of one user, 5 times as many at once; 0: nobody is limited")           \
	X(RATE_ORGANISATION, "rate-organisation", "N", NUMBER, 0, 100000, NONE, LIVE,               \
	  "requests a second of all users of one organisation, 5 times as many at once; 0: no limit "  \
	  "(default: 5 times rate)")                                                                \
	X(RATE_ADDRESS, "rate-address", "N", NUMBER, 0, 100000, NONE, LIVE,                         \
	  "requests a second of all callers with credentials from one address, 5 times as many at once; " \
	  "0: no limit (default: 10 times rate)")                                                   \
	X(RATE_FAILED, "rate-failed", "N", NUMBER, 1, 60000, OR("20"), LIVE,                        \
	  "wrong credentials a minute from one address, as many at once; then it must wait")       \
	X(RATE_PUBLIC, "rate-public", "N", NUMBER, 0, 100000, OR("50"), LIVE,                       \
	  "requests a second of one address without credentials, 10 times as many at once; 0: no limit") \
	X(RATE_GUEST, "rate-guest", "N", NUMBER, 1, 60000, OR("20"), LIVE,                          \
	  "bookings and registrations a minute of one address without an account, as many at once") \
	X(READ_TIMEOUT, "read-timeout", "SECONDS", NUMBER, 1, 3600, OR("30"), LIVE,                 \
	  "a request must have come whole after so long")                                           \
	X(WRITE_TIMEOUT, "write-timeout", "SECONDS", NUMBER, 1, 86400, OR("300"), LIVE,             \
	  "its answer must have been taken after so long")                                          \
	X(VIEW_TIMEOUT, "view-timeout", "SECONDS", NUMBER, 1, 3600, OR("120"), LIVE,                \
	  "such an answer is given up after so long")                                               \
	X(DRAIN_TIMEOUT, "drain-timeout", "SECONDS", NUMBER, 1, 3600, OR("15"), START,              \
	  "how long stopping waits for callers that are slow; writes begun are always finished")    \
	X(LOG, "log", "all|warn|error|none", CHOICE, 0, 0, OR("all"), LIVE,                         \
	  "which requests get a line on stderr: all; refused callers, broken connections and "      \
	  "failures of ours; failures of ours; none")                                               \
	X(SCHEDULE, "schedule", "yes|no", CHOICE, 0, 0, OR("yes"), START,                           \
	  "take what falls due (lapses), once a minute")                                            \
	X(TLS_CERTIFICATE, "tls-certificate", "FILE", TEXT, 0, 0, NONE, LIVE,                       \
	  "serve HTTPS with this certificate and its chain, PEM; the file is read again at a reload") \
	X(TLS_KEY, "tls-key", "FILE", TEXT, 0, 0, NONE, LIVE,                                       \
	  "the certificate's key, PEM, not readable by everyone")                                   \
	X(WEB, "web", "DIR", TEXT, 0, 0, NONE, LIVE,                                                \
	  "folder of the built web app, read once and again at a reload (default: the installed one, else " \
	  "the source tree's web/dist; where neither is, the API alone is served)")                 \
	X(TRUSTED_PROXIES, "trusted-proxies", "LIST", TEXT, 0, 0, NONE, LIVE,                       \
	  "addresses and networks of reverse proxies, such as \"127.0.0.1, 10.0.0.0/8\": their word counts " \
	  "for who the caller is")                                                                  \
	X(PROXY_HEADER, "proxy-header", "x-forwarded-for|forwarded", CHOICE, 0, 0,                  \
	  OR("x-forwarded-for"), LIVE, "the header in which they say it")

enum setting_id {
#define X(id, ...) SET_##id,
	SETTINGS_COMMON(X) SETTINGS_SERVE(X)
#undef X
	SETTINGS
};
enum setting_kind { SETTING_TEXT, SETTING_NUMBER, SETTING_CHOICE };
struct setting {
	const char *name, *value;
	enum setting_kind kind;
	int64_t min, max;
	const char *otherwise; /* or NULL */
	bool live;
	const char *doc;
};
extern const struct setting setting_table[SETTINGS];
extern const struct arg_option setting_options[]; /* serve's: SETTINGS_SERVE, and switches */

struct settings {
	const char *value[SETTINGS]; /* NULL: not given, and no default */
	const char *from[SETTINGS];  /* "the command line", "RELODE_RATE", "FILE:7", "default" */
	const char *file;            /* or NULL */
};
/* Values live in cx. */
enum err settings_read(struct cx *cx, const struct args *a, struct settings *out) MUST_USE;
int64_t settings_number(const struct settings *s, enum setting_id id); /* -1: not given */
bool settings_is(const struct settings *s, enum setting_id id, const char *word);
/* The environment's name: RELODE_READ_TIMEOUT. */
char *setting_variable(struct cx *cx, const struct setting *t) MUST_USE;

/* The sample configuration file, every setting at its default behind a '#'. */
void settings_sample(struct sb *sb);

#endif
