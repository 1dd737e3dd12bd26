/* Devices under the rules in force: those of a file find their category, or devices are drawn; and the
 * catalogue's models for both. */
#include "cli/simulate/sim.h"

enum { LIST_PART = 1000, LIST_NAME_MAX = 60, MODELS_DRAWN_MAX = 400 };

/* --- drawn --- */

/* Shares of categories and ages: assumptions. Published is the whole alone: of more than 23 million products
 * in 2020 about 225,000 were dismantled, 36.1 t, so 1 % of 0.16 kg each (JD corporate blog 2021-12-08; the
 * mass is computed): phones above all. A city that is played for itself takes in more of the others, old
 * appliances too; which devices are dismantled, the rule of recovery says. The weights of a year are chosen
 * so that it comes to about that 1 %. */
static const struct kind {
	const char *category;
	int64_t weight, year_weight;
	int64_t age_low, age_high; /* months */
	int64_t storage[5];
} kinds[] = {
	{"phone", 7000, 8800, 4, 60, {64, 128, 256, 512}},
	{"tablet", 800, 500, 6, 72, {32, 64, 128, 256}},
	{"laptop", 900, 350, 12, 72, {128, 256, 512, 1024}},
	{"watch", 350, 200, 4, 48, {8, 16, 32}},
	{"desktop", 100, 20, 12, 84, {256, 512, 1024}},
	{"monitor", 100, 10, 12, 84, {0}},
	{"tv", 200, 10, 12, 84, {0}},
	{"washing_machine", 120, 5, 24, 144, {0}},
	{"fridge", 120, 5, 24, 156, {0}},
	{"air_conditioner", 100, 5, 24, 144, {0}},
	{"console", 100, 50, 12, 72, {512, 1024}},
	{"camera", 80, 40, 12, 84, {0}},
	{"printer", 30, 5, 12, 84, {0}},
};

/* A kind as it is drawn: its weight under the price list in force, the catalogue's models of it. */
struct sim_draw {
	struct {
		int64_t weight;
		int category, models;
		int *model;
	} kind[ARRAY_LEN(kinds)];
	int64_t all; /* weights */
};

static int draw_kind(struct sim *s)
{
	const struct sim_draw *d = s->draw;
	int64_t at = prng_below(&s->draws, d->all);
	int i = 0;

	while ((at -= d->kind[i].weight) >= 0)
		i++;
	return i;
}

static void draw_answers(struct sim *s, const struct sim_category *c, struct sim_facts *f)
{
	for (int i = 0; i < c->questions; i++) {
		const struct sim_question *q = &c->question[i];
		int a = prng_chance(&s->draws, 1800) ? (int)prng_below(&s->draws, q->answers) : 0;
		bool heavy = q->answer[a].bp < -2500 &&
			     prng_chance(&s->draws, 9000); /* most of these never come */
		f->answer[i] = q->answer[a].refused || heavy ? 0 : (signed char)a;
	}
}

void devices_draw(struct sim *s, struct sim_device *out)
{
	int at = draw_kind(s), sizes = 0, models = s->draw->kind[at].models;
	const struct kind *k = &kinds[at];
	struct sim_facts *f = &out->said;

	*out = (struct sim_device){
		.model = models ? s->draw->kind[at].model[prng_below(&s->draws, models)] : -1,
		.asking_minor = FIELD_NONE};
	f->category = s->draw->kind[at].category;
	f->age_months = prng_between(&s->draws, k->age_low, k->age_high);
	f->storage_gb = f->battery_percent = FIELD_NONE;
	while (k->storage[sizes])
		sizes++;
	if (sizes)
		f->storage_gb = k->storage[prng_below(&s->draws, sizes)];
	if (s->rules.category[f->category].battery && prng_chance(&s->draws, 7500))
		f->battery_percent = prng_between(&s->draws, 68, 100);
	out->locked = prng_chance(&s->draws, PLAN_LOCKED);
	draw_answers(s, &s->rules.category[f->category], f);
}

/* The price list's models that the catalogue knows too. */
static enum err find_model(struct sim *s, const char *brand, const char *name)
{
	struct sim_devices *d = &s->devices;
	struct json *params = body_new(&s->work);
	const struct json *answer;

	body_text(&s->work, params, "q", cx_printf(&s->work, "%s %s", brand, name));
	if (sim_get(s, 0, "catalogue.search", params, &answer))
		return s->cx->err;
	for (size_t i = 0; i < got_count(answer, "items"); i++) {
		const struct json *m = got_item(answer, "items", i);
		if (!got_is(m, "brand", brand) || !got_is(m, "name", name))
			continue;
		d->model[d->models++] = (struct sim_model){
			.brand = cx_strdup(s->cx, brand), .name = cx_strdup(s->cx, name),
			.category = cx_strdup(s->cx, got_text(m, "category")), .model = got_int(m, "model"),
			.base_minor = FIELD_NONE};
		return s->cx->err;
	}
	return ERR_OK;
}

static enum err find_models(struct sim *s)
{
	struct json *list;

	s->devices.model = cx_array(s->cx, MODELS_DRAWN_MAX, sizeof(*s->devices.model));
	if (!s->devices.model ||
	    json_parse(s->cx, s->rules.price_list, strlen(s->rules.price_list), &json_limits_file, &list))
		return s->cx->err;
	for (size_t i = 0; i < got_count(list, "models") && s->devices.models < MODELS_DRAWN_MAX; i++) {
		const struct json *m = got_item(list, "models", i);
		if (find_model(s, got_text(m, "brand"), got_text(m, "name")))
			return s->cx->err;
	}
	return ERR_OK;
}

