#include "programme/inspect/inspect.h"

#include "programme/inspect/parts.h"

static const struct field inspection_fields[] = {
	F_ID(struct inspection, city, COLUMN, "city"),
	F_ID(struct inspection, item, COLUMN, "the item"),
	F_INT(struct inspection, seq, COLUMN, 0, JSON_INT_MAX, NULL, "entry that recorded it"),
	F_ID(struct inspection, device, COLUMN, "the device"),
	F_INT(struct inspection, grade_c, COLUMN, 0, 9, NULL, "cosmetic grade C0 to C9"),
	F_INT(struct inspection, grade_f, COLUMN, 1, 6, NULL, "functional grade F1 to F6"),
	F_MINOR(struct inspection, price_minor, COLUMN, "price for what was found"),
	F_US(struct inspection, inspected_us, COLUMN, "recorded at"),
	F_END};
struct table inspection_table = {
	.name = "inspection", .kind = TABLE_STATE, .fields = inspection_fields,
	.size = sizeof(struct inspection), .keys = 3, .fresh = FRESH_ID,
	.doc = "what the bench found: grades and prices"};

static const struct action inspect_actions[] = {
	{.type = "inspect.record",
	 .v = 1,
	 .method = "POST",
	 .path = "/v1/cities/{city}/items/{item}/inspections",
	 .roles = ROLE_CLERK | ROLE_TECHNICIAN | ROLE_ADMIN,
	 .fields = inspect_record_fields,
	 .size = sizeof(struct inspect_record),
	 .decide = inspect_record_decide,
	 .apply = inspect_record_apply,
	 .doc = "Records what was found: the grade and the price follow."},
	{.type = NULL}};
static struct table *const inspect_tables[] = {&inspection_table, NULL};
const struct feature inspect_feature = {
	.name = "inspect", .tables = inspect_tables, .actions = inspect_actions, .views = inspect_views};
