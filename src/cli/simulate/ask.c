/* What the actors ask of the programme, collected by round. */
#include "cli/simulate/sim.h"
#include "codec/text.h"

enum err sim_failed(struct sim *s)
{
	if (!s->cx->err && s->work.err)
		cx_fail(s->cx, s->work.err, "%s", s->work.msg);
	return s->cx->err;
}

static enum err grow(struct sim *s)
{
	size_t cap = s->asks_cap ? s->asks_cap * 2 : 1024;
	struct door_action *ask;
	struct sim_asker *asker;

	if (cap > SIM_ASKS_MAX)
		return cx_fail(s->cx, ERR_TOO_LARGE, "more than %d actions in one round", SIM_ASKS_MAX);
	ask = cx_array(s->cx, cap, sizeof(*ask));
	asker = cx_array(s->cx, cap, sizeof(*asker));
	if (!ask || !asker)
		return s->cx->err;
	if (s->asks) {
		memcpy(ask, s->ask, s->asks * sizeof(*ask));
		memcpy(asker, s->asker, s->asks * sizeof(*asker));
	}
	s->ask = ask;
	s->asker = asker;
	s->asks_cap = cap;
	return ERR_OK;
}

/* An HTTP door wants a key; a simulated city's books do not show it. */
static const char *new_key(struct sim *s)
{
	return door_node(s->door) ? NULL : cx_printf(&s->work, "simulate-%lld", (long long)++s->keys);
}

static enum err add(struct sim *s, struct door_action a, answer_fn *done, void *arg)
{
	if (s->asks == s->asks_cap && grow(s))
		return s->cx->err;
	a.city = s->world.city;
	a.quiet = !done;
	a.key = new_key(s);
	if (s->work.err)
		return sim_failed(s);
	s->ask[s->asks] = a;
	s->asker[s->asks++] = (struct sim_asker){done, arg};
	return ERR_OK;
}

enum err sim_ask(struct sim *s, int64_t at_us, int64_t user, const char *type, struct json *body,
		 answer_fn *done, void *arg)
{
	return add(s,
		   (struct door_action){
			   .type = type, .body = body, .happened_us = at_us, .user = user},
		   done, arg);
}

enum err sim_ask_owner(struct sim *s, int64_t at_us, const char *link, const char *type, struct json *body,
		       answer_fn *done, void *arg)
{
	return add(s,
		   (struct door_action){
			   .type = type, .body = body, .happened_us = at_us, .order_link = link},
		   done, arg);
}

static enum err refused(struct sim *s, const struct door_action *a)
{
	struct json_writer w;
	struct sb sb;

	sb_init(&sb, &s->work, 1000);
	jw_init(&w, &sb, false);
	jw_value(&w, a->body);
	return cx_fail(s->cx, a->err, "day %lld of the simulation, %s: %s (asked with %.400s)",
		       (long long)(s->round / SIM_ROUNDS), a->type, a->msg ? a->msg : err_title(a->err),
		       sb.err ? "a long body" : sb.data);
}

/* --- doing --- */

/* The n-th action of a city is the n-th entry of its journal: those that are there already are read back. */
static enum err act(struct sim *s, struct door_action *list, size_t count)
{
	size_t there = 0;

	if (s->seq < s->recorded)
		there = s->recorded - s->seq < (int64_t)count ? (size_t)(s->recorded - s->seq) : count;
	if (there && door_recall(&s->work, s->door, s->seq, list, there))
		return sim_failed(s);
	if (there < count && door_act(&s->work, s->door, list + there, count - there))
		return sim_failed(s);
	for (size_t i = 0; i < count; i++)
		if (list[i].err)
			return refused(s, &list[i]);
	if (there && s->seq + (int64_t)count >= s->recorded)
		sim_tell_anew(s);
	s->seq += (int64_t)count;
	s->totals.actions += (int64_t)count;
	return sim_failed(s);
}

enum err sim_flush(struct sim *s)
{
	if (s->asks == 0)
		return ERR_OK;
	if (act(s, s->ask, s->asks))
		return s->cx->err;
	for (size_t i = 0; i < s->asks; i++) {
		const struct sim_asker *who = &s->asker[i];
		if (who->done && who->done(s, who->arg, s->ask[i].answer))
			return sim_failed(s);
	}
	s->asks = 0;
	return sim_failed(s);
}

enum err sim_do_all(struct sim *s, struct door_action *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		list[i].city = s->world.city;
		list[i].happened_us = s->start_us; /* in its books time is simulated too */
		list[i].key = new_key(s);
	}
	return s->work.err ? sim_failed(s) : act(s, list, count);
}

enum err sim_do(struct sim *s, int64_t city, int64_t user, const char *type, struct json *body,
		const struct json **answer)
{
	struct door_action a = {
		.city = city, .type = type, .body = body, .user = user, .happened_us = FIELD_NONE};

	if (city != 0) {
		if (sim_do_all(s, &a, 1))
			return s->cx->err;
	} else {
		if (s->work.err || door_act(&s->work, s->door, &a, 1))
			return sim_failed(s);
		if (a.err)
			return refused(s, &a);
		s->totals.actions++;
	}
	if (answer)
		*answer = a.answer;
	return ERR_OK;
}

enum err sim_get(struct sim *s, int64_t city, const char *view, struct json *params, const struct json **out)
{
	if (!params)
		params = body_new(&s->work);
	if (s->work.err || door_get(&s->work, s->door, city, view, params, out)) {
		cx_prefix(&s->work, "%s: ", view);
		return sim_failed(s);
	}
	return ERR_OK;
}

struct json *sim_body(struct sim *s, const char *name, int64_t id)
{
	struct json *o = body_new(&s->work);

	body_int(&s->work, o, name, id);
	return o;
}

const char *sim_digest(struct sim *s, struct prng *p)
{
	uint64_t word[4];
	char hex[DIGEST_HEX];

	for (int i = 0; i < 4; i++)
		word[i] = prng_next(p);
	for (int i = 0; i < 4; i++)
		snprintf(hex + 16 * i, sizeof(hex) - 16 * (size_t)i, "%016llx", (unsigned long long)word[i]);
	return cx_strdup(&s->work, hex);
}

enum err sim_checkpoint(struct sim *s, int64_t *size, char root[DIGEST_HEX])
{
	const char *note, *line, *end;
	unsigned char *bytes;
	size_t n;

	*size = 0;
	if (door_checkpoint(&s->work, s->door, s->world.city, &note)) {
		if (s->work.err != ERR_NOT_FOUND)
			return sim_failed(s);
		cx_clear(&s->work);
		return ERR_OK;
	}
	line = strchr(note, '\n');
	*size = line ? strtoll(line + 1, NULL, 10) : 0;
	line = line ? strchr(line + 1, '\n') : NULL;
	end = line ? strchr(line + 1, '\n') : NULL;
	if (!end)
		return cx_fail(s->cx, ERR_CORRUPT, "the checkpoint of city %lld is not well formed",
			       (long long)s->world.city);
	if (base64_decode(&s->work, line + 1, (size_t)(end - line - 1), &bytes, &n))
		return sim_failed(s);
	if (n != sizeof(struct digest))
		return cx_fail(s->cx, ERR_CORRUPT, "the checkpoint's root is not 32 bytes");
	hex_encode(root, bytes, n);
	return ERR_OK;
}
