/* desk.h: views that put together what several features know, for one screen of a person at work.
 *
 * Nothing is kept here. What is shown of a thing is what the thing's own view shows to the same caller.
 */
#ifndef RELODE_PROGRAMME_DESK_DESK_H
#define RELODE_PROGRAMME_DESK_DESK_H

#include "kernel/reader.h"
#include "programme/device/device.h"

/* What became of a device after its owner agreed: facts that anyone may know (device.passport), and the owner
 * most of all. No serial, no price, no name. */
enum { AFTER_MAX = 200 };
struct after_erasure {
	int64_t medium, attempt, outcome, method, technique, reason, at_us;
};
struct after_part {
	int64_t repair, at_us, direction, mass_mg;
	const char *code;
};
struct after_material {
	const char *fraction, *en, *zh;
	int64_t hazard, pieces, mass_mg;
};
struct after_metal {
	const char *material, *source;
	int64_t ug;
};
struct afterlife {
	int64_t fate, fate_us, owners, repairs;
	int64_t weighed_mg, batch_mg, batch_devices; /* FIELD_NONE before it was weighed in */
	struct list erasures, parts, materials, batch_materials, metals;
};
extern const char *const desk_fates[];
extern const struct field after_erasure_fields[], after_part_fields[], after_material_fields[],
	after_metal_fields[];
/* Of an answer whose struct begins with a struct afterlife. */
#define AFTERLIFE_FIELDS                                                                            \
	F_ENUM(struct afterlife, fate, OUT, desk_fates, "what became of the device"),               \
	F_US(struct afterlife, fate_us, OUT, "since"),                                              \
	F_INT(struct afterlife, owners, OUT, 1, JSON_INT_MAX, NULL,                                 \
	      "owners so far, counted: whoever traded it in, and each buyer that had it"),          \
	F_LIST(struct afterlife, erasures, OUT, AFTER_MAX, after_erasure_fields, struct after_erasure, \
	       "each attempt to erase each medium"),                                                \
	F_INT(struct afterlife, repairs, OUT, 0, JSON_INT_MAX, NULL, "times that it was repaired"),  \
	F_LIST(struct afterlife, parts, OUT, AFTER_MAX, after_part_fields, struct after_part,         \
	       "parts fitted and taken out"),                                                       \
	F_MG(struct afterlife, weighed_mg, OUT, "what it weighed when it was taken apart"),           \
	F_LIST(struct afterlife, materials, OUT, AFTER_MAX, after_material_fields,                    \
	       struct after_material, "components that were found in it, by fraction"),             \
	F_INT(struct afterlife, batch_devices, OUT, 1, JSON_INT_MAX, NULL,                          \
	      "devices that were taken apart together with it"),                                    \
	F_MG(struct afterlife, batch_mg, OUT, "what they weighed together"),                        \
	F_LIST(struct afterlife, batch_materials, OUT, AFTER_MAX, after_material_fields,              \
	       struct after_material, "what was weighed out of all of them, by fraction"),          \
	F_LIST(struct afterlife, metals, OUT, AFTER_MAX, after_metal_fields, struct after_metal,      \
	       "metals that such devices hold by the recovery rule: not measured")
enum err desk_afterlife(struct cx *cx, struct reader *r, const struct device *d,
			struct afterlife *out) MUST_USE;

extern const struct feature desk_feature;

#endif
