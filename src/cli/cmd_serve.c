/* relode serve: the HTTP door, until it is asked to stop. */
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/service.h"
#include "cli/settings.h"
#include "codec/json.h"
#include "server/server.h"

enum { MINUTE_US = 60000000 };

/* One logfmt line about the server itself, where the log is wanted. */
static void say(const struct server_options *o, enum server_log level, const char *event, const char *detail)
{
	static const char *const names[] = {"info", "warn", "error"}; /* by enum server_log */
	struct cx cx;
	struct sb sb;

	if (o->log_fd < 0 || level < o->log)
		return;
	cx_init(&cx, 0);
	sb_init(&sb, &cx, 4 * CX_MSG_MAX);
	sb_printf(&sb, "time=%s level=%s event=%s", time_rfc3339(&cx, cx_now(&cx)), names[level],
		  event);
	if (detail) {
		sb_str(&sb, " detail=");
		json_quote(&sb, detail, strlen(detail));
	}
	if (!sb_end(&sb))
		fprintf(stderr, "%s\n", sb.data);
	cx_done(&cx);
}

/* --- options --- */

/* So many a second, and `burst` times as many at once; 0: no limit. */
static struct limit_rate a_second(int64_t rate, int burst)
{
	return rate ? (struct limit_rate){(int)rate * 1000, (int)rate * burst} : (struct limit_rate){0, 1};
}

/* So many a minute, and as many at once. */
static struct limit_rate a_minute(int64_t n)
{
	return (struct limit_rate){(int)(n * 1000 / 60), (int)n};
}

static int64_t given_or(const struct settings *s, enum setting_id id, int64_t otherwise)
{
	int64_t given = settings_number(s, id);

	return given < 0 ? otherwise : given;
}

/* rate 0: nobody is limited, but who gives wrong credentials. */
static void set_rates(const struct settings *s, struct server_options *o)
{
	int64_t rate = settings_number(s, SET_RATE);

	o->rate = a_second(rate, 5);
	o->rate_org = a_second(rate ? given_or(s, SET_RATE_ORGANISATION, 5 * rate) : 0, 5);
	o->rate_address = a_second(rate ? given_or(s, SET_RATE_ADDRESS, 10 * rate) : 0, 5);
	o->rate_public = a_second(rate ? settings_number(s, SET_RATE_PUBLIC) : 0, 10);
	o->rate_guest = rate ? a_minute(settings_number(s, SET_RATE_GUEST)) : (struct limit_rate){0, 1};
	o->rate_failed = a_minute(settings_number(s, SET_RATE_FAILED));
}

static enum server_log log_of(const struct settings *s)
{
	return settings_is(s, SET_LOG, "warn")	? SERVER_LOG_WARN :
	       settings_is(s, SET_LOG, "error") ? SERVER_LOG_ERROR :
						  SERVER_LOG_ALL;
}

static enum err read_options(struct cx *cx, const struct args *a, struct settings *s,
			     struct server_options *o)
{
	int64_t per_address;

	if (settings_read(cx, a, s))
		return cx->err;
	per_address = settings_number(s, SET_PER_ADDRESS);
	*o = (struct server_options){
		.listen = s->value[SET_LISTEN],
		.threads = (int)settings_number(s, SET_THREADS),
		.connections = (int)settings_number(s, SET_CONNECTIONS),
		.per_address = per_address < 0 ? 0 : (int)per_address,
		.read_s = (int)settings_number(s, SET_READ_TIMEOUT),
		.write_s = (int)settings_number(s, SET_WRITE_TIMEOUT),
		.view_threads = (int)settings_number(s, SET_VIEW_THREADS),
		.view_s = (int)settings_number(s, SET_VIEW_TIMEOUT),
		.drain_s = (int)settings_number(s, SET_DRAIN_TIMEOUT),
		.log_fd = args_has(a, "quiet") || settings_is(s, SET_LOG, "none") ? -1 : STDERR_FILENO,
		.log = log_of(s),
		.schedule = !args_has(a, "no-schedule") && settings_is(s, SET_SCHEDULE, "yes"),
		.tls_certificate = s->value[SET_TLS_CERTIFICATE],
		.tls_key = s->value[SET_TLS_KEY],
		.trusted_proxies = s->value[SET_TRUSTED_PROXIES],
		.web = s->value[SET_WEB] ? s->value[SET_WEB] : command_web(),
		.forwarded = settings_is(s, SET_PROXY_HEADER, "forwarded"),
	};
	set_rates(s, o);
	if (!o->tls_certificate != !o->tls_key)
		return cx_fail(cx, ERR_INPUT, "tls-certificate and tls-key are given together, or neither");
	return ERR_OK;
}

/* --- while it serves --- */

struct serving {
	const struct args *args;
	const struct settings *begun; /* as it was started */
	struct node *node;
	struct server *server;
	struct server_options log; /* as it is now: log_fd and log alone are read */
	int64_t taken; /* actions when the manager was last told that all is well */
};

/* The signals stay blocked in every thread and are taken here; a second one ends the program. */
static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, set, NULL);
}

static void on_second(int number)
{
	(void)number;
	_exit(err_exit(ERR_INTERRUPTED));
}

