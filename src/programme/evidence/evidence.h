/* evidence.h: photos and documents behind decisions, kept beside the books.
 *
 * A file is recognised by its first bytes (JPEG, PNG, PDF), stripped of metadata that could name a person
 * or a place, sealed under the key of the device or order it is about, and written durably into a
 * directory under the SHA-256 of what was sealed; only then does an entry name it. So a copy of the
 * directory shows nothing, audit needs no key, and destroying the subject's key erases the picture.
 *
 * The directory is a matter of the process: evidence_open says where it is. A file that a refused action
 * leaves behind is named by no entry and does no harm.
 */
#ifndef RELODE_PROGRAMME_EVIDENCE_EVIDENCE_H
#define RELODE_PROGRAMME_EVIDENCE_EVIDENCE_H

#include "kernel/reader.h"
#include "programme/programme.h"

enum evidence_type { EVIDENCE_JPEG, EVIDENCE_PNG, EVIDENCE_PDF };
extern const char *const evidence_types[]; /* "image/jpeg", … */
enum evidence_purpose { EVIDENCE_PHOTO, EVIDENCE_DOCUMENT, EVIDENCE_SIGNATURE, EVIDENCE_DELIVERY };
extern const char *const evidence_purposes[];

enum {
	EVIDENCE_BYTES_MAX = 750000,    /* of a file; as base64 it fits a request */
	EVIDENCE_BASE64_MAX = 1000000
};

struct evidence {
	int64_t city, evidence;
	int64_t device, order;  /* what it is about: one of the two, the other FIELD_NONE */
	int64_t type, purpose;
	int64_t bytes;          /* of the stripped file */
	struct bytes digest;    /* 32: SHA-256 of the sealed file */
	int64_t added_us;
};
extern struct table evidence_table;
extern const struct field evidence_fields[]; /* its columns */

/* Where sealed files lie; made if it is absent. NULL: nowhere, and evidence.add is refused. Called once,
 * before threads start (tests may call it again). */
enum err evidence_open(struct cx *cx, const char *dir) MUST_USE;
const char *evidence_dir(void); /* or NULL */

/* The file without metadata, and its type. ERR_MEDIA_TYPE: none of the three, or damaged. JPEG keeps the
 * segments that its decoding needs (and a colour profile), PNG the chunks that show; whatever follows the
 * end of the picture goes. A PDF is kept as it is. */
enum err evidence_strip(struct cx *cx, const void *p, size_t n, enum evidence_type *type,
			struct bytes *out) MUST_USE;

/* decide(): the evidence is in the books and is about this device or, when given, this order. */
enum err evidence_check(struct cx *cx, struct tx *tx, int64_t evidence, int64_t device,
			int64_t order) MUST_USE;
/* The sealed file is there and is what the entry says; ERR_NOT_FOUND, ERR_CORRUPT. */
enum err evidence_verify(struct cx *cx, const struct evidence *e) MUST_USE;
/* The file itself. ERR_GONE when its subject's key was destroyed. */
enum err evidence_content(struct cx *cx, struct reader *r, const struct evidence *e,
			  struct bytes *out) MUST_USE;

/* What a copy came to. Files that are neither in the source nor in the copy as they should be are counted,
 * and the first is named: the rest is copied all the same. */
struct evidence_copied {
	int64_t there, copied, bytes, failed;
	char first[120];
};
/* Copies every file that the database names from one directory to another, verified and durably. A file
 * that the copy has already, and whole, is only read: so one directory serves many backups. */
enum err evidence_copy(struct cx *cx, struct db *db, const char *from, const char *to,
		       void (*progress)(void *arg, int64_t done, int64_t total), void *arg,
		       struct evidence_copied *out) MUST_USE;
/* How many files the database names. */
enum err evidence_count(struct cx *cx, struct db *db, int64_t *count) MUST_USE;

extern const struct feature evidence_feature;

#endif
