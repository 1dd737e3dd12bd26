/* The log over HTTP: checkpoints, entries and proofs, for those who do not trust the operator. */
#include "kernel/log.h"
#include "kernel/checkpoint.h"
#include "server/http.h"

enum { ENTRIES_PAGE = 100, ENTRIES_MAX = 1000, ENTRIES_BYTES_MAX = 16 << 20 };

#define AT(m, fl, doc) F_INT(struct log_params, m, fl, 0, JSON_INT_MAX, NULL, doc)
const struct field log_entries_params[] = {
	AT(from, IN, "first entry; 0 when absent"),
	F_INT(struct log_params, limit, IN, 1, ENTRIES_MAX, NULL, "entries of one answer; 100 when absent"),
	F_END};
const struct field log_inclusion_params[] = {
	AT(seq, IN | REQ, "the entry"),
	AT(size, IN, "in the log of so many entries; all of them when absent"),
	F_END};
const struct field log_consistency_params[] = {
	AT(from, IN | REQ, "the smaller size"),
	AT(to, IN, "the larger size; all entries when absent"),
	F_END};

struct proof_shown {
	int64_t city, seq, size, from, to;
	struct bytes leaf, root, from_root, to_root, proof;
};
#define SHOWN(m, doc) F_INT(struct proof_shown, m, OUT | REQ, 0, JSON_INT_MAX, NULL, doc)
#define SHOWN_HASH(m, doc) F_HEX(struct proof_shown, m, OUT | REQ, 32, doc)
#define SHOWN_PROOF                                                                                 \
	F_BLOB(struct proof_shown, proof, OUT | REQ, 32 * MERKLE_PROOF_MAX,                            \
	       "hashes of 32 bytes, one after the other, from the leaf's side to the root's")
const struct field inclusion_fields[] = {SHOWN(city, "the city"),
					 SHOWN(seq, "the entry"),
					 SHOWN(size, "the log's size"),
					 SHOWN_HASH(leaf, "SHA-256(0x00 ‖ the entry's bytes)"),
					 SHOWN_HASH(root, "root of the log of that size"),
					 SHOWN_PROOF,
					 F_END};
const struct field consistency_fields[] = {SHOWN(city, "the city"),
					   SHOWN(from, "the smaller size"),
					   SHOWN(to, "the larger size"),
					   SHOWN_HASH(from_root, "root of the smaller log"),
					   SHOWN_HASH(to_root, "root of the larger log"),
					   SHOWN_PROOF,
					   F_END};

static void answer_plain(struct exchange *x, const char *text, size_t n)
{
	answer_text(x, 200, "text/plain; charset=utf-8", text, n);
	answer_header(x, "Cache-Control", "no-cache");
	answer_etag(x);
}

enum err serve_checkpoint(struct exchange *x)
{
	struct log_head head;
	struct reader r;
	enum err err;

	if (exchange_reader(x, x->city, &r))
		return x->cx.err;
	err = log_head_read(&x->cx, r.db, x->city, &head);
	node_reader_put(x->server->node, &r);
	if (!err)
		err = node_settle(&x->cx, x->server->node); /* it is signed: the log may not lose it again */
	if (!err)
		answer_plain(x, head.note, strlen(head.note));
	return err;
}

static enum err write_keys(struct exchange *x, struct reader *r, struct sb *sb)
{
	db_auto_rows *rows = NULL;
	struct cx *cx = &x->cx;
	struct sign_seed seed;
	struct sign_public pub;

	if (keys_signing_seed(cx, r->keys, &seed, false))
		return cx->err;
	pub = sign_public_of(&seed);
	wipe(&seed, sizeof(seed));
	if (db_query(cx, r->db, &rows, "SELECT note FROM log_head ORDER BY city", DB_NONE))
		return cx->err;
	while (db_next(cx, rows)) {
		char *origin = log_note_origin(cx, db_get_text(rows, 0)), *text;
		struct vkey key;
		if (!origin || vkey_of(cx, origin, &pub, &key) || vkey_write(cx, &key, &text))
			return cx->err;
		sb_printf(sb, "%s\n", text);
	}
	return cx->err ? cx->err : sb_end(sb);
}

enum err serve_verifier_key(struct exchange *x)
{
	struct reader r;
	struct sb sb;
	enum err err;

	if (exchange_reader(x, 0, &r))
		return x->cx.err;
	sb_init(&sb, &x->cx, 4 << 20);
	err = write_keys(x, &r, &sb);
	node_reader_put(x->server->node, &r);
	if (!err)
		err = node_settle(&x->cx, x->server->node); /* it is signed: the log may not lose it again */
	if (!err)
		answer_plain(x, sb.data, sb.len);
	return err;
}

/* --- entries --- */

static enum err write_entries(struct exchange *x, struct reader *r, int64_t from, int64_t limit,
			      struct sb *sb, int64_t *next)
{
	struct journal_line line;
	journal_auto *j = NULL;
	int64_t count = 0;

	*next = -1;
	if (journal_open(&x->cx, r->db, x->city, from, &j))
		return x->cx.err;
	for (; journal_next(&x->cx, j, &line, NULL); count++) {
		if (count == limit || (count > 0 && sb->len + line.n > ENTRIES_BYTES_MAX)) {
			*next = line.seq;
			break;
		}
		sb_add(sb, line.body, line.n);
		sb_char(sb, '\n');
	}
	return x->cx.err ? x->cx.err : sb_end(sb);
}

enum err serve_entries(struct exchange *x)
{
	const struct log_params *p = x->params;
	int64_t limit = field_or(p->limit, ENTRIES_PAGE), next;
	struct log_head head;
	struct reader r;
	struct sb sb;
	enum err err;

