/* A city's map of districts: what is accepted, what is refused and where, versions, and who sees it. */
#include "base/file.h"
#include "kit.h"
#include "programme/map/map.h"

#define RING "[[0,0],[1,0],[1,1.5],[0,0]]"
#define GEOMETRY "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[" RING "]}"
#define FEATURE(code, more, geometry) \
	"{\"type\":\"Feature\",\"properties\":{\"code\":\"" code "\",\"name\":\"A\"" more "}," geometry "}"
#define MAP(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"
#define COORDINATES(type, c) FEATURE("a", "", "\"geometry\":{\"type\":\"" type "\",\"coordinates\":" c "}")

static const struct {
	const char *map, *words;
} refused[] = {
	{"[]", "FeatureCollection"},
	{"{\"type\":\"FeatureCollection\"}", "with features"},
	{MAP(""), "1 to 500"},
	{"{\"type\":\"FeatureCollection\",\"features\":[],\"crs\":1}", "no member \"crs\""},
	{MAP("1"), "features[0]: must be a Feature"},
	{MAP(FEATURE("a", ",\"owner\":\"Li\"", GEOMETRY)),
	 "features[0].properties: a map has no member \"owner\""},
	{MAP(FEATURE("", "", GEOMETRY)), "code: 1 to 20"},
	{MAP(FEATURE("a b", "", GEOMETRY)), "code: 1 to 20"},
	{MAP(FEATURE("a", ",\"name_zh\":\"\"", GEOMETRY)), "name_zh"},
	{MAP(FEATURE("a", ",\"population\":-1", GEOMETRY)), "population"},
	{MAP(FEATURE("a", ",\"population\":1.5", GEOMETRY)), "population"},
	{MAP(FEATURE("a", "", GEOMETRY) "," FEATURE("a", "", GEOMETRY)), "\"a\" is there twice"},
	{MAP(COORDINATES("Point", "[1,2]")), "must be a Polygon"},
	{MAP(COORDINATES("Polygon", "[]")), "list of rings"},
	{MAP(COORDINATES("Polygon", "[[[0,0],[1,0],[0,0]]]")), "at least four"},
	{MAP(COORDINATES("Polygon", "[[[0,0],[1,0],[1,1],[0,1]]]")), "ends where it begins"},
	{MAP(COORDINATES("Polygon", "[[[0,0],[1,0,5],[1,1],[0,0]]]")), "[longitude, latitude]"},
	{MAP(COORDINATES("Polygon", "[[[0,0],[180.1,0],[1,1],[0,0]]]")), "within 180"},
	{MAP(COORDINATES("Polygon", "[[[0,0],[1,-91],[1,1],[0,0]]]")), "within 90"},
	{MAP(COORDINATES("Polygon", "[[[0,0],[\"1\",0],[1,1],[0,0]]]")), "within 180"},
	{MAP(COORDINATES("MultiPolygon", "[" RING "]")), "polygon 0, ring 0"},
	{MAP(FEATURE("a", "", "\"geometry\":null")), "must be a Polygon"},
};

static enum err reads(struct cx *cx, const char *text, struct map_facts *out)
{
	cx_clear(cx);
	return map_read(cx, text, strlen(text), out);
}

static void what_a_map_may_hold(void **state)
{
	struct map_facts facts;
	struct cx cx;

	(void)state;
	cx_init(&cx, (size_t)64 << 20);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		enum err err = reads(&cx, refused[i].map, &facts);
		if ((err != ERR_INVALID && err != ERR_INPUT) || !strstr(cx.msg, refused[i].words))
			fail_msg("%s: %s", refused[i].map, cx.msg);
	}
	assert_int_equal(reads(&cx, MAP(FEATURE("a", "", GEOMETRY) "," FEATURE("b", "", GEOMETRY)), &facts),
			 ERR_OK);
	assert_int_equal(facts.districts, 2);
	assert_int_equal(facts.points, 8);
	assert_int_equal(
		reads(&cx, MAP(COORDINATES("MultiPolygon", "[[" RING "," RING "],[" RING "]]")), &facts),
		ERR_OK);
	assert_int_equal(facts.points, 12);
	cx_done(&cx);
}

