/* Whatever the bytes: as a note they are refused, or are a text that the key signed; as a text they are
 * refused, or signed and read back; as a checkpoint's text they are refused, or say exactly what their
 * origin, size, root and extension say when written down again; as a verifier key they are refused, or
 * come back as they were. */
#include "fuzz.h"

#include "codec/text.h"
#include "kernel/checkpoint.h"

static const char name[] = "fuzz.example/log";
static const struct sign_seed seed = {{1, 2, 3}};

static void must_refuse(const struct cx *cx)
{
	HOLDS(cx->err == ERR_INPUT || cx->err == ERR_INVALID || cx->err == ERR_TOO_LARGE);
}

static void as_note(struct cx *cx, const char *p, size_t n, const struct vkey *key)
{
	struct checkpoint cp;
	size_t text_n;

	if (note_read(cx, p, n, key, &text_n)) {
		must_refuse(cx);
		HOLDS(checkpoint_read(cx, p, n, key, &cp) != ERR_OK);
		return;
	}
	HOLDS(text_n > 0 && text_n < n && p[text_n - 1] == '\n' && p[text_n] == '\n');
	if (checkpoint_read(cx, p, n, key, &cp))
		must_refuse(cx);
}

static void as_checkpoint(struct cx *cx, const char *p, size_t n, const struct vkey *key, const char *note)
{
	struct checkpoint cp;
	char *again;

	if (checkpoint_read(cx, note, strlen(note), key, &cp)) {
		HOLDS(cx->err == ERR_INPUT);
		return;
	}
	again = cx_printf(cx, "%s\n%llu\n%s\n%s", cp.origin, (unsigned long long)cp.size,
			  base64_encode(cx, cp.root.byte, sizeof(cp.root.byte)), cp.extension);
	HOLDS(again && strlen(again) == n && memcmp(again, p, n) == 0);
	if (*cp.extension || strlen(cp.origin) > CHECKPOINT_ORIGIN_MAX)
		return;
	HOLDS(checkpoint_write(cx, cp.origin, name, &seed, cp.size, &cp.root, &again) == ERR_OK);
	HOLDS(strcmp(again, note) == 0);
}

static void as_text(struct cx *cx, const char *p, size_t n, const struct vkey *key)
{
	size_t text_n;
	char *note;

	if (note_write(cx, p, n, name, &seed, &note)) {
		must_refuse(cx);
		return;
	}
	HOLDS(note_read(cx, note, strlen(note), key, &text_n) == ERR_OK && text_n == n);
	HOLDS(memcmp(note, p, n) == 0);
	as_checkpoint(cx, p, n, key, note);
	/* Any other key's view of it. */
	struct vkey other = *key;
	other.id[0] ^= 1;
	HOLDS(note_read(cx, note, strlen(note), &other, &text_n) == ERR_INVALID);
}

static void as_vkey(struct cx *cx, const char *p, size_t n)
{
	struct vkey key;
	char *text;

	if (vkey_read(cx, p, n, &key)) {
		must_refuse(cx);
		return;
	}
	HOLDS(vkey_write(cx, &key, &text) == ERR_OK);
	HOLDS(strlen(text) == n && memcmp(text, p, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct sign_public pub;
	struct vkey key;
	struct cx cx;

	sign_setup();
	cx_init(&cx, 0);
	pub = sign_public_of(&seed);
	HOLDS(vkey_of(&cx, name, &pub, &key) == ERR_OK);
	as_note(&cx, p, size, &key);
	cx_reset(&cx);
	as_text(&cx, p, size, &key);
	cx_reset(&cx);
	as_vkey(&cx, p, size);
	cx_done(&cx);
	return 0;
}