	if (exchange_reader(x, x->city, &r))
		return x->cx.err;
	sb_init(&sb, &x->cx, ENTRIES_BYTES_MAX + ENTRY_BYTES_MAX);
	err = reader_check_org(&x->cx, &r, 0); /* a merchant's auditor does not read the other merchants' */
	if (!err)
		err = log_head_read(&x->cx, r.db, x->city, &head);
	if (!err)
		err = write_entries(x, &r, field_or(p->from, 0), limit, &sb, &next);
	node_reader_put(x->server->node, &r);
	if (err)
		return err;
	answer_text(x, 200, "application/x-ndjson", sb.data ? sb.data : "", sb.len);
	answer_header(x, "Cache-Control", "private, no-cache");
	if (next >= 0)
		answer_header(
			x, "Link",
			cx_printf(
				&x->cx,
				"</v1/cities/%lld/log/entries?from=%lld&limit=%lld>; rel=\"next\"",
				(long long)x->city, (long long)next, (long long)limit));
	return ERR_OK;
}

/* --- proofs --- */

static enum err answer_proof(struct exchange *x, const struct field *f, struct proof_shown *shown,
			     const struct merkle_proof *proof)
{
	unsigned char bytes[32 * MERKLE_PROOF_MAX];
	struct json_writer w;
	struct sb sb;

	for (int i = 0; i < proof->count; i++)
		memcpy(bytes + 32 * i, proof->node[i].byte, 32);
	shown->proof = (struct bytes){bytes, 32 * (size_t)proof->count};
	sb_init(&sb, &x->cx, 100000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	shown->city = x->city;
	field_write(&w, f, OUT, shown);
	jw_object_end(&w);
	if (sb_end(&sb))
		return x->cx.err;
	answer_json(x, 200, &sb);
	answer_header(x, "Cache-Control", "no-cache");
	answer_etag(x);
	return ERR_OK;
}

/* A size that the log has had: given, or all. */
static enum err check_size(struct exchange *x, const struct log_head *head, const char *name,
			   int64_t given, int64_t *out)
{
	if (given != FIELD_NONE && given > head->size)
		return cx_fail(&x->cx, ERR_NOT_FOUND, "%s: the log has %lld entries", name,
			       (long long)head->size);
	*out = field_or(given, head->size);
	return ERR_OK;
}

static enum err prove_inclusion(struct exchange *x, struct reader *r, struct proof_shown *shown,
				struct digest *leaf, struct digest *root,
				struct merkle_proof *proof)
{
	const struct log_params *p = x->params;
	struct log_source source = {r->db, x->city};
	struct log_head head;
	struct cx *cx = &x->cx;

	if (log_head_read(cx, r->db, x->city, &head) || check_size(x, &head, "size", p->size, &shown->size))
		return cx->err;
	if (p->seq >= shown->size)
		return cx_fail(cx, ERR_NOT_FOUND, "seq: the log of %lld entries has no entry %lld",
			       (long long)shown->size, (long long)p->seq);
	shown->seq = p->seq;
	if (log_source(cx, &source, 0, (uint64_t)p->seq, leaf) ||
	    merkle_root(cx, log_source, &source, (uint64_t)shown->size, root))
		return cx->err;
	return merkle_prove_inclusion(cx, log_source, &source, (uint64_t)p->seq,
				      (uint64_t)shown->size, proof);
}

enum err serve_inclusion(struct exchange *x)
{
	struct proof_shown shown = {0};
	struct merkle_proof proof;
	struct digest leaf, root;
	struct reader r;
	enum err err;

	if (exchange_reader(x, x->city, &r))
		return x->cx.err;
	err = prove_inclusion(x, &r, &shown, &leaf, &root, &proof);
	node_reader_put(x->server->node, &r);
	if (err)
		return err;
	shown.leaf = (struct bytes){leaf.byte, 32};
	shown.root = (struct bytes){root.byte, 32};
	return answer_proof(x, inclusion_fields, &shown, &proof);
}

static enum err prove_consistency(struct exchange *x, struct reader *r, struct proof_shown *shown,
				  struct digest root[2], struct merkle_proof *proof)
{
	const struct log_params *p = x->params;
	struct log_source source = {r->db, x->city};
	struct log_head head;
	struct cx *cx = &x->cx;

	if (log_head_read(cx, r->db, x->city, &head) || check_size(x, &head, "from", p->from, &shown->from) ||
	    check_size(x, &head, "to", p->to, &shown->to))
		return cx->err;
	if (shown->from > shown->to)
		return cx_fail(cx, ERR_INVALID, "from: must not be larger than to");
	if (merkle_root(cx, log_source, &source, (uint64_t)shown->from, &root[0]) ||
	    merkle_root(cx, log_source, &source, (uint64_t)shown->to, &root[1]))
		return cx->err;
	return merkle_prove_consistency(cx, log_source, &source, (uint64_t)shown->from,
					(uint64_t)shown->to, proof);
}

enum err serve_consistency(struct exchange *x)
{
	struct proof_shown shown = {0};
	struct merkle_proof proof;
	struct digest root[2];
	struct reader r;
	enum err err;

	if (exchange_reader(x, x->city, &r))
		return x->cx.err;
	err = prove_consistency(x, &r, &shown, root, &proof);
	node_reader_put(x->server->node, &r);
	if (err)
		return err;
	shown.from_root = (struct bytes){root[0].byte, 32};
	shown.to_root = (struct bytes){root[1].byte, 32};
	return answer_proof(x, consistency_fields, &shown, &proof);
}
