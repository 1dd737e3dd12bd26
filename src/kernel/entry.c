#include "kernel/entry.h"

#include "kernel/books.h"

/* Text that may have failed to be made: that fails the whole, it is not null. */
static void made_text(struct json_writer *w, const char *text)
{
	if (!text)
		w->sb->err = w->sb->err ? w->sb->err : ERR_MEMORY;
	jw_text(w, text);
}

static void write_transfer(struct json_writer *w, struct cx *cx, const struct domain *d,
			   const struct transfer *t)
{
	jw_object(w);
	jw_int_at(w, "amount", t->amount);
	JW_NAME(w, "from");
	made_text(w, account_text(cx, d, t->from));
	if (t->kind != TRANSFER_POSTED)
		jw_text_at(w, "kind", transfer_names[t->kind]);
	if (t->kind == TRANSFER_POST || t->kind == TRANSFER_VOID) {
		jw_int_at(w, "pending_n", t->pending_n);
		jw_int_at(w, "pending_seq", t->pending_seq);
	}
	if (t->tax)
		jw_text_at(w, "tax", t->tax);
	JW_NAME(w, "to");
	made_text(w, account_text(cx, d, t->to));
	jw_text_at(w, "unit", t->unit);
	jw_object_end(w);
}

static void write_digest(struct json_writer *w, struct bytes digest)
{
	JW_NAME(w, "digest");
	jw_hex(w, digest.p, digest.n);
}

