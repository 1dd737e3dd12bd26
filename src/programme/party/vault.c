#include "programme/party/party.h"

const char *const vault_kinds[] = {"party", "identifier", "note", "credential", "other", NULL};

static const struct field vault_fields[] = {
	F_ID(struct vault, city, COLUMN | REQ, "the city"),
	F_INT(struct vault, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL,
	      "the entry that wrote the row"),
	F_INT(struct vault, n, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "its number there"),
	F_INT(struct vault, subject, COLUMN | REQ, 0, INT64_MAX, NULL, "whose key opens it"),
	F_ENUM(struct vault, kind, COLUMN | REQ, vault_kinds, "what it is"),
	F_BLOB(struct vault, sealed, COLUMN | REQ | HIDE, VAULT_BYTES_MAX + SEAL_OVERHEAD,
	       "the sealed bytes"),
	F_END};
struct table vault_table = {.name = "vault",
			    .kind = TABLE_VAULT,
			    .fields = vault_fields,
			    .size = sizeof(struct vault),
			    .keys = 3,
			    .doc = "personal data and identifiers, sealed"};

enum err vault_write(struct cx *cx, struct tx *tx, int64_t subject, enum vault_kind kind,
		     const void *p, size_t size, int64_t *n)
{
	struct vault row = {.city = tx_city(tx), .subject = subject, .kind = kind};

	if (size > VAULT_BYTES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "at most %d bytes can be sealed at once", VAULT_BYTES_MAX);
	if (tx_seal(cx, tx, subject, p, size, &row.sealed))
		return cx->err;
	return tx_write_once(cx, tx, &vault_table, &row, n);
}

enum err vault_read(struct cx *cx, const struct reader *r, int64_t city, int64_t seq, int64_t n,
		    struct bytes *out)
{
	struct vault key = {.city = city, .seq = seq, .n = n};
	const struct vault *row;
	const void *found;
	struct bytes open;
	char *copy;

	if (reader_find(cx, r, &vault_table, &key, &found))
		return cx->err;
	row = found;
	if (!row)
		return cx_fail(cx, ERR_CORRUPT, "vault row %lld/%lld of city %lld is missing", (long long)seq,
			       (long long)n, (long long)city);
	if (reader_unseal(cx, r, city, row->subject, row->sealed, &open))
		return cx->err;
	copy = cx_strndup(cx, open.p, open.n);
	if (!copy)
		return cx->err;
	*out = (struct bytes){copy, open.n};
	return ERR_OK;
}
