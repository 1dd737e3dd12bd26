/* The rules in force: what owners can declare, how the bench shows what it finds, what a device is made
 * of. And the price list that a devices file needs, published for the time of the simulation. */
#include "cli/simulate/sim.h"

enum { RULE_BYTES_MAX = 900 * 1024 };

/* --- reading --- */

static enum err read_rule(struct sim *s, const char *kind, const char **text, struct json **out)
{
	struct json *params = body_new(&s->work);
	const struct json *answer;
	const char *body;

	body_text(&s->work, params, "kind", kind);
	body_text(&s->work, params, "name", "default");
	if (sim_get(s, 0, "rule.rule", params, &answer)) {
		if (s->cx->err == ERR_NOT_FOUND)
			cx_fail(s->cx, ERR_CONFLICT,
				"the programme has no %s; publish one (relode init does)", kind);
		return s->cx->err;
	}
	body = got_text(answer, "body");
	if (!body)
		return cx_fail(s->cx, ERR_CORRUPT, "the %s in force has no text", kind);
	body = cx_strdup(s->cx, body);
	if (!body || json_parse(s->cx, body, strlen(body), &json_limits_file, out))
		return s->cx->err;
	*text = body;
	return ERR_OK;
}

/* Is something with this list of categories for this one? */
static bool applies(const struct json *v, const char *category)
{
	size_t count = got_count(v, "categories");

	for (size_t i = 0; i < count; i++)
		if (got_is(got_item(v, "categories", i), "category", category))
			return true;
	return count == 0;
}

static const struct json *named(const struct json *v, const char *list, const char *code, size_t n)
{
	for (size_t i = 0; i < got_count(v, list); i++) {
		const struct json *item = got_item(v, list, i);
		const char *text = got_text(item, "code");
		if (text && strlen(text) == n && memcmp(text, code, n) == 0)
			return item;
	}
	return NULL;
}

/* "screen/cracked", if the rubric looks at that of this category. */
static bool show_mark(struct sim *s, const struct json *rubric, const char *category, const char *code,
		      struct sim_answer *a)
{
	size_t n = strcspn(code, "/");
	const struct json *o = named(rubric, "observations", code, n);

	if (!o || !code[n] || !applies(o, category))
		return false;
	a->part = cx_strndup(s->cx, code, n);
	a->severity = code + n + 1;
	return a->part != NULL;
}

static bool show_failure(const struct json *rubric, const char *category, const char *code,
			 struct sim_answer *a)
{
	const struct json *t = named(rubric, "tests", code, strlen(code));

	if (!t || !applies(t, category))
		return false;
	a->failed = code;
	return true;
}

/* What the bench reports so that a rubric's cause holds. */
static bool show_cause(struct sim *s, const struct json *rubric, const char *category,
		       const struct json *cause, struct sim_answer *a)
{
	for (size_t i = 0; i < got_count(cause, "observed"); i++)
		if (show_mark(s, rubric, category, got_text(got_item(cause, "observed", i), "code"), a))
			return true;
	for (size_t i = 0; i < got_count(cause, "failed"); i++)
		if (show_failure(rubric, category, got_text(got_item(cause, "failed", i), "code"), a))
			return true;
	return false;
}

static void read_shown(struct sim *s, const struct json *rubric, const char *category, struct sim_question *q)
{
	const struct json *by = NULL;

	for (size_t i = 0; i < got_count(rubric, "answers"); i++)
		if (got_is(got_item(rubric, "answers", i), "question", q->code))
			by = got_item(rubric, "answers", i);
	for (int k = 0; by && k < q->answers; k++) {
		struct sim_answer *a = &q->answer[k];
		a->shown = got_is(by, "otherwise", a->code);
		for (size_t i = 0; !a->shown && i < got_count(by, "causes"); i++) {
			const struct json *cause = got_item(by, "causes", i);
			if (got_is(cause, "answer", a->code))
				a->shown = show_cause(s, rubric, category, cause, a);
		}
	}
}

static int64_t or_0(int64_t v) { return v == FIELD_NONE ? 0 : v; }

