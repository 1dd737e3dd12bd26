#include "codec/text.h"
#include "programme/device/device.h"
#include "programme/evidence/parts.h"
#include "programme/tradein/tradein.h"

struct evidence_params {
	int64_t evidence;
};
static const struct field params_fields[] = {
	F_ID(struct evidence_params, evidence, IN | REQ | PATH, "the evidence"), F_END};

struct evidence_answer {
	int64_t evidence, device, order, type, purpose, bytes, added_us;
	struct bytes digest;
	const char *content;
};
static const struct field answer_fields[] = {
	F_ID(struct evidence_answer, evidence, OUT, "the evidence"),
	F_ID(struct evidence_answer, device, OUT, "the device that it is about"),
	F_ID(struct evidence_answer, order, OUT, "the order that it is about"),
	F_ENUM(struct evidence_answer, type, OUT, evidence_types, "media type"),
	F_ENUM(struct evidence_answer, purpose, OUT, evidence_purposes, "what it is for"),
	F_INT(struct evidence_answer, bytes, OUT, 0, EVIDENCE_BYTES_MAX, "bytes", "size of the file"),
	F_US(struct evidence_answer, added_us, OUT, "added at"),
	F_HEX(struct evidence_answer, digest, OUT, 32, "SHA-256 of the sealed file"),
	F_TEXT(struct evidence_answer, content, OUT, 0, EVIDENCE_BASE64_MAX, "the file, as base64"),
	F_END};

/* The order behind it, directly or through the device. */
static enum err order_of(struct cx *cx, struct reader *r, const struct evidence *e, int64_t *order)
{
	const struct device dkey = {.city = r->city, .device = e->device};
	const void *row;

	*order = e->order;
	if (e->order != FIELD_NONE)
		return ERR_OK;
	if (reader_find(cx, r, &device_table, &dkey, &row))
		return cx->err;
	if (!row)
		return ERR_OK;
	const struct item ikey = {.city = r->city, .item = ((const struct device *)row)->item};
	if (reader_find(cx, r, &item_table, &ikey, &row))
		return cx->err;
	if (row)
		*order = ((const struct item *)row)->order;
	return ERR_OK;
}

static enum err get_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct evidence_params *p = arg;
	const struct evidence key = {.city = r->city, .evidence = p->evidence};
	struct bytes content;
	const void *row;
	int64_t order;

	if (reader_find(cx, r, &evidence_table, &key, &row))
		return cx->err;
	const struct evidence *e = row;
	if (!e)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no evidence %lld in city %lld",
			       (long long)p->evidence, (long long)r->city);
	if (order_of(cx, r, e, &order) || order_read_check(cx, r, order) ||
	    evidence_content(cx, r, e, &content))
		return cx->err;
	const struct evidence_answer a = {
		.evidence = e->evidence, .device = e->device, .order = e->order, .type = e->type,
		.purpose = e->purpose, .bytes = e->bytes, .added_us = e->added_us, .digest = e->digest,
		.content = base64_encode(cx, content.p, content.n)};
	if (!a.content)
		return cx->err;
	field_write(w, answer_fields, OUT, &a);
	return ERR_OK;
}

const struct view evidence_views[] = {
	{.name = "evidence.get",
	 .path = "/v1/cities/{city}/evidence/{evidence}",
	 .roles = ROLE_OWNER | ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER |
		  ROLE_AUDITOR | ROLE_ADMIN,
	 .params = params_fields,
	 .params_size = sizeof(struct evidence_params),
	 .fields = answer_fields,
	 .run = get_run,
	 .doc = "A photo or document, to those whose order it concerns."},
	{.name = NULL}};
