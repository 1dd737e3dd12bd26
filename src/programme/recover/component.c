/* component.c: the tree of what was found in a device. Only what somebody saw or weighed is recorded.
 */
#include "programme/recover/internal.h"

static const struct field part_fields[] = {
	F_TEXT(struct recover_part, code, MUST | OUT, 1, 40, "what it is: \"battery\", \"main_board\""),
	F_INT(struct recover_part, parent, GIVEN, 1, RECOVER_TREE_MAX, NULL,
	      "number of the component that it is in; absent: the device itself"),
	F_TEXT(struct recover_part, material, GIVEN, 1, 40, "what it is of"),
	F_TEXT(struct recover_part, fraction, GIVEN, 1, 40, "fraction that it goes to"),
	WEIGHED(struct recover_part, mass_mg, GIVEN, "what the scale says"),
	F_INT(struct recover_part, component, DERIVED, 1, RECOVER_TREE_MAX, NULL, "its number"),
	F_TEXT(struct recover_part, hazard, DERIVED, 1, 40, "kind of hazard of the fraction"),
	F_END};
const struct field recover_components_fields[] = {
	F_ID(struct recover_components, batch, MUST | PATH, "the batch"),
	F_ID(struct recover_components, device, MUST, "a device of the batch"),
	F_LIST(struct recover_components, components, MUST | OUT, RECOVER_COMPONENTS_MAX,
	       part_fields, struct recover_part,
	       "what was found; a component comes after the one that it is in"),
	F_HEX(struct recover_components, list, LOG, 32, "digest of the list of fractions"), F_END};

/* The device's tree: what the books have, then what is being recorded. */
struct tree {
	const void *const *known;
	size_t count;
	const struct recover_part *part;
	size_t parts;
};

static int64_t parent_of(const struct tree *t, int64_t n)
{
	if (n <= (int64_t)t->count)
		return ((const struct component *)t->known[n - 1])->parent;
	return field_or(t->part[n - 1 - (int64_t)t->count].parent, 0);
}

static int64_t mass_of(const struct tree *t, int64_t n)
{
	if (n <= (int64_t)t->count)
		return ((const struct component *)t->known[n - 1])->mass_mg;
	return t->part[n - 1 - (int64_t)t->count].mass_mg;
}

/* The weighed children of a weighed parent cannot weigh more than it. */
static enum err check_masses(struct cx *cx, const struct tree *t, int64_t device_mg)
{
	int64_t all = (int64_t)(t->count + t->parts);
	int64_t *sum = cx_array(cx, (size_t)all + 1, sizeof(*sum));

	if (!sum)
		return cx->err;
	for (int64_t n = 1; n <= all; n++)
		sum[parent_of(t, n)] += field_or(mass_of(t, n), 0);
	if (sum[0] > device_mg)
		return cx_fail(cx, ERR_CONFLICT, "components: they weigh %lld mg, the device only %lld mg",
			       (long long)sum[0], (long long)device_mg);
	for (int64_t n = 1; n <= all; n++)
		if (mass_of(t, n) != FIELD_NONE && sum[n] > mass_of(t, n))
			return cx_fail(
				cx, ERR_CONFLICT,
				"components: those in component %lld weigh %lld mg, it only %lld mg",
				(long long)n, (long long)sum[n], (long long)mass_of(t, n));
	return ERR_OK;
}

static enum err check_part(struct cx *cx, struct recover_part *part, int64_t number)
{
	const struct fraction *f;

	part->component = number;
	if (part->parent != FIELD_NONE && part->parent >= number)
		return cx_fail(
			cx, ERR_INVALID,
			"parent: component %lld is not recorded before this one, which is %lld",
			(long long)part->parent, (long long)number);
	if (stock_check_code(cx, "code", part->code) ||
	    (part->material && stock_check_code(cx, "material", part->material)))
		return cx->err;
	if (!part->fraction)
		return ERR_OK;
	if (fraction_get(cx, part->fraction, &f))
		return cx->err;
	part->hazard = f->kind;
	return ERR_OK;
}

enum err recover_components_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct recover_components *rec = p;
	const struct batch *b = batch_open_get(cx, tx, rec->batch);
	const struct device *d = b ? device_get(cx, tx, rec->device) : NULL;
	struct recover_part *part = rec->components.item;
	struct tree t = {.part = part, .parts = rec->components.count};

	if (!d || fraction_list_note(cx, &rec->list) ||
	    tx_scan(cx, tx, &component_table, &(struct component){.device = d->device}, 2,
		    RECOVER_TREE_MAX, &t.known, &t.count))
		return cx->err;
	if (d->custody != ACCOUNT(PC_DISMANTLED, b->batch))
		return cx_fail(cx, ERR_CONFLICT, "device %lld was not weighed into batch %lld",
			       (long long)d->device, (long long)b->batch);
	if (t.count + t.parts > RECOVER_TREE_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "device %lld would have more than %d components",
			       (long long)d->device, RECOVER_TREE_MAX);
	for (size_t i = 0; i < t.parts; i++)
		if (check_part(cx, &part[i], (int64_t)(t.count + i) + 1))
			return cx_prefix(cx, "components[%zu].", i);
	return check_masses(cx, &t, d->mass_mg);
}

enum err recover_components_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct recover_components *rec = p;
	const struct recover_part *part = rec->components.item;

	for (size_t i = 0; i < rec->components.count; i++) {
		struct component c = {.city = e->city,
				      .device = rec->device,
				      .component = part[i].component,
				      .parent = field_or(part[i].parent, 0),
				      .code = part[i].code,
				      .material = part[i].material,
				      .fraction = part[i].fraction,
				      .hazard = part[i].hazard,
				      .mass_mg = part[i].mass_mg,
				      .batch = rec->batch,
				      .seq = e->seq};
		if (tx_put(cx, tx, &component_table, &c))
			return cx->err;
	}
	return tx_touch(cx, tx, ACCOUNT(SUBJECT_DEVICE, rec->device));
}
