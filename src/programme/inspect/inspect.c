#include "programme/inspect/inspect.h"

#include "programme/inspect/parts.h"

#define INSPECTION_COLUMNS										\
	F_ID(struct inspection, city, COLUMN, "city"),							\
	F_INT(struct inspection, seq, COLUMN, 0, JSON_INT_MAX, NULL, "entry that recorded it"),		\
	F_INT(struct inspection, n, LOG | HIDE, 0, JSON_INT_MAX, NULL, "number in the entry"),		\
	F_ID(struct inspection, item, COLUMN, "the item"),						\
	F_ID(struct inspection, device, COLUMN, "the device"),						\
	F_INT(struct inspection, grade_c, COLUMN, 0, 9, NULL, "cosmetic grade C0 to C9"),		\
	F_INT(struct inspection, grade_f, COLUMN, 1, 6, NULL, "functional grade F1 to F6"),		\
	F_MINOR(struct inspection, price_minor, COLUMN, "price for what was found"),			\
	F_HEX(struct inspection, rubric, COLUMN, 32, "version of the rubric"),				\
	F_TEXT(struct inspection, facts, LOG | HIDE, 2, 32 * 1024, "what was found, as canonical JSON"), \
	F_ID(struct inspection, inspector, COLUMN, "user who inspected"),				\
	F_US(struct inspection, inspected_us, COLUMN, "recorded at")
static const struct field inspection_fields[] = {INSPECTION_COLUMNS, F_END};
/* As list rows show it: the facts, a list of one. */
struct inspection_answer {
	struct inspection row;
	struct list facts;
};
const struct field inspection_answer_fields[] = {INSPECTION_COLUMNS,
						 F_LIST(struct inspection_answer, facts, OUT, 1,
							inspect_facts_fields, struct inspect_facts,
							"what was found"),
						 F_END};
struct table inspection_table = {
	.name = "inspection", .kind = TABLE_REFERENCE, .fields = inspection_fields,
	.size = sizeof(struct inspection), .keys = 3, .doc = "what the bench found, written once"};

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