static void read_questions(struct sim *s, const struct json *from, const struct json *rubric,
			   struct sim_category *c)
{
	for (size_t i = 0; i < got_count(from, "questions") && c->questions < SIM_QUESTIONS_MAX; i++) {
		const struct json *v = got_item(from, "questions", i);
		struct sim_question *q = &c->question[c->questions++];
		q->code = got_text(v, "code");
		for (size_t k = 0; k < got_count(v, "answers") && q->answers < SIM_ANSWERS_MAX; k++) {
			const struct json *a = got_item(v, "answers", k);
			q->answer[q->answers++] = (struct sim_answer){
				.code = got_text(a, "code"), .bp = or_0(got_int(a, "bp")),
				.refused = got_text(a, "refuse") != NULL};
		}
		read_shown(s, rubric, c->code, q);
	}
}

static int part_named(const struct sim_category *c, const char *code)
{
	for (int i = 0; code && i < c->parts; i++)
		if (strcmp(c->part[i].code, code) == 0)
			return i;
	return -1;
}

/* The city's money for 10,000 of a rule's; 0 when the rule has no rate for it. */
static int64_t rate_of(const struct sim *s, const struct json *rule)
{
	for (size_t i = 0; i < got_count(rule, "rates"); i++)
		if (got_is(got_item(rule, "rates", i), "currency", s->world.currency))
			return or_0(got_int(got_item(rule, "rates", i), "per_10000"));
	return 0;
}

static void read_recovery(const struct sim *s, const struct json *rule, struct sim_category *c)
{
	const struct json *from = NULL;
	int64_t rate = rate_of(s, rule);

	for (size_t i = 0; i < got_count(rule, "categories"); i++)
		if (got_is(got_item(rule, "categories", i), "category", c->code))
			from = got_item(rule, "categories", i);
	for (size_t i = 0; i < got_count(from, "repairs") && c->repairs < SIM_REPAIRS_MAX; i++) {
		const struct json *r = got_item(from, "repairs", i);
		c->repair[c->repairs++] = (struct sim_repair){
			got_text(r, "code"), or_0(got_int(r, "cost_minor")) * rate / 10000};
	}
	for (size_t i = 0; i < got_count(from, "components") && c->parts < SIM_PARTS_MAX; i++) {
		const struct json *v = got_item(from, "components", i);
		int parent = part_named(c, got_text(v, "parent"));
		c->part[c->parts++] = (struct sim_part){got_text(v, "code"), got_text(v, "fraction"),
							or_0(got_int(v, "share_bp")), parent};
	}
}

static void read_category(struct sim *s, const struct json *from, const struct json *rubric,
			  const struct json *recovery, struct sim_category *c)
{
	c->code = got_text(from, "category");
	c->battery = got_int(from, "battery_bp_per_point") != FIELD_NONE;
	for (size_t i = 0; i < got_count(rubric, "tests") && c->tests < SIM_TESTS_MAX; i++) {
		const struct json *t = got_item(rubric, "tests", i);
		if (applies(t, c->code))
			c->test[c->tests++] = got_text(t, "code");
	}
	read_questions(s, from, rubric, c);
	read_recovery(s, recovery, c);
}

static enum err check_rates(struct sim *s, const struct json *list, const struct json *recovery)
{
	s->rules.per_10000 = rate_of(s, list);
	if (s->rules.per_10000 > 0 && rate_of(s, recovery) > 0)
		return ERR_OK;
	return cx_fail(
		s->cx, ERR_CONFLICT,
		"the %s in force has no rate for %s, the city's currency; publish one that has",
		s->rules.per_10000 > 0 ? "recovery rule" : "price list", s->world.currency);
}

/* The highest base price that the list names, in the city's money. */
static int64_t dearest(const struct sim *s, const struct json *list)
{
	int64_t most = 0;

	for (size_t i = 0; i < got_count(list, "models"); i++) {
		int64_t base = or_0(got_int(got_item(list, "models", i), "base_minor"));
		most = base > most ? base : most;
	}
	for (size_t i = 0; i < got_count(list, "categories"); i++) {
		int64_t base = or_0(got_int(got_item(list, "categories", i), "launch_unknown_minor"));
		most = base > most ? base : most;
	}
	return most * s->rules.per_10000 / 10000;
}

