/* Whatever a map's text holds: it is refused in words, or within its bounds; what was accepted is accepted
 * again when it is written as canonical JSON, with the same counts. */
#include "fuzz.h"

#include "programme/map/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct map_facts facts, again;
	struct sb sb;
	struct cx cx;

	cx_init(&cx, (size_t)1 << 28);
	if (map_read(&cx, (const char *)data, size, &facts)) {
		HOLDS(*cx.msg);
		cx_done(&cx);
		return 0;
	}
	HOLDS(facts.districts >= 1 && facts.districts <= MAP_DISTRICTS_MAX);
	HOLDS(facts.points >= 4 * facts.districts && facts.points <= MAP_POINTS_MAX);
	sb_init(&sb, &cx, 4 * MAP_BYTES_MAX);
	json_canonical(&sb, facts.json);
	HOLDS(!sb_end(&sb));
	if (sb.len <= MAP_BYTES_MAX) {
		HOLDS(map_read(&cx, sb.data, sb.len, &again) == ERR_OK);
		HOLDS(again.districts == facts.districts && again.points == facts.points);
	}
	cx_done(&cx);
	return 0;
}
