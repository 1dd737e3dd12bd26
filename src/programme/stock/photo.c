/* Photos of what is on offer, for whoever may see the offer, and of what was bought, for the buyer: those of
 * the newest inspection. The door of evidence itself stays closed to both. */
#include "codec/text.h"
#include "programme/evidence/evidence.h"
#include "programme/inspect/inspect.h"
#include "programme/stock/internal.h"

#define PEOPLE                                                                                       \
	(ROLE_CLERK | ROLE_TECHNICIAN | ROLE_OFFICER | ROLE_ANALYST | ROLE_AUDITOR | ROLE_ADMIN)

const struct field stock_photos_params[] = {
	F_ID(struct stock_photos, device, IN | REQ | PATH, "the device"), F_END};
const struct field stock_photo_params[] = {
	F_ID(struct stock_photo, device, IN | REQ | PATH, "the device"),
	F_ID(struct stock_photo, evidence, IN | REQ | PATH, "the photo"),
	F_END};
const struct field stock_photo_row_fields[] = {
	F_ID(struct found_photo, evidence, OUT | REQ, "the photo"),
	F_TEXT(struct found_photo, about, OUT, 1, 130, "what it shows"),
	F_END};

struct photo_answer {
	int64_t evidence, type, bytes;
	const char *content;
};
const struct field stock_photo_fields[] = {
	F_ID(struct photo_answer, evidence, OUT | REQ, "the photo"),
	F_ENUM(struct photo_answer, type, OUT | REQ, evidence_types, "media type"),
	F_INT(struct photo_answer, bytes, OUT | REQ, 0, EVIDENCE_BYTES_MAX, "bytes", "size of the file"),
	F_TEXT(struct photo_answer, content, OUT | REQ, 0, EVIDENCE_BASE64_MAX, "the file, as base64"),
	F_END};

/* *sees: it was sold, and not cancelled or returned; to the caller, or the caller is of the programme. */
static enum err sees_sale(struct cx *cx, struct reader *r, int64_t sale, bool *sees)
{
	const struct sale key = {.city = r->city, .sale = sale}, *s;
	const void *row;

	*sees = false;
	if (sale == FIELD_NONE || reader_find(cx, r, &sale_table, &key, &row))
		return cx->err;
	s = row;
	if (s && (s->state == SALE_RESERVED || s->state == SALE_DELIVERED))
		*sees = r->who.org != 0 ? r->who.org == s->buyer :
					  r->who.order == 0 && (r->who.roles & PEOPLE) != 0;
	return ERR_OK;
}

/* The device, when the caller may see it as an offer or a purchase. To all others there is none. */
static enum err offered(struct cx *cx, struct reader *r, int64_t device, const struct device **out)
{
	const struct device key = {.city = r->city, .device = device}, *d;
	const void *row;
	bool sees;

	if (reader_find(cx, r, &device_table, &key, &row))
		return cx->err;
	d = row;
	sees = d && d->state == DEVICE_LISTED;
	if (d && !sees && sees_sale(cx, r, d->sale, &sees))
		return cx->err;
	if (!sees)
		return cx_fail(cx, ERR_NOT_FOUND,
			       "device %lld is not on offer in city %lld, nor bought by you",
			       (long long)device, (long long)r->city);
	*out = d;
	return ERR_OK;
}

enum err stock_photos_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct stock_photos *p = params;
	const struct found_photo *photo;
	const struct device *d;
	struct list photos;

	if (offered(cx, r, p->device, &d) || inspect_photos(cx, r, d->device, d->item, &photos))
		return cx->err;
	photo = photos.item;
	jw_name(w, "items");
	jw_array(w);
	for (size_t i = 0; i < photos.count; i++) {
		jw_object(w);
		field_write(w, stock_photo_row_fields, OUT, &photo[i]);
		jw_object_end(w);
	}
	jw_array_end(w);
	return ERR_OK;
}

static bool names(struct list photos, int64_t evidence)
{
	const struct found_photo *photo = photos.item;

	for (size_t i = 0; i < photos.count; i++)
		if (photo[i].evidence == evidence)
			return true;
	return false;
}

enum err stock_photo_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct stock_photo *p = params;
	const struct evidence key = {.city = r->city, .evidence = p->evidence}, *e;
	const struct device *d;
	struct bytes content;
	struct list photos;
	const void *row = NULL;

	if (offered(cx, r, p->device, &d) || inspect_photos(cx, r, d->device, d->item, &photos) ||
	    (names(photos, p->evidence) && reader_find(cx, r, &evidence_table, &key, &row)))
		return cx->err;
	e = row;
	if (!e)
		return cx_fail(cx, ERR_NOT_FOUND, "the offer of device %lld has no photo %lld",
			       (long long)p->device, (long long)p->evidence);
	if (evidence_content(cx, r, e, &content))
		return cx->err;
	const struct photo_answer a = {.evidence = e->evidence, .type = e->type, .bytes = e->bytes,
				       .content = base64_encode(cx, content.p, content.n)};
	if (!a.content)
		return cx->err;
	field_write(w, stock_photo_fields, OUT, &a);
	return ERR_OK;
}
