/* map.h: the districts of a city as GeoJSON (RFC 7946), published by the city, versioned like a rule.
 *
 * A map is a FeatureCollection of Polygons and MultiPolygons. Each feature's properties are `code` (letters,
 * digits, '.', '_', '-'; unique), `name`, and if wanted `name_zh` and `population`. Nothing else is accepted,
 * so nothing else is shown to the public. Coordinates are WGS 84, longitude first; rings are closed.
 */
#ifndef RELODE_PROGRAMME_MAP_MAP_H
#define RELODE_PROGRAMME_MAP_MAP_H

#include "kernel/reader.h"

enum {
	MAP_BYTES_MAX = 512 * 1024,
	MAP_DISTRICTS_MAX = 500,
	MAP_POINTS_MAX = 20000,
	MAP_NAME_MAX = 100,
	MAP_CODE_MAX = 20
};

struct map_facts {
	int64_t districts, points;
	const struct json *json;
};
/* Reads a map; ERR_INVALID, ERR_INPUT and ERR_TOO_LARGE say what is wrong, and where:
 * "features[3].geometry.coordinates[0][7]: …". */
enum err map_read(struct cx *cx, const char *text, size_t n, struct map_facts *out) MUST_USE;

extern const struct feature map_feature;

#endif
