#include "programme/evidence/evidence.h"

#include "codec/text.h"
#include "programme/device/device.h"
#include "programme/evidence/parts.h"
#include "programme/tradein/tradein.h"

const char *const evidence_types[] = {"image/jpeg", "image/png", "application/pdf", NULL};
const char *const evidence_purposes[] = {"photo", "document", "signature", "delivery", NULL};

const struct field evidence_fields[] = {
	F_ID(struct evidence, city, COLUMN, "city"),
	F_ID(struct evidence, evidence, COLUMN, "the evidence"),
	F_ID(struct evidence, device, COLUMN, "the device that it is about"),
	{.name = "order_id",
	 .type = FIELD_INT,
	 .flags = COLUMN | HIDE,
	 .at = offsetof(struct evidence, order),
	 .max = ID_MAX,
	 .unit = "id",
	 .doc = "the order that it is about"},
	F_ENUM(struct evidence, type, COLUMN, evidence_types, "media type"),
	F_ENUM(struct evidence, purpose, COLUMN, evidence_purposes, "what it is for"),
	F_INT(struct evidence, bytes, COLUMN, 0, EVIDENCE_BYTES_MAX, "bytes", "size of the file"),
	F_HEX(struct evidence, digest, COLUMN, 32, "SHA-256 of the sealed file"),
	F_US(struct evidence, added_us, COLUMN, "added at"),
	F_END};
struct table evidence_table = {
	.name = "evidence",
	.kind = TABLE_STATE,
	.fields = evidence_fields,
	.size = sizeof(struct evidence),
	.keys = 2,
	.fresh = FRESH_ID,
	.doc = "photos and documents; the files lie sealed beside the books"};

struct evidence_add {
	int64_t device, order, purpose;
	const char *content;
	int64_t evidence, type, bytes;
	struct bytes digest;
};
static const struct field add_fields[] = {
	F_ID(struct evidence_add, device, GIVEN, "the device that it is about"),
	F_ID(struct evidence_add, order, GIVEN, "or, while there is no device, the order"),
	F_ENUM(struct evidence_add, purpose, GIVEN, evidence_purposes, "what it is for; photo when absent"),
	F_TEXT(struct evidence_add, content, IN | PII | REQ, 8, EVIDENCE_BASE64_MAX, "the file, as base64"),
	F_ID(struct evidence_add, evidence, DERIVED, "the evidence"),
	F_ENUM(struct evidence_add, type, DERIVED, evidence_types, "media type"),
	F_INT(struct evidence_add, bytes, DERIVED, 0, EVIDENCE_BYTES_MAX, "bytes", "size without metadata"),
	F_HEX(struct evidence_add, digest, DERIVED, 32, "SHA-256 of the sealed file"),
	F_END};

static enum err check_subject(struct cx *cx, struct tx *tx, const struct evidence_add *rec)
{
	const struct device *d;
	const struct order *o;

	if ((rec->device == FIELD_NONE) == (rec->order == FIELD_NONE))
		return cx_fail(cx, ERR_INVALID, "name the device, or else the order, that it is about");
	if (rec->device != FIELD_NONE) {
		d = device_get(cx, tx, rec->device);
		return d ? device_check_caller(cx, tx, d) : cx->err;
	}
	o = order_get(cx, tx, rec->order);
	return o ? order_check_caller(cx, tx, o) : cx->err;
}

static enum err add_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct evidence_add *rec = arg;
	struct bytes plain, sealed;
	enum evidence_type type;
	struct digest digest;
	unsigned char *raw;
	size_t n;

	if (check_subject(cx, tx, rec))
		return cx->err;
	if (base64_decode(cx, rec->content, strlen(rec->content), &raw, &n))
		return cx_prefix(cx, "content: ");
	if (n > EVIDENCE_BYTES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "content: a file may have at most %d bytes",
			       EVIDENCE_BYTES_MAX);
	if (evidence_strip(cx, raw, n, &type, &plain) ||
	    tx_seal(cx, tx, evidence_subject(rec->device, rec->order), plain.p, plain.n, &sealed) ||
	    blob_write(cx, sealed, &digest))
		return cx->err;
	rec->evidence = tx_new_id(tx);
	rec->purpose = field_or(rec->purpose, EVIDENCE_PHOTO);
	rec->type = type;
	rec->bytes = (int64_t)plain.n;
	rec->digest = (struct bytes){cx_memdup(cx, digest.byte, 32), 32};
	return rec->digest.p ? ERR_OK : cx->err;
}

static enum err add_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct evidence_add *rec = arg;
	const struct evidence row = {
		.city = tx_city(tx), .evidence = rec->evidence, .device = rec->device, .order = rec->order,
		.type = rec->type, .purpose = rec->purpose, .bytes = rec->bytes, .digest = rec->digest,
		.added_us = tx_now_us(tx)};

	(void)entry;
	if (tx_put(cx, tx, &evidence_table, &row))
		return cx->err;
	return rec->device == FIELD_NONE ? ERR_OK : tx_touch(cx, tx, ACCOUNT(SUBJECT_DEVICE, rec->device));
}

enum err evidence_check(struct cx *cx, struct tx *tx, int64_t evidence, int64_t device, int64_t order)
{
	const struct evidence key = {.city = tx_city(tx), .evidence = evidence};
	const struct evidence *e = tx_get(cx, tx, &evidence_table, &key);

	if (!e)
		return cx->err;
	if ((e->device != FIELD_NONE && e->device == device) ||
	    (e->order != FIELD_NONE && e->order == order))
		return ERR_OK;
	return cx_fail(cx, ERR_INVALID, "evidence %lld is about something else", (long long)evidence);
}

/* Audit: every file that an entry names is there and unchanged. Without a directory only the books are
 * looked at. */
struct verifying {
	struct audit *audit;
	int64_t city;
};

static enum err verify_row(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	struct verifying *v = arg;
	const struct evidence *e = row;

	if (!evidence_verify(cx, e))
		return ERR_OK;
	if (cx->err == ERR_MEMORY || cx->err == ERR_INTERRUPTED)
		return cx->err;
	audit_finding(v->audit, 7, v->city, seq, "evidence %lld: %s", (long long)e->evidence, cx->msg);
	cx_clear(cx);
	return ERR_OK;
}

static enum err audit_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city)
{
	struct verifying v = {a, city};

	return evidence_dir() ? audit_each(cx, tx, &evidence_table, verify_row, &v) : ERR_OK;
}

static const struct action evidence_actions[] = {
	{.type = "evidence.add",
	 .v = 1,
	 .method = "POST",
	 .path = "/v1/cities/{city}/evidence",
	 .roles = ROLE_OWNER | ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_ADMIN,
	 .fields = add_fields,
	 .size = sizeof(struct evidence_add),
	 .decide = add_decide,
	 .apply = add_apply,
	 .doc = "Keeps a photo or document, without metadata, sealed."},
	{.type = NULL}};
static struct table *const evidence_tables[] = {&evidence_table, NULL};
const struct feature evidence_feature = {.name = "evidence",
					 .tables = evidence_tables,
					 .actions = evidence_actions,
					 .views = evidence_views,
					 .check_city = audit_city};
