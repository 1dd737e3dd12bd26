/* The Merkle tree against the recursive definitions of RFC 6962 section 2.1, written down as they stand
 * there, and against the roots and a proof published with the certificate-transparency reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/merkle.h"

enum { LEAVES = 130, EVERY_BIT = 12 /* sizes up to here: every bit of a proof is flipped */ };

static struct digest leaf[LEAVES];
static struct digest root[LEAVES + 1];

/* --- the definition --- */

static size_t below(size_t n)
{
	size_t k = 1;
	while (k * 2 < n)
		k *= 2;
	return k;
}

static struct digest mth(const struct digest *d, size_t n)
{
	struct digest l, r;

	if (n == 0)
		return merkle_empty();
	if (n == 1)
		return d[0];
	l = mth(d, below(n));
	r = mth(d + below(n), n - below(n));
	return merkle_node(&l, &r);
}

static void path(size_t m, const struct digest *d, size_t n, struct merkle_proof *out)
{
	size_t k;

	if (n == 1)
		return;
	k = below(n);
	if (m < k) {
		path(m, d, k, out);
		out->node[out->count++] = mth(d + k, n - k);
	} else {
		path(m - k, d + k, n - k, out);
		out->node[out->count++] = mth(d, k);
	}
}

static void subproof(size_t m, const struct digest *d, size_t n, bool whole, struct merkle_proof *out)
{
	size_t k;

	if (m == n) {
		if (!whole)
			out->node[out->count++] = mth(d, n);
		return;
	}
	k = below(n);
	if (m <= k) {
		subproof(m, d, k, whole, out);
		out->node[out->count++] = mth(d + k, n - k);
	} else {
		subproof(m - k, d + k, n - k, false, out);
		out->node[out->count++] = mth(d, k);
	}
}

/* --- what the log would keep --- */

struct log {
	uint64_t size;
	int fail_after; /* 0: never */
};

static enum err subtree(struct cx *cx, void *arg, int level, uint64_t index, struct digest *out)
{
	struct log *log = arg;

	if (log->fail_after && --log->fail_after == 0)
		return cx_fail(cx, ERR_IO, "the shelf is empty");
	assert_true(((index + 1) << level) <= log->size); /* only complete subtrees of this tree */
	*out = mth(leaf + (index << level), (size_t)1 << level);
	return ERR_OK;
}

static void assert_digest(const struct digest *a, const struct digest *b)
{
	assert_memory_equal(a->byte, b->byte, sizeof(a->byte));
}

static void assert_proof(const struct merkle_proof *a, const struct merkle_proof *b)
{
	assert_int_equal(a->count, b->count);
	for (int i = 0; i < a->count; i++)
		assert_digest(&a->node[i], &b->node[i]);
}

static int set_up(void **state)
{
	(void)state;
	for (int i = 0; i < LEAVES; i++) {
		char text[16];
		int n = snprintf(text, sizeof(text), "leaf %d", i);
		leaf[i] = merkle_leaf(text, (size_t)n);
	}
	for (size_t n = 0; n <= LEAVES; n++)
		root[n] = mth(leaf, n);
	return 0;
}

/* --- tests --- */

static const char *const ct_data[] = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
				      "606162636465666768696a6b6c6d6e6f"};
