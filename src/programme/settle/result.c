/* Importing the bank's return file: each line is paid or rejected, once. */
#include "programme/settle/parts.h"

static const struct field answer_fields[] = {
	F_INT(struct payout_answer, line, DERIVED | REQ, 1, PAYOUT_LINES_MAX, NULL, "line of the payout"),
	F_BOOL(struct payout_answer, paid, DERIVED | REQ, "paid, else rejected"),
	F_TEXT(struct payout_answer, reason, DERIVED, 1, BANK_REASON_MAX - 1,
		"ISO 20022 reason of a rejection"),
	F_END};
const struct field settle_payout_result_fields[] = {
	F_ID(struct payout_result, payout, MUST | PATH, "the payout"),
	F_TEXT(struct payout_result, file, IN | PII | REQ, 1, BANK_FILE_MAX,
		"the bank's return file: CSV (see bank.h) or pain.002.001.03"),
	F_HEX(struct payout_result, digest, DERIVED | REQ, 32, "SHA-256 of the file"),
	F_ENUM(struct payout_result, format, DERIVED | REQ, payout_formats, "form of the file"),
	F_MINOR(struct payout_result, paid_minor, DERIVED | REQ, "paid by this file"),
	F_MINOR(struct payout_result, rejected_minor, DERIVED | REQ, "rejected by this file"),
	F_INT(struct payout_result, waiting, DERIVED | REQ, 0, PAYOUT_LINES_MAX, NULL,
		"lines that still wait for the bank's answer"),
	F_LIST(struct payout_result, lines, DERIVED, PAYOUT_LINES_MAX, answer_fields, struct payout_answer,
		"what became of which line"),
	F_END};

struct reading {
	struct payout_result *r;
	const struct payout *p;
	const struct payout_line *const *line; /* of the payout, line i + 1 at i */
	size_t count;
	bool *named;                           /* by the file */
	struct payout_answer *answer;
};

/* Line number of an end-to-end id of this payout: the number with which the id ends. */
static enum err line_of(struct cx *cx, const struct reading *in, const char *id, size_t *out)
{
	const char *end = strrchr(id, '-');
	long long line = end ? strtoll(end + 1, NULL, 10) : 0;
	char want[BANK_ID_MAX];

	if (line >= 1 && (size_t)line <= in->count) {
		bank_end_to_end(want, in->p->city, in->p->payout, in->line[line - 1]->line);
		if (strcmp(want, id) == 0) {
			*out = (size_t)line - 1;
			return ERR_OK;
		}
	}
	return cx_fail(cx, ERR_INVALID, "'%s' is no end-to-end id of payout %lld", id,
		(long long)in->p->payout);
}

static enum err check_line(struct cx *cx, const struct reading *in, size_t i, const struct bank_line *b)
{
	const struct payout_line *l = in->line[i];
	char want[AMOUNT_TEXT], got[AMOUNT_TEXT];

	if (in->named[i])
		return cx_fail(cx, ERR_INVALID, "the file names '%s' twice", b->end_to_end);
	if (b->amount_minor >= 0 && b->amount_minor != l->amount_minor) {
		amount_text(want, l->amount_minor, in->p->currency);
		amount_text(got, b->amount_minor, in->p->currency);
		return cx_fail(cx, ERR_INVALID, "'%s' was for %s %s, the file says %s", b->end_to_end, want,
			in->p->currency, got);
	}
	return ERR_OK;
}

/* A line's end is final: a second answer is refused, whatever it says. */
static enum err take_answer(struct cx *cx, struct tx *tx, struct reading *in, size_t i,
			    enum bank_outcome outcome, const char *reason)
{
	const struct payout_line *l = in->line[i];
	struct payout_result *r = in->r;
	struct payout_answer *answer = &in->answer[r->lines.count];

	in->named[i] = true;
	if (l->state != LINE_PENDING)
		return cx_fail(cx, ERR_CONFLICT, "line %lld of payout %lld is %s: a second payout is refused",
			(long long)l->line, (long long)l->payout,
			cx_say_code(cx, "line", payout_line_states[l->state]));
	if (outcome == BANK_WAITING)
		return ERR_OK;
	if (payout_line_end(cx, tx, in->p, l, outcome == BANK_PAID))
		return cx->err;
	answer->line = l->line;
	answer->paid = outcome == BANK_PAID;
	if (outcome == BANK_PAID) {
		r->paid_minor += l->amount_minor;
	} else {
		r->rejected_minor += l->amount_minor;
		answer->reason = cx_strdup(cx, reason);
		if (!answer->reason)
			return cx->err;
	}
	r->lines.count++;
	r->waiting--;
	return ERR_OK;
}

/* What the file says of the message that it answers. */
static enum err check_message(struct cx *cx, const struct payout *p, const struct bank_result *b)
{
	char id[BANK_ID_MAX], want[AMOUNT_TEXT], got[AMOUNT_TEXT];

