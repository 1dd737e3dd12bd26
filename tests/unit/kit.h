/* kit.h: a programme for tests: city 0 and a simulated city 1, acted upon through JSON. In memory on
 * SQLite; with RELODE_KIT_PG=1 in a schema of its own on the server that RELODE_TEST_PG names.
 *
 * Every function fails the running cmocka test with the program's own message when it does not go as
 * asked. The clock starts at KIT_START and stands still until kit_at moves it.
 */
#ifndef RELODE_TESTS_KIT_H
#define RELODE_TESTS_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/json.h"
#include "kernel/audit.h"
#include "kernel/keys.h"
#include "kernel/writer.h"
#include "programme/programme.h"

#define KIT_START INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */
#define DAY_US INT64_C(86400000000)
enum { KIT_CITIES = 4, KIT_GENERATION = 8 }; /* of idempotency keys: small, so that tests see them move */

struct kit {
	struct cx cx; /* lives as long as the kit: results are allocated here */
	struct db *db;
	struct keys *keys;
	struct domain domain;
	struct writer *writer[KIT_CITIES];
	struct principal who; /* all roles of the programme's staff */
	int64_t now_us;
	char dir[64];         /* a temporary directory: the key store, evidence */
	char scratch[512];    /* PostgreSQL: the address of this kit's schema; else empty */
};

/* Where kit_open puts the next programme; a test may say it itself. */
extern enum kit_place { KIT_AS_ASKED, KIT_ON_SQLITE, KIT_ON_POSTGRESQL } kit_place;

/* What runs the requests of kit_act and kit_act_key in writer_run's place, when a test puts something here,
 * to run each several times. It reads q again from body before each, in the context of q that it likes, and
 * leaves q as it was done in the end. */
extern void (*kit_runs)(struct kit *k, struct writer *w, const struct json *body, struct request *q);

/* kit_open_at takes a path or a PostgreSQL URI, which stay the caller's to remove. */
void kit_open(struct kit *k);
void kit_open_at(struct kit *k, const char *where);
/* Opens city 2, which is not simulated: its clock is the kit's, and it remembers idempotency keys. */
void kit_open_real(struct kit *k);
void kit_close(struct kit *k);

void kit_as(struct kit *k, struct principal who);
void kit_staff(struct kit *k); /* back to all roles of the programme */
void kit_at(struct kit *k, int64_t us);

/* body: JSON, formatted like printf. The answer is an object. */
const struct json *kit_act(struct kit *k, int64_t city, const char *type, const char *body, ...)
	PRINTF_LIKE(4, 5);
/* As kit_act, but it may be refused: then k->cx says why. */
enum err kit_try(struct kit *k, int64_t city, const char *type, const struct json **answer,
		 const char *body, ...) PRINTF_LIKE(5, 6);
/* As kit_act with an Idempotency-Key. */
const struct json *kit_act_key(struct kit *k, int64_t city, const char *type, const char *key,
			       const char *body, ...) PRINTF_LIKE(5, 6);
/* The action is refused with this error and words, and nothing has changed: size of the log, root,
 * balances. */
void kit_refuse(struct kit *k, int64_t city, const char *type, enum err want, const char *words,
		const char *body, ...) PRINTF_LIKE(6, 7);
/* A digest of everything that a refused action must leave alone. */
struct digest kit_fingerprint(struct kit *k);
/* The view's answer. params: JSON of its parameters. */
const struct json *kit_get(struct kit *k, int64_t city, const char *view, const char *params, ...)
	PRINTF_LIKE(4, 5);
void kit_get_refused(struct kit *k, int64_t city, const char *view, enum err want, const char *words,
		     const char *params, ...) PRINTF_LIKE(6, 7);
/* An integer, or a text, of an answer; "a.b" goes down, "items.0.id" into arrays. */
int64_t kit_int(const struct json *v, const char *path);
const char *kit_text(const struct json *v, const char *path);
/* posted of an account ("money_owner/17") in a unit. */
int64_t kit_balance(struct kit *k, int64_t city, const char *account, const char *unit);
/* A reader as the kit's caller, for calling C functions of views. */
struct reader kit_reader(struct kit *k, int64_t city);

/* The books hold. */
void kit_audit(struct kit *k);
/* The audit finds something of this invariant (0: any) whose text has the words. */
void kit_audit_finds(struct kit *k, int invariant, const char *words);

#endif