static void write_refs(struct json_writer *w, const struct list *refs)
{
	JW_NAME(w, "refs");
	jw_array(w);
	for (size_t i = 0; i < refs->count; i++) {
		const struct ref_use *r = (const struct ref_use *)refs->item + i;
		jw_object(w);
		write_digest(w, r->digest);
		jw_text_at(w, "name", r->name);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_rows(struct json_writer *w, const struct list *rows)
{
	JW_NAME(w, "rows");
	jw_array(w);
	for (size_t i = 0; i < rows->count; i++) {
		const struct row_proof *r = (const struct row_proof *)rows->item + i;
		jw_object(w);
		jw_int_at(w, "count", r->count);
		write_digest(w, r->digest);
		jw_text_at(w, "table", r->table);
		jw_object_end(w);
	}
	jw_array_end(w);
}

enum err entry_encode(struct cx *cx, const struct domain *d, const struct entry *e, struct sb *sb)
{
	struct json_writer w;

	jw_init(&w, sb, false);
	jw_object(&w);
	jw_int_at(&w, "actor", e->actor);
	jw_int_at(&w, "city", e->city);
	JW_NAME(&w, "data");
	jw_object(&w);
	field_write(&w, e->action->fields, LOG, e->rec);
	jw_object_end(&w);
	jw_int_at(&w, "happened_us", e->happened_us);
	if (e->idem.n) {
		JW_NAME(&w, "idem");
		jw_hex(&w, e->idem.p, e->idem.n);
	}
	if (e->ids)
		jw_int_at(&w, "ids", e->ids);
	jw_int_at(&w, "recorded_us", e->recorded_us);
	if (e->refs.count)
		write_refs(&w, &e->refs);
	if (e->rows.count)
		write_rows(&w, &e->rows);
	jw_int_at(&w, "seq", e->seq);
	if (e->site != FIELD_NONE)
		jw_int_at(&w, "site", e->site);
	if (e->transfers.count) {
		JW_NAME(&w, "transfers");
		jw_array(&w);
		for (size_t i = 0; i < e->transfers.count; i++)
			write_transfer(&w, cx, d, (const struct transfer *)e->transfers.item + i);
		jw_array_end(&w);
	}
	jw_text_at(&w, "type", e->type);
	jw_int_at(&w, "v", e->v);
	jw_object_end(&w);
	return sb_end(sb);
}

/* The header's plain members. */
static const struct field head_fields[] = {
	F_ID(struct entry, actor, LOG | REQ, "user"),
	F_ID(struct entry, city, LOG | REQ, "city"),
	F_INT(struct entry, happened_us, LOG | REQ, 0, JSON_INT_MAX, "us", "claimed"),
	F_HEX(struct entry, idem, LOG, 32, "idempotency digests"),
	F_INT(struct entry, ids, LOG, 1, 1000000, NULL, "ids allotted"),
	F_INT(struct entry, recorded_us, LOG | REQ, 0, JSON_INT_MAX, "us", "recorded"),
	F_INT(struct entry, seq, LOG | REQ, 0, JSON_INT_MAX, NULL, "line"),
	F_ID(struct entry, site, LOG, "where"),
	F_TEXT(struct entry, type, LOG | REQ, 1, 64, "action"),
	F_INT(struct entry, v, LOG | REQ, 1, 1000, NULL, "version"),
	F_END,
};

static const struct field ref_fields[] = {
	F_HEX(struct ref_use, digest, LOG | REQ, 32, "SHA-256"),
	F_TEXT(struct ref_use, name, LOG | REQ, 1, 128, "what"),
	F_END,
};
static const struct field proof_fields[] = {
	F_INT(struct row_proof, count, LOG | REQ, 1, JSON_INT_MAX, NULL, "rows"),
	F_HEX(struct row_proof, digest, LOG | REQ, 32, "SHA-256"),
	F_TEXT(struct row_proof, table, LOG | REQ, 1, 64, "table"),
	F_END,
};

struct transfer_text {
	struct transfer t;
	const char *from, *to;
};
static const struct field transfer_fields[] = {
	{.name = "amount",
	 .type = FIELD_INT,
	 .flags = LOG | REQ,
	 .at = offsetof(struct transfer_text, t.amount),
	 .min = 1,
	 .max = JSON_INT_MAX},
	F_TEXT(struct transfer_text, from, LOG | REQ, 1, 64, "account"),
	{.name = "kind",
	 .type = FIELD_ENUM,
	 .flags = LOG,
	 .at = offsetof(struct transfer_text, t.kind),
	 .names = transfer_names},
	{.name = "pending_n",
	 .type = FIELD_INT,
	 .flags = LOG,
	 .at = offsetof(struct transfer_text, t.pending_n),
	 .min = 1,
	 .max = ENTRY_TRANSFERS_MAX},
	{.name = "pending_seq",
	 .type = FIELD_INT,
	 .flags = LOG,
	 .at = offsetof(struct transfer_text, t.pending_seq),
	 .min = 0,
	 .max = JSON_INT_MAX},
	{.name = "tax",
	 .type = FIELD_TEXT,
	 .flags = LOG,
	 .at = offsetof(struct transfer_text, t.tax),
	 .min = 1,
	 .max = 16},
	F_TEXT(struct transfer_text, to, LOG | REQ, 1, 64, "account"),
	{.name = "unit",
	 .type = FIELD_TEXT,
	 .flags = LOG | REQ,
	 .at = offsetof(struct transfer_text, t.unit),
	 .min = 2,
	 .max = 8},
	F_END,
};

static enum err read_transfers(struct cx *cx, const struct domain *d, const struct json *v, struct list *out)
{
	struct field list = {.name = "transfers",
			     .type = FIELD_LIST,
			     .flags = LOG,
			     .max = ENTRY_TRANSFERS_MAX,
			     .sub = transfer_fields,
			     .sub_size = sizeof(struct transfer_text)};
	struct field holder[] = {list, F_END};
	struct json object = {.type = JSON_OBJECT, .item = (struct json *[]){(struct json *)(uintptr_t)v},
			      .name = (const char *[]){"transfers"}, .count = 1};
	struct list texts;
	struct transfer *t;

	if (field_read(cx, holder, LOG, &object, &texts))
		return cx->err;
	t = cx_array(cx, texts.count, sizeof(*t));
	if (!t)
		return cx->err;
	for (size_t i = 0; i < texts.count; i++) {
		const struct transfer_text *x = (const struct transfer_text *)texts.item + i;
		t[i] = x->t;
		t[i].kind = field_or(x->t.kind, TRANSFER_POSTED);
		if (account_parse(cx, d, x->from, &t[i].from) || account_parse(cx, d, x->to, &t[i].to))
			return cx->err;
	}
	*out = (struct list){t, texts.count};
	return ERR_OK;
}

static enum err read_list(struct cx *cx, const char *name, const struct field *sub, size_t size,
			  const struct json *v, struct list *out)
{
	struct field holder[] = {{.name = name, .type = FIELD_LIST, .flags = LOG, .max = 64, .sub = sub,
				  .sub_size = size},
				 F_END};
	struct json object = {.type = JSON_OBJECT, .item = (struct json *[]){(struct json *)(uintptr_t)v},
			      .name = (const char *[]){name}, .count = 1};

	return field_read(cx, holder, LOG, &object, out);
}

/* Splits the tree into the plain members, which field_read knows, and the others. */
static enum err read_head(struct cx *cx, const struct domain *d, const struct json *v, struct entry *out)
{
	struct json head = {.type = JSON_OBJECT};
	const struct json *data = json_get(v, "data"), *list;

	if (v->type != JSON_OBJECT || !data)
		return cx_fail(cx, ERR_CORRUPT, "an entry is an object with data");
	head.item = cx_array(cx, v->count, sizeof(*head.item));
	head.name = cx_array(cx, v->count, sizeof(*head.name));
	if (!head.item || !head.name)
		return cx->err;
	for (size_t i = 0; i < v->count; i++) {
		const char *name = v->name[i];
		if (strcmp(name, "data") == 0 || strcmp(name, "refs") == 0 || strcmp(name, "rows") == 0 ||
		    strcmp(name, "transfers") == 0)
			continue;
		head.name[head.count] = name;
		head.item[head.count++] = v->item[i];
	}
	if (field_read(cx, head_fields, LOG, &head, out))
		return cx->err;
	out->ids = field_or(out->ids, 0);
	list = json_get(v, "transfers");
	if (list && read_transfers(cx, d, list, &out->transfers))
		return cx->err;
	list = json_get(v, "refs");
	if (list && read_list(cx, "refs", ref_fields, sizeof(struct ref_use), list, &out->refs))
		return cx->err;
	list = json_get(v, "rows");
	if (list && read_list(cx, "rows", proof_fields, sizeof(struct row_proof), list, &out->rows))
		return cx->err;
	out->action = domain_action(d, out->type);
	if (!out->action || out->action->v != out->v)
		return cx_fail(cx, ERR_CORRUPT, "entry type %s version %lld is not known",
			       out->type, (long long)out->v);
	out->rec = cx_alloc(cx, out->action->size);
	if (!out->rec || field_read(cx, out->action->fields, LOG, data, out->rec))
		return cx->err;
	return ERR_OK;
}

static enum err corrupt(struct cx *cx)
{
	if (cx->err != ERR_MEMORY)
		cx->err = ERR_CORRUPT;
	return cx->err;
}

enum err entry_decode(struct cx *cx, const struct domain *d, const char *body, size_t n, struct entry *out)
{
	struct json *v;
	struct sb sb;

	*out = (struct entry){.site = FIELD_NONE};
	if (json_parse(cx, body, n, &json_limits_file, &v) || read_head(cx, d, v, out))
		return corrupt(cx);
	sb_init(&sb, cx, ENTRY_BYTES_MAX);
	if (entry_encode(cx, d, out, &sb))
		return corrupt(cx);
	if (sb.len != n || memcmp(sb.data, body, n) != 0)
		return cx_fail(cx, ERR_CORRUPT, "the entry's text is not the canonical form of what it says");
	return ERR_OK;
}

enum err entry_read(struct cx *cx, struct db *db, const struct domain *d, int64_t city, int64_t seq,
		    struct entry *out)
{
	struct journal_line line;

	if (journal_find(cx, db, city, seq, &line))
		return cx->err;
	return entry_decode(cx, d, line.body, line.n, out);
}