	bank_message_id(id, p->city, p->payout);
	if (b->message_id[0] && strcmp(b->message_id, id) != 0)
		return cx_fail(cx, ERR_INVALID, "the file answers message '%s', not '%s'", b->message_id, id);
	if (b->count >= 0 && b->count != p->lines)
		return cx_fail(cx, ERR_INVALID,
			       "the file answers a message of %lld payments, payout %lld has "
			       "%lld",
			       (long long)b->count, (long long)p->payout, (long long)p->lines);
	if (b->total_minor >= 0 && b->total_minor != p->total_minor) {
		amount_text(want, p->total_minor, p->currency);
		amount_text(got, b->total_minor, p->currency);
		return cx_fail(cx, ERR_INVALID,
			       "the file answers a message over %s %s, payout %lld is over %s", got,
			       p->currency, (long long)p->payout, want);
	}
	return ERR_OK;
}

static enum err take_file(struct cx *cx, struct tx *tx, struct reading *in, const struct bank_result *b)
{
	size_t i, at = 0;

	for (i = 0; i < b->lines; i++) {
		const struct bank_line *line = &b->line[i];

		if (line_of(cx, in, line->end_to_end, &at) || check_line(cx, in, at, line) ||
		    take_answer(cx, tx, in, at, line->outcome, line->reason))
			return cx->err;
	}
	for (i = 0; b->whole && i < in->count; i++) {
		if (in->line[i]->state != LINE_DROPPED && take_answer(cx, tx, in, i, b->outcome, b->reason))
			return cx->err;
	}
	return ERR_OK;
}

static enum err reading_init(struct cx *cx, struct tx *tx, struct payout_result *r, struct reading *in)
{
	*in = (struct reading){.r = r, .p = payout_get(cx, tx, r->payout)};
	if (!in->p || payout_lines(cx, tx, r->payout, &in->line, &in->count))
		return cx->err;
	in->named = cx_array(cx, in->count, sizeof(*in->named));
	in->answer = cx_array(cx, in->count, sizeof(*in->answer));
	if (!in->named || !in->answer)
		return cx->err;
	r->lines = (struct list){.item = in->answer};
	r->paid_minor = 0;
	r->rejected_minor = 0;
	r->waiting = in->p->lines - in->p->paid_lines - in->p->rejected_lines;
	return ERR_OK;
}

static enum err log_digest(struct cx *cx, struct payout_result *r, bool xml)
{
	struct digest d = sha256(r->file, strlen(r->file));
	void *copy = cx_memdup(cx, &d, sizeof(d));

	if (!copy)
		return cx->err;
	r->digest = (struct bytes){copy, sizeof(d)};
	r->format = xml ? FORMAT_PAIN001 : FORMAT_CSV;
	return ERR_OK;
}

enum err settle_payout_result_decide(struct cx *cx, struct tx *tx, void *rec)
{
	struct payout_result *r = rec;
	struct bank_result file;
	struct reading in;

	if (settle_check_programme(cx, tx) || reading_init(cx, tx, r, &in))
		return cx->err;
	if (bank_result_read(cx, r->file, strlen(r->file), in.p->currency, &file))
		return cx->err;
	if (in.p->state == PAYOUT_CREATED || in.p->state == PAYOUT_CANCELLED)
		return tx_check_move(cx, tx, &payout_machine, "payout", in.p->payout, in.p->state,
			PAYOUT_SETTLED);
	if (check_message(cx, in.p, &file) || take_file(cx, tx, &in, &file))
		return cx->err;
	if (r->lines.count == 0)
		return cx_fail(cx, ERR_CONFLICT,
			       "the file decides no line of payout %lld: import the next one",
			       (long long)in.p->payout);
	if (tx_check_move(cx, tx, &payout_machine, "payout", in.p->payout, in.p->state,
			  r->waiting ? PAYOUT_EXPORTED : PAYOUT_SETTLED))
		return cx->err;
	return log_digest(cx, r, file.xml);
}

enum err settle_payout_result_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	const struct payout_result *r = rec;
	const struct payout_answer *answer = r->lines.item;
	const struct payout *old = payout_get(cx, tx, r->payout);
	const struct payout_line *const *lines;
	struct payout p;
	size_t count = 0, i;

	if (!old || payout_lines(cx, tx, r->payout, &lines, &count))
		return cx->err;
	p = *old;
	for (i = 0; i < r->lines.count; i++) {
		if (answer[i].line < 1 || (size_t)answer[i].line > count)
			return cx_fail(cx, ERR_CORRUPT, "payout %lld has no line %lld", (long long)r->payout,
				(long long)answer[i].line);
		if (payout_line_ended(cx, tx, &p, lines[answer[i].line - 1],
				      answer[i].paid ? LINE_PAID : LINE_REJECTED, answer[i].reason))
			return cx->err;
	}
	if (p.paid_lines + p.rejected_lines == p.lines) {
		p.state = PAYOUT_SETTLED;
		p.settled_us = e->recorded_us;
	}
	if (tx_step(cx, tx, &payout_machine, "payout", p.payout, old->state, p.state))
		return cx->err;
	return tx_put(cx, tx, &payout_table, &p);
}