/* So many districts of so many points each. */
static char *large(struct cx *cx, int districts, int points)
{
	struct sb sb;

	sb_init(&sb, cx, 8 << 20);
	sb_str(&sb, "{\"type\":\"FeatureCollection\",\"features\":[");
	for (int d = 0; d < districts; d++) {
		sb_printf(&sb, "%s{\"type\":\"Feature\",\"properties\":{\"code\":\"%d\",\"name\":\"A\"},"
			  "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0]", d ? "," : "", d);
		for (int i = 2; i < points; i++)
			sb_printf(&sb, ",[%d,1]", i % 90);
		sb_str(&sb, ",[0,0]]]}}");
	}
	sb_str(&sb, "]}");
	assert_int_equal(sb_end(&sb), ERR_OK);
	return sb.data;
}

static void a_map_is_bounded(void **state)
{
	struct map_facts facts;
	struct cx cx;

	(void)state;
	cx_init(&cx, (size_t)256 << 20);
	assert_int_equal(reads(&cx, large(&cx, MAP_DISTRICTS_MAX, 40), &facts), ERR_OK);
	assert_int_equal(facts.points, MAP_POINTS_MAX);
	assert_int_equal(reads(&cx, large(&cx, MAP_DISTRICTS_MAX, 41), &facts), ERR_TOO_LARGE);
	assert_int_equal(reads(&cx, large(&cx, MAP_DISTRICTS_MAX + 1, 4), &facts), ERR_TOO_LARGE);
	assert_int_equal(reads(&cx, large(&cx, 1, 200000), &facts), ERR_TOO_LARGE);
	cx_done(&cx);
}

static const struct json *publish(struct kit *k, const char *map)
{
	struct sb sb;

	sb_init(&sb, &k->cx, 2 << 20);
	json_quote(&sb, map, strlen(map));
	assert_int_equal(sb_end(&sb), ERR_OK);
	return kit_act(k, 1, "map.publish", "{\"body\":%s}", sb.data);
}

static void the_newest_is_shown_to_anyone(void **state)
{
	struct kit k;
	const struct json *v;
	char *shipped;
	size_t n;

	(void)state;
	kit_open(&k);
	kit_get_refused(&k, 1, "map.map", ERR_NOT_FOUND, "no map", "{}");
	assert_int_equal(kit_int(publish(&k, MAP(FEATURE("a", "", GEOMETRY))), "points"), 4);
	kit_refuse(&k, 1, "map.publish", ERR_INVALID, "body: a map is", "{\"body\":\"{}\"}");
	kit_refuse(&k, 0, "map.publish", ERR_INVALID, "own city", "{\"body\":\"{}\"}");
	assert_int_equal(file_read(&k.cx, "data/demo/districts.geojson", MAP_BYTES_MAX, &shipped, &n),
			 ERR_OK);
	v = publish(&k, shipped);
	assert_int_equal(kit_int(v, "districts"), 16);
	kit_as(&k, (struct principal){.roles = ROLE_PUBLIC});
	v = kit_get(&k, 1, "map.map", "{}");
	assert_int_equal(kit_int(v, "districts"), 16);
	assert_string_equal(kit_text(v, "map.features.0.properties.name_zh"), "梧桐");
	assert_int_equal(json_get(json_get(v, "map"), "features")->count, 16);
	kit_as(&k, (struct principal){.user = 9, .roles = ROLE_ADMIN, .org = 5, .city = 1});
	kit_refuse(&k, 1, "map.publish", ERR_FORBIDDEN, "", "{\"body\":\"{}\"}");
	kit_staff(&k);
	kit_audit(&k);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_map_may_hold),
		cmocka_unit_test(a_map_is_bounded),
		cmocka_unit_test(the_newest_is_shown_to_anyone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
