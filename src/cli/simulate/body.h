/* body.h: JSON bodies of requests, built in place; they live as long as the context.
 *
 * A failed allocation is told by cx alone: NULL objects are let through, and sim_ask reports it.
 */
#ifndef RELODE_CLI_SIMULATE_BODY_H
#define RELODE_CLI_SIMULATE_BODY_H

#include "codec/json.h"
#include "kernel/field.h"

enum { BODY_MEMBERS_MAX = 20 };

struct json *body_new(struct cx *cx); /* an object of at most BODY_MEMBERS_MAX members */
struct json *body_list(struct cx *cx, size_t max);
/* name and text must live as long as the body. Absent values (FIELD_NONE, NULL) add nothing. */
void body_int(struct cx *cx, struct json *o, const char *name, int64_t value);
void body_text(struct cx *cx, struct json *o, const char *name, const char *text);
void body_bool(struct cx *cx, struct json *o, const char *name, bool value);
void body_at(struct json *o, const char *name, struct json *value);
void body_push(struct json *list, struct json *value);

/* Members of answers: FIELD_NONE, NULL or false when absent or of another type. */
int64_t got_int(const struct json *v, const char *name);
const char *got_text(const struct json *v, const char *name);
bool got_is(const struct json *v, const char *name, const char *text);
bool got_true(const struct json *v, const char *name);
/* The i-th of a list member, or NULL. */
const struct json *got_item(const struct json *v, const char *name, size_t i);
size_t got_count(const struct json *v, const char *name);

#endif
