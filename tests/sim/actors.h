/* actors.h: what the files of `actors` share: the cities that are played, chance, and the steps of a
 * comparison.
 */
#ifndef RELODE_TESTS_SIM_ACTORS_H
#define RELODE_TESTS_SIM_ACTORS_H

#include "../unit/trade.h"
#include "model.h"

#define L(x) ((long long)(x))
enum {
	HOMES = 2,
	PROCESSES = 3,
	BATCH_USUAL = 8,
	BATCH_LARGE = 40,
	SENT = 256,
	STEPS = 330,
	IDENTITIES = 24
};

struct process {
	struct cx cx;
	struct db *db;
	struct keys *keys;
	struct writer *writer[HOMES];
};

struct call {
	struct ask ask;
	int64_t key; /* 0: none */
	struct cx cx;
	struct request q;
	struct told told;
};
struct calls {
	struct call call[BATCH_LARGE];
	struct request *list[BATCH_LARGE];
	int n, process;
	struct home *h;
};

/* A city: its model, its people, and what was asked there. */
struct home {
	struct town m;
	int64_t city;
	const char *currency;
	int64_t owner, shop, store, buyer, buyer2, carrier, recycler;
	int64_t next_key, next_ref;
	struct {
		struct ask ask;
		int64_t key;
	} sent[SENT];
	int sents;
};

struct tally {
	int64_t allowed, replayed, interleaved;
	int64_t refused[ERR_COUNT], so_refused; /* of these the model said how */
};

struct sim {
	struct trade t;
	struct home home[HOMES], *h; /* h: where something happens now */
	struct process process[PROCESSES];
	char dir[64], where[512];
	uint64_t seed, state;
	int64_t step, witness;
	struct calls outer, nested;
	int until_nested; /* calls of the clock before another process writes; -1: none does */
	struct tally tally;
	bool trace;
	char why[2000]; /* the difference; "" while there is none */
};

/* What a verb is about, which says who thinks of it and how its body is written. */
enum about {
	ABOUT_ORDER,
	ABOUT_ITEM,
	ABOUT_DEVICE,
	ABOUT_SALE,
	ABOUT_MONEY,
	ABOUT_SITE,
	ABOUT_EVIDENCE,
	ABOUT_RECOVERY
};
struct act {
	const char *type;
	int weight; /* how often it is thought of */
	enum about about;
	const char *answer; /* the member of the answer that has the new number; NULL: there is none */
};
extern const struct act acts[VERBS];

/* actors.c */
int64_t below(struct sim *s, int64_t n);
bool one_in(struct sim *s, int64_t n);
/* Of count, rather one of the newest. */
int newest(struct sim *s, int count);
/* The clock of a request that is being decided: now another process may write. */
int64_t clock_of_call(void *arg);

/* actors_ask.c: mostly something that is allowed now; or asked before, now again. */
struct ask ask_any(struct sim *s);
/* Anybody, with or without a link. */
struct ask somebody(struct sim *s);
void ask_again(struct sim *s, struct call *c);
void remember(struct sim *s, const struct call *c);

/* actors_body.c: requests as the programme gets them. A file of evidence, as base64. */
char *paper(struct cx *cx, int64_t n);
struct principal principal_of(const struct ask *a);
void make_batch(struct sim *s, struct calls *b, int process, struct home *h);

/* actors_recover.c */
void ask_recovery(struct sim *s, struct ask *a);
void body_of_recovery(struct sim *s, const struct ask *a, struct sb *sb);
void compare_recovery(struct sim *s);
/* What the model says of an account; false: it is none of recovery. */
bool balance_of_recovery(const struct town *m, int64_t account, int64_t *posted);

/* actors_compare.c: an answer, then everything that the books hold. The first difference is kept. */
void differs(struct sim *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void compare_call(struct sim *s, struct call *c);
/* Of one city. */
void compare_all(struct sim *s);
/* Runs a query of whole numbers; each row is given to `row` with as many columns, NONE for a NULL. */
void each_row(struct sim *s, const char *sql, int columns, void (*row)(struct sim *, const int64_t *));
void check_state(struct sim *s, const char *what, int64_t id, const char *have, const char *want);
#define CHECK_SAME(what, id, field, have, want)                                                    \
	do {                                                                                       \
		if ((have) != (want))                                                              \
			differs(s, "%s %lld: %s is %lld, the model says %lld", what, L(id), field, \
				L(have), L(want));                                                 \
	} while (0)
/* In SQL: what the accounts of these codes hold together. */
#define SUM_OF(code_from, code_to)                                                                 \
	"(SELECT COALESCE(SUM(posted), 0) FROM balance WHERE city = $1 AND account % 1024 >= "      \
	code_from " AND account % 1024 < " code_to ")"
/* Somebody wants to see a paper: who sees it, and is it the one that was added? */
void compare_sight(struct sim *s, const struct ask *who);

#endif
