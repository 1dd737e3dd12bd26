#include "kernel/checkpoint.h"

#include "base/sb.h"
#include "base/utf8.h"
#include "codec/text.h"

/* A signature line begins with an em dash (U+2014) and a space. */
static const char dash[] = "\xe2\x80\x94 ";
enum { DASH = sizeof(dash) - 1, KEY_ID = 4, ED25519 = 0x01, VKEY_BYTES = 1 + sizeof(struct sign_public) };

/* --- names and keys --- */

/* Length of the Unicode space (White_Space) that s begins with, else 0. s is valid UTF-8. */
static size_t space(const char *s, size_t n)
{
	static const char *const wide[] = {"\xc2\x85",	   "\xc2\xa0",	   "\xe1\x9a\x80", "\xe2\x80\xa8",
					   "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

	if (*s == ' ' || (*s >= '\t' && *s <= '\r'))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		if (n >= strlen(wide[i]) && !memcmp(s, wide[i], strlen(wide[i])))
			return strlen(wide[i]);
	/* U+2000 to U+200A */
	return n >= 3 && !memcmp(s, "\xe2\x80", 2) && (unsigned char)s[2] <= 0x8a ? 3 : 0;
}

static bool name_ok(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (name[i] == '+' || (unsigned char)name[i] < 0x20 || space(name + i, n - i))
			return false;
	return n > 0;
}

static void key_id(const char *name, const struct sign_public *pub, unsigned char id[KEY_ID])
{
	unsigned char text[NOTE_NAME_MAX + 1 + VKEY_BYTES];
	size_t n = strlen(name);
	struct digest digest;

	memcpy(text, name, n);
	text[n] = '\n';
	text[n + 1] = ED25519;
	memcpy(text + n + 2, pub->byte, sizeof(pub->byte));
	digest = sha256(text, n + 1 + VKEY_BYTES);
	memcpy(id, digest.byte, KEY_ID);
}

static enum err vkey_make(struct cx *cx, const char *name, size_t n, const struct sign_public *pub,
			  struct vkey *out)
{
	struct vkey key = {.pub = *pub};

	if (n > NOTE_NAME_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "a key name of %zu bytes: at most %d", n, NOTE_NAME_MAX);
	if (!utf8_valid(name, n) || !name_ok(name, n))
		return cx_fail(cx, ERR_INPUT, "a key name is UTF-8, not empty, and has no space and no '+'");
	memcpy(key.name, name, n);
	key_id(key.name, pub, key.id);
	*out = key;
	return ERR_OK;
}

enum err vkey_of(struct cx *cx, const char *name, const struct sign_public *pub, struct vkey *out)
{
	return vkey_make(cx, name, strlen(name), pub, out);
}

enum err vkey_write(struct cx *cx, const struct vkey *key, char **text)
{
	unsigned char bytes[VKEY_BYTES] = {ED25519};
	char id[2 * KEY_ID + 1], *base64, *s;

	memcpy(bytes + 1, key->pub.byte, sizeof(key->pub.byte));
	hex_encode(id, key->id, KEY_ID);
	base64 = base64_encode(cx, bytes, sizeof(bytes));
	s = base64 ? cx_printf(cx, "%s+%s+%s", key->name, id, base64) : NULL;
	if (!s)
		return cx->err;
	*text = s;
	return ERR_OK;
}

enum err vkey_read(struct cx *cx, const char *text, size_t n, struct vkey *out)
{
	const char *end = text + n, *id = memchr(text, '+', n), *base64;
	unsigned char want[KEY_ID], *bytes;
	struct sign_public pub;
	struct vkey key;
	size_t bytes_n;

	base64 = id ? memchr(id + 1, '+', (size_t)(end - id - 1)) : NULL;
	if (!base64 || !hex_decode(want, KEY_ID, id + 1, (size_t)(base64 - id - 1)))
		return cx_fail(cx, ERR_INPUT, "a verifier key is name+8 hexadecimal digits+base64");
	if (end - base64 > 64 ||
	    base64_decode(cx, base64 + 1, (size_t)(end - base64 - 1), &bytes, &bytes_n) ||
	    bytes_n != VKEY_BYTES || bytes[0] != ED25519)
		return cx_fail(cx, ERR_INPUT, "the verifier key holds no Ed25519 key (33 bytes in base64)");
	memcpy(pub.byte, bytes + 1, sizeof(pub.byte));
	if (vkey_make(cx, text, (size_t)(id - text), &pub, &key))
		return cx->err;
	if (memcmp(want, key.id, KEY_ID) != 0)
		return cx_fail(cx, ERR_INVALID, "the verifier key's id is not that of its name and key");
	*out = key;
	return ERR_OK;
}

/* --- notes --- */

static enum err check_text(struct cx *cx, const char *s, size_t n)
{
	if (n > NOTE_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "a note of %zu bytes: at most %d are read", n, NOTE_MAX);
	if (n == 0 || s[n - 1] != '\n')
		return cx_fail(cx, ERR_INPUT, "a note ends with a newline");
	if (!utf8_valid(s, n))
		return cx_fail(cx, ERR_INPUT, "a note is UTF-8");
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 && s[i] != '\n')
			return cx_fail(cx, ERR_INPUT, "a note has no control character; byte %zu is one", i);
	return ERR_OK;
}

