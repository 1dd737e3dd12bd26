/* parts.h: what the files of this folder share.
 */
#ifndef RELODE_PROGRAMME_EVIDENCE_PARTS_H
#define RELODE_PROGRAMME_EVIDENCE_PARTS_H

#include "kernel/audit.h"
#include "programme/evidence/evidence.h"

/* Whose key seals it: the device's, or the order's while there is no device. */
static inline int64_t evidence_subject(int64_t device, int64_t order)
{
	return device != FIELD_NONE ? ACCOUNT(SUBJECT_DEVICE, device) : ACCOUNT(SUBJECT_ORDER, order);
}
/* The file of a digest in a directory. */
char *blob_path(struct cx *cx, const char *dir, const unsigned char *digest) MUST_USE;
/* Writes sealed bytes durably; the digest is their name. */
enum err blob_write(struct cx *cx, struct bytes sealed, struct digest *digest) MUST_USE;

extern const struct view evidence_views[]; /* view.c */

#endif