static enum err begin_drawing(struct sim *s)
{
	struct sim_draw *d = CX_NEW(s->cx, struct sim_draw);

	if (!d || find_models(s))
		return s->cx->err;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		d->kind[i].category = rules_category(&s->rules, kinds[i].category);
		if (d->kind[i].category >= 0)
			d->kind[i].weight = s->year ? kinds[i].year_weight : kinds[i].weight;
		d->all += d->kind[i].weight;
		d->kind[i].model = cx_array(s->cx, s->devices.models, sizeof(int));
		if (!d->kind[i].model)
			return s->cx->err;
		for (size_t m = 0; m < s->devices.models; m++)
			if (strcmp(s->devices.model[m].category, kinds[i].category) == 0)
				d->kind[i].model[d->kind[i].models++] = (int)m;
	}
	if (d->all == 0)
		return cx_fail(s->cx, ERR_CONFLICT,
			       "the price list in force has none of the categories that are "
			       "drawn; give a file of devices with --devices");
	s->draw = d;
	return ERR_OK;
}

/* --- of a file --- */

static enum err place_row(struct sim *s, struct sim_device *x)
{
	const char *category = x->model >= 0 ? s->devices.model[x->model].category : "phone";
	const struct sim_category *c;

	x->said.category = rules_category(&s->rules, category);
	if (x->said.category < 0)
		return cx_fail(s->cx, ERR_INVALID, "%s: the price list in force has no category \"%.40s\"",
			       s->devices.file, category);
	c = &s->rules.category[x->said.category];
	if (!c->battery)
		x->said.battery_percent = FIELD_NONE;
	devices_words(c, x->words, &x->said);
	return ERR_OK;
}

enum err devices_place(struct sim *s)
{
	if (!s->devices.file && begin_drawing(s))
		return s->cx->err;
	if (s->devices.file && s->count < (int64_t)s->devices.devices)
		s->devices.devices = (size_t)s->count;
	for (size_t i = 0; s->devices.file && i < s->devices.devices; i++)
		if (place_row(s, &s->devices.device[i]))
			return s->cx->err;
	return ERR_OK;
}

/* --- a file's models in the catalogue --- */

static char *list_name(struct sim *s)
{
	char *name = cx_strndup(s->cx, s->devices.file, LIST_NAME_MAX);

	for (char *p = name; p && *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
		      strchr("._-", *p)))
			*p = '-';
	return name;
}

/* The entry of the list's first part, when this version of it is there already. */
static enum err find_list(struct sim *s, const char *name, int64_t *first_seq)
{
	const struct json *answer;

	*first_seq = FIELD_NONE;
	if (sim_get(s, 0, "catalogue.lists", NULL, &answer))
		return s->cx->err;
	for (size_t i = 0; i < got_count(answer, "items"); i++) {
		const struct json *l = got_item(answer, "items", i);
		if (got_is(l, "list", name) && got_is(l, "version", s->devices.version))
			*first_seq = got_int(l, "first_seq");
	}
	return ERR_OK;
}

static struct json *part(struct sim *s, const char *name, size_t from, size_t count, size_t number,
			 size_t parts)
{
	struct json *body = body_new(&s->work), *items = body_list(&s->work, count);

	for (size_t i = from; i < from + count; i++) {
		const struct sim_model *m = &s->devices.model[i];
		struct json *row = body_new(&s->work);
		body_text(&s->work, row, "brand", m->brand);
		body_text(&s->work, row, "name", m->name);
		body_text(&s->work, row, "category", m->category);
		body_text(&s->work, row, "source", s->devices.file);
		body_push(items, row);
	}
	body_text(&s->work, body, "list", name);
	body_text(&s->work, body, "version", s->devices.version);
	body_int(&s->work, body, "part", (int64_t)number);
	body_int(&s->work, body, "parts", (int64_t)parts);
	body_at(body, "items", items);
	return body;
}

/* Ids of models: the entry that loaded the row, and its number there (catalogue.h). */
static void number_models(struct sim *s, size_t from, size_t count, int64_t seq)
{
	for (size_t i = 0; i < count; i++)
		s->devices.model[from + i].model = seq << 20 | (int64_t)(i + 1);
}

enum err devices_load_models(struct sim *s)
{
	size_t models = s->devices.models, parts = (models + LIST_PART - 1) / LIST_PART;
	const struct json *answer;
	int64_t first_seq, seq;
	char *name;

	if (!s->devices.file || models == 0)
		return ERR_OK;
	name = list_name(s);
	if (!name || find_list(s, name, &first_seq))
		return s->cx->err;
	for (size_t p = 0; p < parts; p++) {
		size_t from = p * LIST_PART, count = models - from > LIST_PART ? LIST_PART : models - from;
		if (first_seq != FIELD_NONE && parts == 1) {
			seq = first_seq;
		} else {
			if (sim_do(s, 0, s->world.admin, "catalogue.models",
				   part(s, name, from, count, p + 1, parts), &answer))
				return s->cx->err;
			seq = got_int(answer, "seq");
		}
		number_models(s, from, count, seq);
	}
	return ERR_OK;
}
