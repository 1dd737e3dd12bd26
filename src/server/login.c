/* POST /v1/login and its like: argon2id takes tens of milliseconds and 64 MiB, so passwords are checked one
 * at a time in a thread of its own, behind a short queue; a flood of logins slows logins alone. */
#include <errno.h>

#include "programme/access/access.h"
#include "server/http.h"

struct login_request {
	const char *login, *password;
};
const struct field login_request_fields[] = {
	F_TEXT(struct login_request, login, IN | REQ, 2, 40, "the user's handle"),
	F_TEXT(struct login_request, password, IN | REQ, 1, PASSWORD_MAX, "the password"),
	F_END};
struct login_answer {
	const char *token;
	int64_t expires_us, number, user, city, recorded_us, seq;
};
const struct field login_answer_fields[] = {
	F_TEXT(struct login_answer, token, OUT | REQ, TOKEN_TEXT, TOKEN_TEXT, "bearer token"),
	F_US(struct login_answer, expires_us, OUT | REQ, "when it ends"),
	F_INT(struct login_answer, number, OUT | REQ, 0, JSON_INT_MAX, NULL, "its number, to revoke it by"),
	F_ID(struct login_answer, user, OUT | REQ, "whose it is"),
	F_ID(struct login_answer, city, OUT | REQ, "0: tokens are the programme's"),
	F_US(struct login_answer, recorded_us, OUT | REQ, "when it was recorded"),
	F_INT(struct login_answer, seq, OUT | REQ, 0, JSON_INT_MAX, NULL, "line of the programme's journal"),
	F_END};

struct login {
	pthread_mutex_t lock;
	pthread_cond_t some;
	pthread_t thread;
	struct exchange *first, *last;
	int waiting;
	bool stopping;
	struct db *db; /* writes the table of failed logins */
};

/* The token is issued as an action of the user's own. */
enum err login_issue(struct exchange *x, struct principal who, const char *label, struct json_writer *w)
{
	struct cx *cx = &x->cx;
	const struct action *a = domain_action(node_domain(x->server->node), "access.token_issue");
	struct json user = {.type = JSON_INT, .number = who.user},
		    given = {.type = JSON_TEXT, .text = label, .len = strlen(label)},
		    days = {.type = JSON_INT, .number = 1};
	struct json *item[] = {&days, &given, &user};
	const char *name[] = {"days", "label", "user"};
	struct json body = {.type = JSON_OBJECT};
	struct reader r;
	enum err err;

	BUG(!a);
	body.item = item;
	body.name = name;
	body.count = ARRAY_LEN(item);
	if (request_read(cx, node_domain(x->server->node), a->type, 0, &body, &x->q))
		return cx->err;
	x->q.who = who;
	if (node_act(cx, x->server->node, &x->q) || node_reader_get(cx, x->server->node, 0, who, &r))
		return cx->err;
	err = request_answer(cx, &r, &x->q, w);
	node_reader_put(x->server->node, &r);
	return err;
}

enum err login_check(struct exchange *x, struct db *db, struct principal *who)
{
	struct node *n = x->server->node;
	struct reader r = {.db = db, .domain = node_domain(n), .keys = node_keys(n)};
	struct login_request rec;

	if (auth_failures(x) || exchange_body(x, login_request_fields, &rec))
		return x->cx.err;
	if (access_login(&x->cx, &r, rec.login, rec.password, who) == ERR_UNAUTHENTICATED)
		auth_failed(x);
	return x->cx.err;
}

enum err login_work(struct exchange *x, struct db *db)
{
	struct principal who;
	struct json_writer w;
	struct cx *cx = &x->cx;
	struct sb sb;

	if (login_check(x, db, &who))
		return cx->err;
	sb_init(&sb, cx, 10000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	if (login_issue(x, who, "login", &w))
		return cx->err;
	jw_int_at(&w, "user", who.user);
	jw_object_end(&w);
	if (sb_end(&sb))
		return cx->err;
	x->who = who;
	answer_json(x, 200, &sb);
	return ERR_OK;
}

static void *work(void *arg)
{
	struct login *l = arg;

	for (;;) {
		struct exchange *x;
		pthread_mutex_lock(&l->lock);
		while (!l->first && !l->stopping)
			pthread_cond_wait(&l->some, &l->lock);
		x = l->first;
		if (x) {
			l->first = x->next_login;
			if (!l->first)
				l->last = NULL;
			l->waiting--;
		}
		pthread_mutex_unlock(&l->lock);
		if (!x)
			return NULL;
		x->q.err = x->route->own->work(x, l->db);
		exchange_wake(x);
	}
}

enum err login_queue(struct exchange *x)
{
	struct login *l = x->server->login;
	bool full;

	pthread_mutex_lock(&l->lock);
	full = l->waiting == LOGIN_QUEUE_MAX;
	if (!full) {
		x->next_login = NULL;
		if (l->last)
			l->last->next_login = x;
		else
			l->first = x;
		l->last = x;
		l->waiting++;
		pthread_cond_signal(&l->some);
	}
	pthread_mutex_unlock(&l->lock);
	return full ? cx_fail(&x->cx, ERR_BUSY, "too many logins at a time; try again") : ERR_OK;
}

enum err login_start(struct cx *cx, struct server *s)
{
	struct login *l = calloc(1, sizeof(*l));

	if (!l)
		return cx_fail(cx, ERR_MEMORY, "no memory for logins");
	if (node_session_open(cx, s->node, &l->db)) {
		free(l);
		return cx->err;
	}
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->some, NULL);
	errno = pthread_create(&l->thread, NULL, work, l);
	if (errno) {
		db_close(l->db);
		free(l);
		return cx_errno(cx, "start", "a thread");
	}
	s->login = l;
	return ERR_OK;
}

void login_stop(struct server *s)
{
	struct login *l = s->login;

	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stopping = true;
	pthread_cond_signal(&l->some);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	db_close(l->db);
	pthread_cond_destroy(&l->some);
	pthread_mutex_destroy(&l->lock);
	free(l);
	s->login = NULL;
}
