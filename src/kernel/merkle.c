#include "kernel/merkle.h"

struct digest merkle_leaf(const void *data, size_t n)
{
	return sha256_2("\0", 1, data, n);
}

struct digest merkle_node(const struct digest *left, const struct digest *right)
{
	unsigned char both[1 + 2 * sizeof(struct digest)] = {0x01};

	memcpy(both + 1, left->byte, sizeof(left->byte));
	memcpy(both + 1 + sizeof(left->byte), right->byte, sizeof(right->byte));
	return sha256(both, sizeof(both));
}

struct digest merkle_empty(void)
{
	return sha256("", 0);
}

/* Joins subtrees, largest first, into the root above them: the smallest two first. */
static struct digest fold(const struct digest *node, int count)
{
	struct digest root;

	if (count == 0)
		return merkle_empty();
	root = node[count - 1];
	for (int i = count - 2; i >= 0; i--)
		root = merkle_node(&node[i], &root);
	return root;
}

/* --- the front --- */

int merkle_front_grow(struct merkle_front *front, const struct digest *leaf, struct digest *done)
{
	struct digest hash = *leaf;
	int level = 0;

	BUG(front->size == UINT64_MAX);
	/* Each trailing one of the old size is a subtree that now finds its equal. */
	for (uint64_t bits = front->size; bits & 1; bits >>= 1) {
		if (done)
			done[level] = hash;
		hash = merkle_node(&front->node[--front->count], &hash);
		level++;
	}
	if (done)
		done[level] = hash;
	front->node[front->count++] = hash;
	front->size++;
	return level + 1;
}

void merkle_front_add(struct merkle_front *front, const struct digest *leaf)
{
	merkle_front_grow(front, leaf, NULL);
}

struct digest merkle_front_root(const struct merkle_front *front)
{
	return fold(front->node, front->count);
}

size_t merkle_front_encode(const struct merkle_front *front, unsigned char out[MERKLE_FRONT_BYTES])
{
	size_t n = 8;

	BUG(front->count != __builtin_popcountll(front->size));
	for (int i = 0; i < 8; i++)
		out[i] = (unsigned char)(front->size >> (56 - 8 * i));
	for (int i = 0; i < front->count; i++, n += sizeof(struct digest))
		memcpy(out + n, front->node[i].byte, sizeof(struct digest));
	return n;
}

enum err merkle_front_decode(struct cx *cx, const void *p, size_t n, struct merkle_front *out)
{
	const unsigned char *byte = p;
	uint64_t size = 0;
	int count;

	if (n < 8)
		return cx_fail(cx, ERR_CORRUPT, "a Merkle front has %zu bytes, fewer than 8", n);
	for (int i = 0; i < 8; i++)
		size = size << 8 | byte[i];
	count = __builtin_popcountll(size);
	if (n - 8 != (size_t)count * sizeof(struct digest))
		return cx_fail(cx, ERR_CORRUPT, "a Merkle front of %llu leaves has %d hashes, not %zu bytes",
			       (unsigned long long)size, count, n - 8);
	*out = (struct merkle_front){.size = size, .count = count};
	for (int i = 0; i < count; i++)
		memcpy(out->node[i].byte, byte + 8 + (size_t)i * sizeof(struct digest),
		       sizeof(struct digest));
	return ERR_OK;
}

/* --- proofs --- */

