#include "programme/map/map.h"

#include "codec/hash.h"

struct map_text { /* table district_map */
	int64_t city, seq, n;
	const char *body;
	struct bytes digest;
};
static const struct field text_fields[] = {
	F_ID(struct map_text, city, COLUMN | REQ, "city"),
	F_INT(struct map_text, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "the entry that published it"),
	F_INT(struct map_text, n, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "its number there"),
	F_TEXT(struct map_text, body, COLUMN | REQ | HIDE, 2, MAP_BYTES_MAX, "the map, GeoJSON"),
	F_HEX(struct map_text, digest, COLUMN | REQ, 32, "SHA-256 of the body: the version"),
	F_END};
static struct table district_map_table = {.name = "district_map", .kind = TABLE_REFERENCE,
					  .fields = text_fields, .size = sizeof(struct map_text), .keys = 3,
					  .doc = "published versions of a city's map of districts"};

struct map_now {
	int64_t city, seq, n;
	struct bytes digest;
	int64_t districts, points;
};
static const struct field now_fields[] = {
	F_ID(struct map_now, city, COLUMN | REQ, "city"),
	F_INT(struct map_now, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "the entry that published it"),
	F_INT(struct map_now, n, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "its number there"),
	F_HEX(struct map_now, digest, COLUMN | REQ, 32, "the newest version"),
	F_INT(struct map_now, districts, COLUMN | REQ, 1, MAP_DISTRICTS_MAX, NULL, "districts"),
	F_INT(struct map_now, points, COLUMN | REQ, 4, MAP_POINTS_MAX, NULL, "points of their outlines"),
	F_END};
static struct table district_map_now_table = {.name = "district_map_now", .kind = TABLE_STATE,
					      .fields = now_fields, .size = sizeof(struct map_now), .keys = 1,
					      .doc = "the map in force"};

/* --- map.publish --- */

struct map_publish {
	const char *body;
	struct bytes digest;
	int64_t n, districts, points;
};
static const struct field publish_fields[] = {
	F_TEXT(struct map_publish, body, IN | REQ, 2, MAP_BYTES_MAX,
	       "GeoJSON text: a FeatureCollection of Polygons and MultiPolygons, each with code and name, "
	       "and if wanted name_zh and population"),
	F_HEX(struct map_publish, digest, DERIVED | REQ, 32, "SHA-256 of the body: the version"),
	F_INT(struct map_publish, n, LOG | REQ, 0, JSON_INT_MAX, NULL, "number of the row in this entry"),
	F_INT(struct map_publish, districts, DERIVED | REQ, 1, MAP_DISTRICTS_MAX, NULL, "districts"),
	F_INT(struct map_publish, points, DERIVED | REQ, 4, MAP_POINTS_MAX, NULL, "points of their outlines"),
	F_END};

static enum err publish_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct map_publish *rec = record;
	struct map_text row = {.body = rec->body};
	struct map_now key = {.city = tx_city(tx)};
	struct map_facts facts;
	struct digest digest = sha256(rec->body, strlen(rec->body));
	const void *now;

	if (tx_check_org(cx, tx, 0))
		return cx->err;
	if (tx_city(tx) == 0)
		return cx_fail(cx, ERR_INVALID, "a map is published in its own city");
	if (map_read(cx, rec->body, strlen(rec->body), &facts))
		return cx_prefix(cx, "body: ");
	row.digest = (struct bytes){cx_memdup(cx, digest.byte, 32), 32};
	if (!row.digest.p || tx_find(cx, tx, &district_map_now_table, &key, &now))
		return cx->err;
	if (now && memcmp(((const struct map_now *)now)->digest.p, row.digest.p, 32) == 0)
		return cx_fail(cx, ERR_CONFLICT, "exactly this map is in force already");
	rec->digest = row.digest;
	rec->districts = facts.districts;
	rec->points = facts.points;
	return tx_write_once(cx, tx, &district_map_table, &row, &rec->n);
}

static enum err publish_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *record)
{
	const struct map_publish *rec = record;
	const struct map_now row = {.city = e->city, .seq = e->seq, .n = rec->n, .digest = rec->digest,
				    .districts = rec->districts, .points = rec->points};

	return tx_put(cx, tx, &district_map_now_table, &row);
}

/* --- map.map --- */

struct shown {
	int64_t seq, districts, points;
	struct bytes digest;
	const char *map;
};
static const struct field shown_fields[] = {
	F_INT(struct shown, seq, OUT | REQ, 0, JSON_INT_MAX, NULL, "the entry that published it"),
	F_HEX(struct shown, digest, OUT | REQ, 32, "the version"),
	F_INT(struct shown, districts, OUT | REQ, 1, MAP_DISTRICTS_MAX, NULL, "districts"),
	F_INT(struct shown, points, OUT | REQ, 4, MAP_POINTS_MAX, NULL, "points of their outlines"),
	F_JSON(struct shown, map, OUT, MAP_BYTES_MAX,
	       "in the answer: the object that was published, a GeoJSON FeatureCollection"),
	F_END};

static enum err view_map(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	struct map_facts facts;
	const struct map_now *now;
	const struct map_text *text;
	const void *row;

	(void)params;
	if (reader_find(cx, r, &district_map_now_table, &(struct map_now){.city = r->city}, &row))
		return cx->err;
	now = row;
	if (!now)
		return cx_fail(cx, ERR_NOT_FOUND, "city %lld has published no map; publish one with "
			       "map.publish", (long long)r->city);
	if (reader_find(cx, r, &district_map_table,
			&(struct map_text){.city = r->city, .seq = now->seq, .n = now->n}, &row))
		return cx->err;
	text = row;
	if (!text)
		return cx_fail(cx, ERR_CORRUPT, "the text of the map of city %lld is missing",
			       (long long)r->city);
	if (map_read(cx, text->body, strlen(text->body), &facts))
		return cx->err;
	field_write(w, shown_fields, OUT, &(struct shown){now->seq, now->districts, now->points, now->digest,
							  .map = NULL});
	jw_name(w, "map");
	jw_value(w, facts.json);
	return ERR_OK;
}

static struct table *const tables[] = {&district_map_table, &district_map_now_table, NULL};
static const struct action actions[] = {
	{.type = "map.publish",
	 .v = 1,
	 .method = "POST",
	 .path = "/v1/cities/{city}/map",
	 .roles = ROLE_ADMIN | ROLE_SYSTEM,
	 .fields = publish_fields,
	 .size = sizeof(struct map_publish),
	 .decide = publish_decide,
	 .apply = publish_apply,
	 .doc = "Publishes the city's map of districts, in force from now on."},
	{.type = NULL}};
static const struct view views[] = {
	{.name = "map.map",
	 .path = "/v1/cities/{city}/map",
	 .roles = ~0u,
	 .fields = shown_fields,
	 .run = view_map,
	 .doc = "The city's map of districts, as GeoJSON."},
	{.name = NULL}};

const struct feature map_feature = {.name = "map", .tables = tables, .actions = actions, .views = views};
