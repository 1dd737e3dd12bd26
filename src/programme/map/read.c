/* read.c: what a map may hold. */
#include "programme/map/map.h"

static const struct json_limits limits = {MAP_BYTES_MAX, 12, 5 * MAP_POINTS_MAX + 20 * MAP_DISTRICTS_MAX};
enum { RING_LEAST = 4 };

/* Where the reader is, for messages. */
struct place {
	struct cx *cx;
	size_t feature;
	size_t polygon, ring;
	struct map_facts *facts;
};

static enum err wrong(const struct place *p, const char *what)
{
	return cx_fail(p->cx, ERR_INVALID, "features[%zu].geometry, polygon %zu, ring %zu: %s", p->feature,
		       p->polygon, p->ring, cx_say(p->cx, what));
}

static bool is_text(const struct json *v, const char *text)
{
	return v && v->type == JSON_TEXT && strcmp(v->text, text) == 0;
}

/* Every member of v is one of these names. */
static enum err check_names(struct cx *cx, const struct json *v, const char *where, const char *const *names)
{
	for (size_t i = 0; i < v->count; i++) {
		size_t k = 0;
		while (names[k] && strcmp(names[k], v->name[i]) != 0)
			k++;
		if (!names[k])
			return cx_fail(cx, ERR_INVALID, "%s: a map has no member \"%.40s\" there", where,
				       v->name[i]);
	}
	return ERR_OK;
}

static bool degrees(const struct json *v, double limit, double *out)
{
	if (v->type == JSON_INT)
		*out = (double)v->number;
	else if (v->type == JSON_REAL)
		*out = v->real;
	else
		return false;
	return *out >= -limit && *out <= limit;
}

static enum err read_position(const struct place *p, const struct json *v, double at[2])
{
	if (v->type != JSON_ARRAY || v->count != 2)
		return wrong(p, "a position is [longitude, latitude]");
	if (!degrees(v->item[0], 180, &at[0]) || !degrees(v->item[1], 90, &at[1]))
		return wrong(p, "a longitude is a number within 180 degrees, a latitude within 90");
	return ERR_OK;
}

static enum err read_ring(struct place *p, const struct json *v)
{
	double first[2] = {0, 0}, at[2] = {0, 0};

	if (v->type != JSON_ARRAY || v->count < RING_LEAST)
		return wrong(p, "a ring is a list of at least four positions");
	p->facts->points += (int64_t)v->count;
	if (p->facts->points > MAP_POINTS_MAX)
		return cx_fail(p->cx, ERR_TOO_LARGE, "features[%zu]: the map has more than %d points",
			       p->feature, MAP_POINTS_MAX);
	for (size_t i = 0; i < v->count; i++) {
		if (read_position(p, v->item[i], at))
			return p->cx->err;
		if (i == 0)
			memcpy(first, at, sizeof(first));
	}
	if (memcmp(first, at, sizeof(first)) != 0)
		return wrong(p, "a ring ends where it begins");
	return ERR_OK;
}

static enum err read_polygon(struct place *p, const struct json *v)
{
	if (v->type != JSON_ARRAY || v->count == 0)
		return wrong(p, "a polygon is a list of rings, the outer one first");
	for (p->ring = 0; p->ring < v->count; p->ring++)
		if (read_ring(p, v->item[p->ring]))
			return p->cx->err;
	return ERR_OK;
}

static enum err read_geometry(struct place *p, const struct json *v)
{
	static const char *const names[] = {"type", "coordinates", NULL};
	const struct json *c = json_get(v, "coordinates");
	bool many = is_text(json_get(v, "type"), "MultiPolygon");

	p->polygon = p->ring = 0;
	if (!v || v->type != JSON_OBJECT || !c || (!many && !is_text(json_get(v, "type"), "Polygon")))
		return wrong(p, "must be a Polygon or a MultiPolygon");
	if (check_names(p->cx, v, "geometry", names))
		return cx_prefix(p->cx, "features[%zu].", p->feature);
	if (!many)
		return read_polygon(p, c);
	if (c->type != JSON_ARRAY || c->count == 0)
		return wrong(p, "a MultiPolygon is a list of polygons");
	for (; p->polygon < c->count; p->polygon++)
		if (read_polygon(p, c->item[p->polygon]))
			return p->cx->err;
	return ERR_OK;
}