static void let_second_through(void)
{
	struct sigaction sa = {.sa_handler = on_second};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void say_what_waits(struct cx *cx, const struct server_options *o, const struct settings *begun,
			   const struct settings *now)
{
	for (int i = 0; i < SETTINGS; i++) {
		const char *was = begun->value[i] ? begun->value[i] : "";
		const char *is = now->value[i] ? now->value[i] : "";
		char *text;
		if (setting_table[i].live || strcmp(was, is) == 0)
			continue;
		text = cx_printf(cx, "%s changes at the next start", setting_table[i].name);
		say(o, SERVER_LOG_WARN, "reload", text ? text : setting_table[i].name);
	}
}

/* On failure everything stays as it was. */
static void reload(struct serving *v)
{
	struct server_options o;
	struct settings now;
	struct cx cx;

	cx_init(&cx, 0);
	service_notify("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)monotonic_us());
	if (read_options(&cx, v->args, &now, &o) || server_reload(&cx, v->server, &o)) {
		say(&v->log, SERVER_LOG_ERROR, "reload", cx.msg);
		service_notify("READY=1\nSTATUS=reload failed, serving as before: %.600s", cx.msg);
	} else {
		v->log = (struct server_options){.log_fd = o.log_fd, .log = o.log};
		say_what_waits(&cx, &v->log, v->begun, &now);
		say(&v->log, SERVER_LOG_ALL, "reloaded", NULL);
		service_notify("READY=1\nSTATUS=serving on %s", server_url(v->server));
	}
	cx_done(&cx);
}

/* Silent when actions wait and the writing thread has taken none since the last time: then the manager
 * restarts the program. */
static void watch(struct serving *v)
{
	struct node_stats stats;

	node_stats(v->node, &stats);
	if (node_waiting(v->node) == 0 || stats.actions != v->taken)
		service_notify("WATCHDOG=1");
	v->taken = stats.actions;
}

/* In a thread of the node's: the process ends, and is started again by who looks after it. */
static void on_broken(void *arg)
{
	(void)arg;
	kill(getpid(), SIGTERM);
}

static void wait_for_end(struct serving *v, const sigset_t *set)
{
	int64_t watchdog_us = service_watchdog_us(), step_us = watchdog_us ? watchdog_us / 2 : MINUTE_US;
	struct timespec step = {step_us / 1000000, step_us % 1000000 * 1000};

	for (;;) {
		int number = sigtimedwait(set, NULL, &step);
		if (number == SIGINT || number == SIGTERM)
			return;
		if (number == SIGHUP)
			reload(v);
		else if (number < 0 && errno == EAGAIN && watchdog_us)
			watch(v);
	}
}

static enum err serve(struct cx *cx, struct serving *v, const struct server_options *o)
{
	sigset_t set;

	v->log = (struct server_options){.log_fd = o->log_fd, .log = o->log};
	block_signals(&set);
	node_on_broken(v->node, on_broken, NULL);
	if (node_start(cx, v->node) || server_start(cx, v->node, o, &v->server))
		return cx->err;
	printf("listening on %s\n", server_url(v->server));
	fflush(stdout);
	service_notify("READY=1\nSTATUS=serving on %s", server_url(v->server));
	wait_for_end(v, &set);
	if (node_broken(v->node))
		say(&v->log, SERVER_LOG_ERROR, "broken", "the disk did not take what was written");
	service_notify("STOPPING=1\nSTATUS=finishing what runs");
	say(&v->log, SERVER_LOG_ALL, "stopping", "finishing what runs");
	let_second_through();
	server_stop(v->server);
	if (node_broken(v->node))
		return cx_fail(cx, ERR_IO,
			       "the disk did not take what was written: look at it, then start again");
	return ERR_OK;
}

static enum err run(struct cx *cx, struct args *a)
{
	struct node_options where = {0};
	struct settings settings;
	struct server_options o;
	struct serving v = {.args = a, .begun = &settings};
	enum err err;

	if (read_options(cx, a, &settings, &o) || service_listen_fd(cx, &o.listen_fd))
		return cx->err;
	where.where = settings.value[SET_DB];
	where.keys = settings.value[SET_KEYS];
	where.cache = (size_t)settings_number(&settings, SET_CACHE) << 20;
	if (confine(cx) || node_open(cx, &where, &v.node))
		return cx->err;
	err = serve(cx, &v, &o);
	node_close(v.node);
	return err;
}

const struct command cmd_serve = {
	"serve",
	"serve [--config FILE] [--db WHERE] [--listen ADDRESS:PORT]",
	"Serves the HTTP API, and the web app where it is built.\n\n"
	"Prints one line when it is ready. SIGTERM or Ctrl-C: takes no more requests, finishes what runs,\n"
	"ends; a second one ends at once. SIGHUP: reads its settings, certificate and web app again and\n"
	"drops no connection. GET /openapi.json says what there is.\n\n"
	"A setting comes from the command line, else from the environment (RELODE_READ_TIMEOUT for\n"
	"--read-timeout), else from the configuration file. Under systemd it takes a passed socket,\n"
	"says when it is ready, and answers the watchdog.",
	setting_options,
	run,
	NULL};