static const char *const ct_root[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void published_roots(void **state)
{
	struct merkle_front front = {0};

	(void)state;
	for (size_t i = 0; i <= ARRAY_LEN(ct_data); i++) {
		struct digest got = merkle_front_root(&front), hash;
		unsigned char data[16];
		char hex[DIGEST_HEX];
		hex_encode(hex, got.byte, sizeof(got.byte));
		assert_string_equal(hex, ct_root[i]);
		if (i == ARRAY_LEN(ct_data))
			break;
		assert_true(hex_decode(data, strlen(ct_data[i]) / 2, ct_data[i], strlen(ct_data[i])));
		hash = merkle_leaf(data, strlen(ct_data[i]) / 2);
		merkle_front_add(&front, &hash);
	}
}

/* Leaf 0 of the eight: its audit path as the reference's tests give it. */
static void published_path(void **state)
{
	static const char *const want[] = {
		"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
		"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
		"6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"};
	struct digest first = merkle_leaf("", 0), top, proof[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(hex_decode(proof[i].byte, 32, want[i], 64));
	assert_true(hex_decode(top.byte, 32, ct_root[8], 64));
	assert_true(merkle_verify_inclusion(&first, 0, 8, &top, proof, 3));
	assert_false(merkle_verify_inclusion(&first, 1, 8, &top, proof, 3));
}

static void front_gives_every_root(void **state)
{
	struct merkle_front front = {0};
	struct digest done[MERKLE_FRONT_MAX], got;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t n = 0; n <= LEAVES; n++) {
		struct log log = {.size = n};
		got = merkle_front_root(&front);
		assert_digest(&got, &root[n]);
		assert_int_equal(merkle_root(&cx, subtree, &log, n, &got), ERR_OK);
		assert_digest(&got, &root[n]);
		if (n == LEAVES)
			break;
		int levels = merkle_front_grow(&front, &leaf[n], done);
		assert_int_equal(levels, __builtin_ctzll(n + 1) + 1);
		for (int level = 0; level < levels; level++) {
			got = mth(leaf + (((front.size >> level) - 1) << level), (size_t)1 << level);
			assert_digest(&done[level], &got);
		}
	}
	cx_done(&cx);
}

static void front_survives_as_bytes(void **state)
{
	struct merkle_front front = {0}, back;
	unsigned char blob[MERKLE_FRONT_BYTES + 1];
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t n = 0; n <= LEAVES; n++) {
		size_t len = merkle_front_encode(&front, blob);
		assert_int_equal(merkle_front_decode(&cx, blob, len, &back), ERR_OK);
		assert_int_equal(back.size, n);
		struct digest got = merkle_front_root(&back);
		assert_digest(&got, &root[n]);
		assert_int_equal(merkle_front_decode(&cx, blob, len - 1, &back), ERR_CORRUPT);
		assert_int_equal(merkle_front_decode(&cx, blob, len + 1, &back), ERR_CORRUPT);
		assert_int_equal(merkle_front_decode(&cx, blob, 0, &back), ERR_CORRUPT);
		assert_int_equal(back.size, n); /* untouched */
		blob[7] ^= 1; /* a size with one digit more or less */
		assert_int_equal(merkle_front_decode(&cx, blob, len, &back), ERR_CORRUPT);
		if (n < LEAVES)
			merkle_front_add(&front, &leaf[n]);
	}
	memset(blob, 0xff, sizeof(blob));
	assert_int_equal(merkle_front_decode(&cx, blob, MERKLE_FRONT_BYTES, &back), ERR_OK);
	assert_int_equal(back.count, MERKLE_FRONT_MAX);
	assert_int_equal(merkle_front_decode(&cx, blob, MERKLE_FRONT_BYTES + 1, &back), ERR_CORRUPT);
	cx_done(&cx);
}

typedef bool check_fn(const void *arg, const struct merkle_proof *proof);

/* Calls check with each bit of each hash of the proof flipped; one bit a hash when sizes are large. */
static void flip(struct merkle_proof *proof, size_t size, check_fn *check, const void *arg)
{
	for (int i = 0; i < proof->count; i++) {
		for (int bit = 0; bit < 256; bit++) {
			unsigned char *byte = &proof->node[i].byte[bit / 8];
			if (size > EVERY_BIT && bit != (int)((size * 7 + (size_t)i * 31) % 256))
				continue;
			*byte = (unsigned char)(*byte ^ 1 << bit % 8);
			assert_false(check(arg, proof));
			*byte = (unsigned char)(*byte ^ 1 << bit % 8);
		}
	}
	assert_true(check(arg, proof));
	proof->node[proof->count++] = leaf[0];
	assert_false(check(arg, proof));
	proof->count -= 2;
	if (proof->count >= 0)
		assert_false(check(arg, proof));
	proof->count++;
}

struct claim {
	struct digest a, b; /* leaf and root, or two roots */
	uint64_t m, n;
};

static bool included(const void *arg, const struct merkle_proof *proof)
{
	const struct claim *c = arg;
	return merkle_verify_inclusion(&c->a, c->m, c->n, &c->b, proof->node, (size_t)proof->count);
}

static bool consistent(const void *arg, const struct merkle_proof *proof)
{
	const struct claim *c = arg;
	return merkle_verify_consistency(c->m, &c->a, c->n, &c->b, proof->node, (size_t)proof->count);
}

/* A claim with a bit of either hash flipped is refused. */
static void flip_claim(struct claim c, check_fn *check, const struct merkle_proof *proof)
{
	for (int bit = 0; bit < 256; bit++) {
		if (c.n > EVERY_BIT && bit != (int)((c.m * 13 + c.n) % 256))
			continue;
		unsigned char mask = (unsigned char)(1 << bit % 8);
		c.a.byte[bit / 8] ^= mask;
		assert_false(check(&c, proof));
		c.a.byte[bit / 8] ^= mask;
		c.b.byte[bit / 8] ^= mask;
		assert_false(check(&c, proof));
		c.b.byte[bit / 8] ^= mask;
	}
}

static void every_inclusion(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t n = 1; n <= LEAVES; n++) {
		for (size_t m = 0; m < n; m++) {
			struct merkle_proof want = {0}, got;
			struct log log = {.size = n};
			struct claim c = {leaf[m], root[n], m, n};
			path(m, leaf, n, &want);
			assert_int_equal(merkle_prove_inclusion(&cx, subtree, &log, m, n, &got), ERR_OK);
			assert_proof(&got, &want);
			flip(&got, n, included, &c);
			flip_claim(c, included, &got);
			for (c.m = 0; c.m <= n && n < 40; c.m++) /* no other place */
				assert_int_equal(included(&c, &got), c.m == m);
		}
	}
	cx_done(&cx);
}

