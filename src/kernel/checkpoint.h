/* checkpoint.h: a log's signed size and root, as others read it: C2SP tlog-checkpoint, which is a C2SP
 * signed-note with an Ed25519 signature (c2sp.org/tlog-checkpoint, c2sp.org/signed-note).
 *
 *	example.org/city/1              origin: which log
 *	20852163                        leaves
 *	CsUYapGGPo4dkMgIAUqom/Xajj7…=   base64 of the root
 *
 *	— example.org/city/1 Az3grl…==  key name, base64(key id ‖ signature of all above the blank line)
 *
 * The key id is the first four bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key). A verifier key is
 * handed out as text: name+hex(key id)+base64(0x01 ‖ public key).
 *
 * Readers take untrusted input. ERR_INPUT says that it is not well formed, ERR_INVALID that the key did
 * not sign it, ERR_TOO_LARGE that a limit is exceeded.
 */
#ifndef RELODE_KERNEL_CHECKPOINT_H
#define RELODE_KERNEL_CHECKPOINT_H

#include "codec/hash.h"
#include "codec/sign.h"

enum {
	NOTE_MAX = 256 * 1024,   /* bytes of a note; sixteen post-quantum signatures of witnesses fit */
	NOTE_SIGNATURES_MAX = 100,
	NOTE_NAME_MAX = 255,     /* bytes of our key's name; not empty, no space, no '+' */
	CHECKPOINT_ORIGIN_MAX = 255
};

/* A verifier key. */
struct vkey {
	char name[NOTE_NAME_MAX + 1];
	unsigned char id[4];
	struct sign_public pub;
};
enum err vkey_of(struct cx *cx, const char *name, const struct sign_public *pub, struct vkey *out) MUST_USE;
enum err vkey_write(struct cx *cx, const struct vkey *key, char **text) MUST_USE;
enum err vkey_read(struct cx *cx, const char *text, size_t n, struct vkey *out) MUST_USE;

/* Signs text: UTF-8, no control characters but newline, the last byte a newline. */
enum err note_write(struct cx *cx, const char *text, size_t n, const char *name,
		    const struct sign_seed *seed, char **note) MUST_USE;
/* The first *text_n bytes of the note are the text that the key signed. Signatures of other keys are
 * checked for their form alone. A second signature of the key is refused. */
enum err note_read(struct cx *cx, const char *note, size_t n, const struct vkey *key,
		   size_t *text_n) MUST_USE;

struct checkpoint {
	const char *origin; /* in the arena */
	uint64_t size;
	struct digest root;
	const char *extension; /* further signed lines, each with its newline; "" when there are none */
};
enum err checkpoint_write(struct cx *cx, const char *origin, const char *name, const struct sign_seed *seed,
			  uint64_t size, const struct digest *root, char **note) MUST_USE;
/* Verifies the key's signature and reads. Whoever trusts the key still has to compare the origin. */
enum err checkpoint_read(struct cx *cx, const char *note, size_t n, const struct vkey *key,
			 struct checkpoint *out) MUST_USE;

#endif