enum err rules_read(struct sim *s)
{
	struct json *list, *rubric, *recovery;
	const char *text;

	if (read_rule(s, "rubric", &text, &rubric) || read_rule(s, "recovery", &text, &recovery) ||
	    read_rule(s, "price_list", &s->rules.price_list, &list) || check_rates(s, list, recovery))
		return s->cx->err;
	for (size_t i = 0; i < got_count(list, "categories") && s->rules.categories < SIM_CATEGORIES_MAX; i++)
		read_category(s, got_item(list, "categories", i), rubric, recovery,
			      &s->rules.category[s->rules.categories++]);
	s->rules.dearest_minor = dearest(s, list);
	if (s->cx->err)
		return s->cx->err;
	if (s->rules.categories == 0)
		return cx_fail(s->cx, ERR_CONFLICT, "the price list in force has no categories");
	return ERR_OK;
}

/* --- looking up --- */

int rules_category(const struct sim_rules *r, const char *code)
{
	for (int i = 0; i < r->categories; i++)
		if (strcmp(r->category[i].code, code) == 0)
			return i;
	return -1;
}

int rules_question(const struct sim_category *c, const char *code)
{
	for (int i = 0; i < c->questions; i++)
		if (strcmp(c->question[i].code, code) == 0)
			return i;
	return -1;
}

int rules_answer(const struct sim_question *q, const char *code)
{
	for (int i = 0; i < q->answers; i++)
		if (strcmp(q->answer[i].code, code) == 0)
			return i;
	return -1;
}

const char *rules_answers_text(struct sim *s, const struct sim_facts *f)
{
	const struct sim_category *c = &s->rules.category[f->category];
	struct sb sb;

	sb_init(&sb, &s->work, 1000);
	for (int i = 0; i < c->questions; i++)
		if (f->answer[i] > 0)
			sb_printf(&sb, "%s%s:%s", sb.len ? "," : "", c->question[i].code,
				  c->question[i].answer[f->answer[i]].code);
	return sb.len && !sb_end(&sb) ? sb.data : NULL;
}

/* --- the bench's findings --- */

static const char *failed_by(const struct sim_category *c, const struct sim_facts *f, const char *test)
{
	for (int i = 0; i < c->questions; i++) {
		const struct sim_answer *a = &c->question[i].answer[f->answer[i]];
		if (a->failed && strcmp(a->failed, test) == 0)
			return test;
	}
	return NULL;
}

void rules_found(struct sim *s, const struct sim_facts *f, struct json *body)
{
	const struct sim_category *c = &s->rules.category[f->category];
	struct json *tests = body_list(&s->work, SIM_TESTS_MAX),
		    *marks = body_list(&s->work, SIM_QUESTIONS_MAX);

	for (int i = 0; i < c->tests; i++) {
		struct json *t = body_new(&s->work);
		body_text(&s->work, t, "test", c->test[i]);
		body_text(&s->work, t, "result", failed_by(c, f, c->test[i]) ? "fail" : "pass");
		body_push(tests, t);
	}
	for (int i = 0; i < c->questions; i++) {
		const struct sim_answer *a = &c->question[i].answer[f->answer[i]];
		struct json *m = a->part ? body_new(&s->work) : NULL;
		if (!m)
			continue;
		body_text(&s->work, m, "part", a->part);
		body_text(&s->work, m, "severity", a->severity);
		body_push(marks, m);
	}
	body_at(body, "tests", tests);
	body_at(body, "marks", marks);
}

/* --- the price list of the simulation --- */

static int64_t in_list_money(const struct sim *s, int64_t minor)
{
	return minor * 10000 / s->rules.per_10000;
}