static void every_consistency(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t n = 1; n <= LEAVES; n++) {
		for (size_t m = 1; m <= n; m++) {
			struct merkle_proof want = {0}, got;
			struct log log = {.size = n};
			struct claim c = {root[m], root[n], m, n};
			subproof(m, leaf, n, true, &want);
			assert_int_equal(merkle_prove_consistency(&cx, subtree, &log, m, n, &got), ERR_OK);
			assert_proof(&got, &want);
			flip(&got, n, consistent, &c);
			flip_claim(c, consistent, &got);
		}
	}
	cx_done(&cx);
}

/* A proof from one size is none from another. */
static void sizes_are_bound(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t m = 1; m < 20; m++) {
		struct merkle_proof proof;
		struct log log = {.size = 20};
		assert_int_equal(merkle_prove_consistency(&cx, subtree, &log, m, 20, &proof), ERR_OK);
		for (size_t other = 1; other <= 20; other++) {
			struct claim c = {root[other], root[20], other, 20};
			assert_int_equal(consistent(&c, &proof), other == m);
		}
	}
	cx_done(&cx);
}

static void edges(void **state)
{
	struct digest none = merkle_empty();
	struct merkle_proof proof = {.count = 7};
	struct log log = {.size = LEAVES};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_int_equal(merkle_prove_inclusion(&cx, subtree, &log, 5, 5, &proof), ERR_INVALID);
	assert_int_equal(merkle_prove_inclusion(&cx, subtree, &log, 0, 0, &proof), ERR_INVALID);
	assert_int_equal(merkle_prove_consistency(&cx, subtree, &log, 6, 5, &proof), ERR_INVALID);
	assert_int_equal(proof.count, 7); /* untouched */
	assert_int_equal(merkle_prove_consistency(&cx, subtree, &log, 0, 5, &proof), ERR_OK);
	assert_int_equal(proof.count, 0);
	assert_true(merkle_verify_consistency(0, &none, 5, &root[5], NULL, 0));
	assert_true(merkle_verify_consistency(0, &none, 0, &none, NULL, 0));
	assert_false(merkle_verify_consistency(0, &root[1], 0, &root[1], NULL, 0));
	assert_false(merkle_verify_consistency(0, &root[1], 5, &root[5], NULL, 0));
	assert_false(merkle_verify_consistency(0, &none, 5, &root[5], leaf, 1));
	assert_false(merkle_verify_consistency(5, &root[5], 4, &root[4], NULL, 0));
	assert_false(merkle_verify_consistency(4, &root[4], 5, &root[5], NULL, 0));
	assert_false(merkle_verify_inclusion(&leaf[0], 0, 0, &none, NULL, 0));
	/* Sizes and counts that no honest log has: an answer, nothing else. */
	for (size_t count = 0; count <= LEAVES; count++) {
		static const uint64_t some[] = {0, 1, 77, UINT64_C(1) << 63, UINT64_MAX - 1};
		for (size_t i = 0; i < ARRAY_LEN(some); i++) {
			assert_false(merkle_verify_inclusion(&leaf[0], some[i], UINT64_MAX, &none,
							     leaf, count));
			if (some[i] > 0)
				assert_false(merkle_verify_consistency(some[i], &none, UINT64_MAX, &none,
								       leaf, count));
		}
	}
	cx_done(&cx);
}

static void a_failing_source_fails_the_proof(void **state)
{
	struct merkle_proof proof = {.count = 7};
	struct digest got;
	struct cx cx;
	int failed = 0;

	(void)state;
	cx_init(&cx, 0);
	for (int after = 1;; after++) {
		struct log log = {LEAVES, after};
		if (!merkle_prove_inclusion(&cx, subtree, &log, 77, LEAVES, &proof))
			break;
		assert_int_equal(cx.err, ERR_IO);
		assert_int_equal(proof.count, 7);
		failed++;
	}
	assert_true(failed >= proof.count);
	proof.count = 7;
	for (int after = 1;; after++) {
		struct log log = {LEAVES, after};
		if (!merkle_prove_consistency(&cx, subtree, &log, 77, LEAVES, &proof))
			break;
		assert_int_equal(proof.count, 7);
	}
	struct log log = {LEAVES, 1};
	assert_int_equal(merkle_root(&cx, subtree, &log, LEAVES, &got), ERR_IO);
	cx_done(&cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_roots),
		cmocka_unit_test(published_path),
		cmocka_unit_test(front_gives_every_root),
		cmocka_unit_test(front_survives_as_bytes),
		cmocka_unit_test(every_inclusion),
		cmocka_unit_test(every_consistency),
		cmocka_unit_test(sizes_are_bound),
		cmocka_unit_test(edges),
		cmocka_unit_test(a_failing_source_fails_the_proof),
	};
	return cmocka_run_group_tests_name("merkle", tests, set_up, NULL);
}