enum err note_write(struct cx *cx, const char *text, size_t n, const char *name,
		    const struct sign_seed *seed, char **note)
{
	struct sign_public pub = sign_public_of(seed);
	unsigned char bytes[KEY_ID + sizeof(struct signature)];
	struct signature sig;
	struct vkey key;
	struct sb sb;
	char *base64;

	if (check_text(cx, text, n) || vkey_of(cx, name, &pub, &key))
		return cx->err;
	sig = sign_bytes(seed, text, n);
	memcpy(bytes, key.id, KEY_ID);
	memcpy(bytes + KEY_ID, sig.byte, sizeof(sig.byte));
	base64 = base64_encode(cx, bytes, sizeof(bytes));
	if (!base64)
		return cx->err;
	sb_init(&sb, cx, NOTE_MAX);
	sb_add(&sb, text, n);
	sb_printf(&sb, "\n%s%s %s\n", dash, name, base64);
	if (sb_end(&sb))
		return cx->err;
	*note = sb.data;
	return ERR_OK;
}

/* One signature line, without its newline. *ours: the key's name and id; then it must verify. */
static enum err read_signature(struct cx *cx, const char *line, size_t n, const struct vkey *key,
			       const char *text, size_t text_n, bool *ours)
{
	const char *name = line + DASH, *blank;
	struct signature sig;
	unsigned char *bytes;
	size_t name_n, bytes_n;

	blank = n > DASH && !memcmp(line, dash, DASH) ? memchr(name, ' ', n - DASH) : NULL;
	if (!blank || !name_ok(name, (size_t)(blank - name)))
		return cx_fail(cx, ERR_INPUT, "a signature line is an em dash, a key name and base64");
	name_n = (size_t)(blank - name);
	if (base64_decode(cx, blank + 1, n - DASH - name_n - 1, &bytes, &bytes_n) || bytes_n <= KEY_ID)
		return cx_fail(cx, ERR_INPUT, "the signature of %.*s is no base64 of key id and signature",
			       (int)(name_n > 100 ? 100 : name_n), name);
	*ours = name_n == strlen(key->name) && !memcmp(name, key->name, name_n) &&
		!memcmp(bytes, key->id, KEY_ID);
	if (!*ours)
		return ERR_OK;
	if (bytes_n == KEY_ID + sizeof(sig.byte)) {
		memcpy(sig.byte, bytes + KEY_ID, sizeof(sig.byte));
		if (sign_verify(&key->pub, &sig, text, text_n))
			return ERR_OK;
	}
	return cx_fail(cx, ERR_INVALID, "the signature of %s does not verify", key->name);
}

/* The signature lines, from `at` to the end of the note. */
static enum err read_signatures(struct cx *cx, const char *note, size_t n, size_t at, const struct vkey *key,
				size_t text_n)
{
	int lines = 0, verified = 0;

	for (; at < n; lines++) {
		const char *line = note + at;
		size_t len = (size_t)((const char *)memchr(line, '\n', n - at) - line);
		struct cx_mark mark = cx_mark(cx);
		bool ours;
		if (lines == NOTE_SIGNATURES_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "a note with more than %d signatures",
				       NOTE_SIGNATURES_MAX);
		if (read_signature(cx, line, len, key, note, text_n, &ours))
			return cx->err;
		cx_restore(cx, mark);
		verified += ours;
		at += len + 1;
	}
	if (lines == 0)
		return cx_fail(cx, ERR_INPUT, "the note has no signature");
	if (verified == 0)
		return cx_fail(cx, ERR_INVALID, "the note is not signed by %s", key->name);
	if (verified > 1)
		return cx_fail(cx, ERR_INPUT, "the note is signed twice by %s", key->name);
	return ERR_OK;
}

