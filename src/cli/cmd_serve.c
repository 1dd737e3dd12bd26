/* relode serve: the HTTP door, until it is asked to stop. */
#include <signal.h>
#include <unistd.h>

#include "cli/command.h"
#include "server/server.h"

static const struct arg_option options[] = {
	{"listen", "ADDRESS:PORT", "where to listen (default: 127.0.0.1:8080); port 0: any free one"},
	{"threads", "N", "threads that parse, read and answer (default: 4)"},
	{"connections", "N", "connections at once (default: 1024)"},
	{"per-address", "N", "connections from one address (default: 256)"},
	{"rate", "N", "requests a second of one user, 5 times as many at once (default: 200; 0: no limit)"},
	{"quiet", NULL, "no line on stderr for each request"},
	{"no-schedule", NULL, "do not take what falls due (lapses)"},
	{NULL, NULL, NULL},
};

/* The signals stay blocked in every thread and are taken here; a second one ends the program. */
static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, set, NULL);
}

static void on_second(int number)
{
	(void)number;
	_exit(err_exit(ERR_INTERRUPTED));
}

static void let_second_through(const sigset_t *set)
{
	struct sigaction sa = {.sa_handler = on_second};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

static enum err read_options(struct cx *cx, const struct args *a, struct server_options *o)
{
	int64_t threads, connections, per_address, rate;

	if (args_int(cx, a, "threads", 0, 1, 256, &threads) ||
	    args_int(cx, a, "connections", 0, 1, 100000, &connections) ||
	    args_int(cx, a, "per-address", 0, 1, 100000, &per_address) ||
	    args_int(cx, a, "rate", 200, 0, 100000, &rate))
		return cx->err;
	*o = (struct server_options){
		.listen = args_has(a, "listen") ? args_get(a, "listen") : "127.0.0.1:8080",
		.threads = (int)threads,
		.connections = (int)connections,
		.per_address = (int)per_address,
		.rate = {(int)rate * 1000, rate ? (int)rate * 5 : 1},
		.log_fd = args_has(a, "quiet") ? -1 : STDERR_FILENO,
		.schedule = !args_has(a, "no-schedule"),
	};
	if (rate == 0)
		o->rate_public = (struct limit_rate){0, 1};
	return ERR_OK;
}

static enum err serve(struct cx *cx, struct node *n, const struct server_options *o)
{
	struct server *s;
	sigset_t set;
	int number;

	block_signals(&set);
	if (node_start(cx, n) || server_start(cx, n, o, &s))
		return cx->err;
	printf("listening on %s\n", server_url(s));
	fflush(stdout);
	sigwait(&set, &number);
	fprintf(stderr, "stopping: finishing what runs\n");
	let_second_through(&set);
	server_stop(s);
	return ERR_OK;
}

static enum err run(struct cx *cx, struct args *a)
{
	struct node_options where = {.where = command_db(a), .keys = args_get(a, "keys")};
	struct server_options o;
	struct node *n;
	enum err err;

	if (read_options(cx, a, &o) || node_open(cx, &where, &n))
		return cx->err;
	err = serve(cx, n, &o);
	node_close(n);
	return err;
}

const struct command cmd_serve = {
	"serve",
	"serve [--db WHERE] [--listen ADDRESS:PORT]",
	"Serves the HTTP API.\n\n"
	"Prints one line when it is ready. SIGTERM or Ctrl-C: takes no more requests, finishes what runs,\n"
	"ends; a second one ends at once. GET /openapi.json says what there is.",
	options,
	run,
	NULL};