static void write_base(struct sim *s, struct json_writer *w, const struct sim_model *m, int64_t storage_gb,
		       int64_t base_minor, bool changed)
{
	int64_t base = in_list_money(s, base_minor);

	jw_object(w);
	jw_text_at(w, "brand", m->brand);
	jw_text_at(w, "name", m->name);
	if (storage_gb != FIELD_NONE)
		jw_int_at(w, "storage_gb", storage_gb);
	jw_int_at(w, "base_minor", changed ? base * PLAN_PRICE_FALL / 10000 : base);
	jw_object_end(w);
}

static void write_old_model(struct json_writer *w, const struct json *m, bool changed)
{
	jw_object(w);
	for (size_t i = 0; i < m->count; i++) {
		jw_name(w, m->name[i]);
		if (changed && strcmp(m->name[i], "base_minor") == 0 && m->item[i]->type == JSON_INT)
			jw_int(w, m->item[i]->number * PLAN_PRICE_FALL / 10000);
		else
			jw_value(w, m->item[i]);
	}
	jw_object_end(w);
}

static void write_models(struct sim *s, struct json_writer *w, const struct json *list, bool changed)
{
	const struct sim_devices *d = &s->devices;

	jw_array(w);
	for (size_t i = 0; i < d->bases; i++) {
		const struct sim_base *b = &d->base[i];
		write_base(s, w, &d->model[b->model], b->storage_gb, b->base_minor, changed);
	}
	for (size_t i = 0; i < d->models; i++)
		if (d->model[i].base_minor != FIELD_NONE)
			write_base(s, w, &d->model[i], FIELD_NONE, d->model[i].base_minor, changed);
	for (size_t i = 0; i < got_count(list, "models"); i++)
		write_old_model(w, got_item(list, "models", i), changed);
	jw_array_end(w);
}

static enum err write_list(struct sim *s, const struct json *list, bool changed, const char **out)
{
	struct json_writer w;
	bool models = false;
	struct sb sb;

	sb_init(&sb, &s->work, RULE_BYTES_MAX);
	jw_init(&w, &sb, false);
	jw_object(&w);
	for (size_t i = 0; i < list->count; i++) {
		jw_name(&w, list->name[i]);
		if (strcmp(list->name[i], "title") == 0) {
			jw_text(&w, cx_printf(&s->work, "%.400s (city %lld%s)", list->item[i]->text,
					      (long long)s->world.city, changed ? ", changed" : ""));
		} else if (strcmp(list->name[i], "models") == 0) {
			models = true;
			write_models(s, &w, list, changed);
		} else {
			jw_value(&w, list->item[i]);
		}
	}
	if (!models) {
		jw_name(&w, "models");
		write_models(s, &w, list, changed);
	}
	jw_object_end(&w);
	if (sb_end(&sb))
		return sim_failed(s);
	*out = sb.data;
	return ERR_OK;
}

static struct json *publication(struct sim *s, const char *text)
{
	struct json *o = body_new(&s->work);

	body_text(&s->work, o, "kind", "price_list");
	body_text(&s->work, o, "name", "default");
	body_text(&s->work, o, "body", text);
	return o;
}

enum err rules_publish(struct sim *s, bool changed)
{
	struct json *list;
	const char *text = NULL;

	if (json_parse(&s->work, s->rules.price_list, strlen(s->rules.price_list), &json_limits_file, &list))
		return sim_failed(s);
	if (write_list(s, list, changed, &text))
		return s->cx->err;
	s->rules.published = true;
	return sim_do(s, 0, s->world.admin, "rule.publish", publication(s, text), NULL);
}

/* The list as it was; what fails here does not hide why the simulation ended. */
void rules_restore(struct sim *s)
{
	struct door_action a = {.type = "rule.publish", .user = s->world.admin, .happened_us = FIELD_NONE};

	if (!s->rules.published)
		return;
	s->asks = 0;
	cx_reset(&s->work);
	s->work.stop = NULL;
	a.body = publication(s, s->rules.price_list);
	if (door_act(&s->work, s->door, &a, 1) || a.err)
		fprintf(stderr,
			"relode: the price list \"default\" as it was could not be published again: %s\n",
			s->work.msg);
	cx_clear(&s->work);
}