/* The largest power of two below n; n > 1. */
static uint64_t split(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/* The root of leaves [start, end), which stand as a subtree in an RFC 6962 tree: start is a multiple of
 * the smallest power of two that is not below end - start. */
static enum err range_root(struct cx *cx, merkle_source *source, void *arg, uint64_t start, uint64_t end,
			   struct digest *out)
{
	struct digest node[MERKLE_FRONT_MAX];
	int count = 0;

	while (start < end) {
		int level = 63 - __builtin_clzll(end - start);
		if (source(cx, arg, level, start >> level, &node[count++]))
			return cx->err;
		start += UINT64_C(1) << level;
	}
	*out = fold(node, count);
	return ERR_OK;
}

enum err merkle_root(struct cx *cx, merkle_source *source, void *arg, uint64_t size, struct digest *out)
{
	return range_root(cx, source, arg, 0, size, out);
}

/* Proofs are found from the root down and told from the leaf up. */
static void reverse(struct merkle_proof *proof)
{
	for (int i = 0, j = proof->count - 1; i < j; i++, j--) {
		struct digest hash = proof->node[i];
		proof->node[i] = proof->node[j];
		proof->node[j] = hash;
	}
}

enum err merkle_prove_inclusion(struct cx *cx, merkle_source *source, void *arg, uint64_t index,
				uint64_t size, struct merkle_proof *out)
{
	struct merkle_proof proof = {.count = 0};
	uint64_t start = 0, end = size;

	if (index >= size)
		return cx_fail(cx, ERR_INVALID, "a log of %llu leaves has no leaf %llu",
			       (unsigned long long)size, (unsigned long long)index);
	while (end - start > 1) {
		uint64_t middle = start + split(end - start);
		bool left = index < middle;
		if (range_root(cx, source, arg, left ? middle : start, left ? end : middle,
			       &proof.node[proof.count++]))
			return cx->err;
		if (left)
			end = middle;
		else
			start = middle;
	}
	reverse(&proof);
	*out = proof;
	return ERR_OK;
}

enum err merkle_prove_consistency(struct cx *cx, merkle_source *source, void *arg, uint64_t first,
				  uint64_t second, struct merkle_proof *out)
{
	struct merkle_proof proof = {.count = 0};
	uint64_t start = 0, end = second;

	if (first > second)
		return cx_fail(cx, ERR_INVALID, "a log of %llu leaves does not continue one of %llu",
			       (unsigned long long)second, (unsigned long long)first);
	if (first == 0)
		end = 0;
	while (end != first) {
		uint64_t middle = start + split(end - start);
		bool left = first <= middle;
		if (range_root(cx, source, arg, left ? middle : start, left ? end : middle,
			       &proof.node[proof.count++]))
			return cx->err;
		if (left)
			end = middle;
		else
			start = middle;
	}
	/* When the first tree is one complete subtree, its root is known to the verifier. */
	if (start != 0 && range_root(cx, source, arg, start, end, &proof.node[proof.count++]))
		return cx->err;
	reverse(&proof);
	*out = proof;
	return ERR_OK;
}

/* --- verifying --- */

bool merkle_verify_inclusion(const struct digest *leaf, uint64_t index, uint64_t size,
			     const struct digest *root, const struct digest *proof, size_t count)
{
	struct digest hash = *leaf;
	uint64_t at = index, last = size - 1; /* of the nodes on the present level */

	if (index >= size || count > MERKLE_PROOF_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (last == 0)
			return false;
		if (at & 1 || at == last) {
			hash = merkle_node(&proof[i], &hash);
			for (; at && !(at & 1); at >>= 1)
				last >>= 1;
		} else {
			hash = merkle_node(&hash, &proof[i]);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0 && digest_equal(&hash, root);
}

/* 0 < first < second. */
static bool verify_growth(uint64_t first, const struct digest *first_root, uint64_t second,
			  const struct digest *second_root, const struct digest *proof, size_t count)
{
	uint64_t at = first - 1, last = second - 1;
	struct digest old, new;
	size_t i = 0;

	/* Up to the largest complete subtree at the first tree's end: the rest of it is left of that. */
	for (; at & 1; at >>= 1)
		last >>= 1;
	if (at == 0)
		old = *first_root; /* the first tree is that subtree */
	else if (count > 0)
		old = proof[i++];
	else
		return false;
	new = old;
	for (; i < count; i++) {
		if (last == 0)
			return false;
		if (at & 1 || at == last) {
			old = merkle_node(&proof[i], &old);
			new = merkle_node(&proof[i], &new);
			for (; at && !(at & 1); at >>= 1)
				last >>= 1;
		} else {
			new = merkle_node(&new, &proof[i]);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0 && digest_equal(&old, first_root) && digest_equal(&new, second_root);
}

bool merkle_verify_consistency(uint64_t first, const struct digest *first_root, uint64_t second,
			       const struct digest *second_root, const struct digest *proof, size_t count)
{
	struct digest empty = merkle_empty();

	if (first > second || count > MERKLE_PROOF_MAX)
		return false;
	if (first == second)
		return count == 0 && digest_equal(first_root, second_root) &&
		       (first != 0 || digest_equal(first_root, &empty));
	if (first == 0)
		return count == 0 && digest_equal(first_root, &empty);
	return verify_growth(first, first_root, second, second_root, proof, count);
}
