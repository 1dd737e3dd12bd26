/* merkle.h: the Merkle tree of a log: RFC 6962 section 2.1, proofs verified as RFC 9162 section 2.1.3.2
 * and 2.1.4.2 say. Pure: no database, no clock, no allocation.
 *
 * A tree is a list of leaf hashes. Its complete subtrees are named by (level, index): the leaves
 * [index << level, (index + 1) << level). Whoever keeps the log keeps a merkle_front: the complete
 * subtrees that cover the list from left to right, largest first, from which the next root follows.
 * Proofs need older subtrees too; they come from the caller, through a merkle_source.
 *
 * Verifiers take untrusted input: any count, size and bytes give true or false, never a crash.
 */
#ifndef RELODE_KERNEL_MERKLE_H
#define RELODE_KERNEL_MERKLE_H

#include "codec/hash.h"

enum {
	MERKLE_FRONT_MAX = 64,                                  /* complete subtrees of a front */
	MERKLE_FRONT_BYTES = 8 + 32 * MERKLE_FRONT_MAX,         /* an encoded front, at most */
	MERKLE_PROOF_MAX = 65,                                  /* hashes of a proof, at most */
};

/* SHA-256(0x00 ‖ data) */
struct digest merkle_leaf(const void *data, size_t n);
/* SHA-256(0x01 ‖ left ‖ right) */
struct digest merkle_node(const struct digest *left, const struct digest *right);
/* SHA-256 of nothing: the root of no leaves */
struct digest merkle_empty(void);

/* All zero is the front of the empty tree. */
struct merkle_front {
	uint64_t size; /* leaves */
	struct digest node[MERKLE_FRONT_MAX];
	int count;     /* of node: the ones in size's binary digits */
};
void merkle_front_add(struct merkle_front *front, const struct digest *leaf);
struct digest merkle_front_root(const struct merkle_front *front);
/* As merkle_front_add, and tells which complete subtrees the leaf finished: done[level] is the hash of
 * (level, (front->size >> level) - 1), for level 0 (the leaf itself) to the returned number - 1. Kept,
 * they are all that a merkle_source must answer. done has MERKLE_FRONT_MAX members. */
int merkle_front_grow(struct merkle_front *front, const struct digest *leaf, struct digest *done);
/* size as 8 bytes, most significant first, then the nodes. Returns the number of bytes written. */
size_t merkle_front_encode(const struct merkle_front *front, unsigned char out[MERKLE_FRONT_BYTES]);
/* ERR_CORRUPT unless the length is exactly what the size asks for. */
enum err merkle_front_decode(struct cx *cx, const void *p, size_t n, struct merkle_front *out) MUST_USE;

/* Gives the hash of a complete subtree. Only subtrees within the asked-for tree size are asked. */
typedef enum err merkle_source(struct cx *cx, void *arg, int level, uint64_t index, struct digest *out);

struct merkle_proof {
	int count;
	struct digest node[MERKLE_PROOF_MAX]; /* from the leaf's side to the root's */
};
/* The root of the first size leaves. */
enum err merkle_root(struct cx *cx, merkle_source *source, void *arg, uint64_t size,
		     struct digest *out) MUST_USE;
/* That leaf `index` is in the tree of `size` leaves. ERR_INVALID unless index < size. */
enum err merkle_prove_inclusion(struct cx *cx, merkle_source *source, void *arg, uint64_t index,
				uint64_t size, struct merkle_proof *out) MUST_USE;
/* That the tree of `first` leaves is the beginning of the tree of `second`. ERR_INVALID unless
 * first <= second. From the empty tree, or from a tree to itself, the proof is empty. */
enum err merkle_prove_consistency(struct cx *cx, merkle_source *source, void *arg, uint64_t first,
				  uint64_t second, struct merkle_proof *out) MUST_USE;

bool merkle_verify_inclusion(const struct digest *leaf, uint64_t index, uint64_t size,
			     const struct digest *root, const struct digest *proof, size_t count);
/* first 0 holds whenever first_root is merkle_empty() and the proof is empty: anything continues
 * nothing, so it says nothing about second_root. */
bool merkle_verify_consistency(uint64_t first, const struct digest *first_root, uint64_t second,
			       const struct digest *second_root, const struct digest *proof, size_t count);

#endif