static bool named(const struct json *v, size_t max)
{
	return v && v->type == JSON_TEXT && v->len > 0 && v->len <= max;
}

static enum err read_properties(const struct place *p, const struct json *v)
{
	static const char *const names[] = {"code", "name", "name_zh", "population", NULL};
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	const struct json *code, *zh, *population;
	const char *what = NULL;

	if (!v || v->type != JSON_OBJECT)
		return cx_fail(p->cx, ERR_INVALID, "features[%zu].properties: code and name are needed",
			       p->feature);
	if (check_names(p->cx, v, "properties", names))
		return cx_prefix(p->cx, "features[%zu].", p->feature);
	code = json_get(v, "code");
	zh = json_get(v, "name_zh");
	population = json_get(v, "population");
	if (!named(code, MAP_CODE_MAX) || strspn(code->text, letters) != code->len)
		what = "code: 1 to 20 letters, digits, '.', '_' or '-'";
	else if (!named(json_get(v, "name"), MAP_NAME_MAX) || (zh && !named(zh, MAP_NAME_MAX)))
		what = "name, name_zh: a text of 1 to 100 bytes";
	else if (population && (population->type != JSON_INT || population->number < 0))
		what = "population: a whole number";
	return what ? cx_fail(p->cx, ERR_INVALID, "features[%zu].properties.%s", p->feature,
			      cx_say(p->cx, what)) :
		      ERR_OK;
}

static enum err check_unique(struct cx *cx, const struct json *features)
{
	for (size_t i = 1; i < features->count; i++) {
		const struct json *a = json_get(json_get(features->item[i], "properties"), "code");
		for (size_t k = 0; k < i; k++) {
			const struct json *b = json_get(json_get(features->item[k], "properties"), "code");
			if (strcmp(a->text, b->text) == 0)
				return cx_fail(cx, ERR_INVALID, "features[%zu].properties.code: \"%s\" is "
					       "there twice", i, a->text);
		}
	}
	return ERR_OK;
}

enum err map_read(struct cx *cx, const char *text, size_t n, struct map_facts *out)
{
	static const char *const map_names[] = {"type", "name", "note", "features", NULL};
	static const char *const feature_names[] = {"type", "properties", "geometry", NULL};
	struct map_facts facts = {0};
	struct place p = {.cx = cx, .facts = &facts};
	const struct json *features;
	struct json *v;

	if (n > MAP_BYTES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "a map has at most %d bytes", MAP_BYTES_MAX);
	if (json_parse(cx, text, n, &limits, &v))
		return cx->err;
	features = json_get(v, "features");
	if (!is_text(json_get(v, "type"), "FeatureCollection") || !features || features->type != JSON_ARRAY)
		return cx_fail(cx, ERR_INVALID, "a map is a GeoJSON FeatureCollection with features");
	if (check_names(cx, v, "map", map_names))
		return cx->err;
	if (features->count == 0 || features->count > MAP_DISTRICTS_MAX)
		return cx_fail(cx, features->count ? ERR_TOO_LARGE : ERR_INVALID,
			       "features: a map has 1 to %d districts", MAP_DISTRICTS_MAX);
	for (; p.feature < features->count; p.feature++) {
		const struct json *f = features->item[p.feature];
		if (f->type != JSON_OBJECT || !is_text(json_get(f, "type"), "Feature"))
			return cx_fail(cx, ERR_INVALID, "features[%zu]: must be a Feature", p.feature);
		if (check_names(cx, f, "feature", feature_names) ||
		    read_properties(&p, json_get(f, "properties")) ||
		    read_geometry(&p, json_get(f, "geometry")))
			return cx->err;
	}
	if (check_unique(cx, features))
		return cx->err;
	facts.districts = (int64_t)features->count;
	facts.json = v;
	*out = facts;
	return ERR_OK;
}