enum err note_read(struct cx *cx, const char *note, size_t n, const struct vkey *key, size_t *text_n)
{
	size_t at = n;

	if (check_text(cx, note, n))
		return cx->err;
	/* The last empty line ends the text: `at` shall be where the signatures begin. */
	while (at >= 2 && !(note[at - 1] == '\n' && note[at - 2] == '\n'))
		at--;
	if (at < 2)
		return cx_fail(cx, ERR_INPUT, "a note is a text, an empty line and signatures");
	if (read_signatures(cx, note, n, at, key, at - 1))
		return cx->err;
	*text_n = at - 1;
	return ERR_OK;
}

/* --- checkpoints --- */

enum err checkpoint_write(struct cx *cx, const char *origin, const char *name, const struct sign_seed *seed,
			  uint64_t size, const struct digest *root, char **note)
{
	size_t origin_n = strlen(origin);
	char *base64, *text;

	if (origin_n > CHECKPOINT_ORIGIN_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "a log's origin of %zu bytes: at most %d", origin_n,
			       CHECKPOINT_ORIGIN_MAX);
	if (origin_n == 0 || strchr(origin, '\n'))
		return cx_fail(cx, ERR_INPUT, "a log's origin is one line and not empty");
	base64 = base64_encode(cx, root->byte, sizeof(root->byte));
	text = base64 ? cx_printf(cx, "%s\n%llu\n%s\n", origin, (unsigned long long)size, base64) : NULL;
	if (!text)
		return cx->err;
	return note_write(cx, text, strlen(text), name, seed, note);
}

/* Decimal digits without a needless zero in front. */
static bool read_size(const char *s, size_t n, uint64_t *out)
{
	uint64_t size = 0;

	if (n == 0 || (n > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(size, 10, &size) ||
		    __builtin_add_overflow(size, (uint64_t)(s[i] - '0'), &size))
			return false;
	*out = size;
	return true;
}

/* Takes a line from text; false when there is none, or an empty one. */
static bool take_line(const char **text, size_t *n, const char **line, size_t *line_n)
{
	const char *end = memchr(*text, '\n', *n);

	if (!end || end == *text)
		return false;
	*line = *text;
	*line_n = (size_t)(end - *text);
	*n -= *line_n + 1;
	*text = end + 1;
	return true;
}

static enum err read_body(struct cx *cx, const char *text, size_t n, struct checkpoint *out)
{
	size_t origin_n, size_n, root_n, bytes_n, left, skip_n;
	const char *origin, *size, *root, *rest, *skip;
	struct checkpoint cp;
	unsigned char *bytes;

	if (!take_line(&text, &n, &origin, &origin_n) || !take_line(&text, &n, &size, &size_n) ||
	    !take_line(&text, &n, &root, &root_n))
		return cx_fail(cx, ERR_INPUT, "a checkpoint begins with three lines: origin, size, root");
	if (!read_size(size, size_n, &cp.size))
		return cx_fail(cx, ERR_INPUT, "line 2 of the checkpoint is no tree size");
	if (base64_decode(cx, root, root_n, &bytes, &bytes_n) || bytes_n != sizeof(cp.root.byte))
		return cx_fail(cx, ERR_INPUT, "line 3 of the checkpoint is no root (32 bytes in base64)");
	memcpy(cp.root.byte, bytes, sizeof(cp.root.byte));
	for (rest = text, left = n; left > 0;)
		if (!take_line(&rest, &left, &skip, &skip_n))
			return cx_fail(cx, ERR_INPUT, "an extension line of the checkpoint is empty");
	cp.origin = cx_strndup(cx, origin, origin_n);
	cp.extension = cp.origin ? cx_strndup(cx, text, n) : NULL;
	if (!cp.extension)
		return cx->err;
	*out = cp;
	return ERR_OK;
}

enum err checkpoint_read(struct cx *cx, const char *note, size_t n, const struct vkey *key,
			 struct checkpoint *out)
{
	size_t text_n;

	if (note_read(cx, note, n, key, &text_n))
		return cx->err;
	return read_body(cx, note, text_n, out);
}
