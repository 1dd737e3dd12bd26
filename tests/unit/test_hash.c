/* SHA-256, HMAC and hexadecimal against the published values (FIPS 180-4, RFC 4231). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "codec/hash.h"

static const struct {
	const char *text, *hex;
} sha_cases[] = {
	{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
	 "mnopqrstnopqrstu",
	 "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

static void assert_digest(struct digest d, const char *want)
{
	char hex[DIGEST_HEX];

	hex_encode(hex, d.byte, sizeof(d.byte));
	assert_string_equal(hex, want);
}

static void sha256_of_fips(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sha_cases); i++) {
		const char *text = sha_cases[i].text;
		size_t n = strlen(text);

		assert_digest(sha256(text, n), sha_cases[i].hex);
		for (size_t cut = 0; cut <= n; cut++)
			assert_digest(sha256_2(text, cut, text + cut, n - cut), sha_cases[i].hex);
	}
	assert_digest(sha256(NULL, 0), sha_cases[0].hex);
}

static void a_stream_of_a_million_a(void **state)
{
	static const size_t pieces[] = {1, 63, 64, 65, 1000};
	char a[1000];
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	memset(a, 'a', sizeof(a));
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct sha256_stream *s;
		size_t left = 1000000;

		assert_int_equal(sha256_new(&cx, &s), ERR_OK);
		while (left > 0) {
			size_t n = pieces[i] < left ? pieces[i] : left;
			sha256_update(s, a, n);
			left -= n;
		}
		assert_digest(sha256_final(s),
			      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	}
	sha256_free(NULL);
	struct sha256_stream *unused;
	assert_int_equal(sha256_new(&cx, &unused), ERR_OK);
	sha256_update(unused, "x", 1);
	sha256_free(unused);
	cx_done(&cx);
}

static void *hash_much(void *arg)
{
	(void)arg;
	for (int i = 0; i < 1000; i++)
		assert_digest(sha256("abc", 3), sha_cases[1].hex);
	return NULL;
}

/* Each thread has a context of its own, freed at its end (the sanitizer looks for leaks). */
static void threads_do_not_meet(void **state)
{
	pthread_t thread[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, hash_much, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(thread); i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
}

/* RFC 4231, cases 1, 2, 3, 6 and 7. A key or text of one repeated byte is given as byte and count. */
static const struct {
	const char *key, *text;
	size_t key_repeat, text_repeat;
	const char *hex;
} hmac_cases[] = {
	{"\x0b", "Hi There", 20, 1, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	{"Jefe", "what do ya want for nothing?", 1, 1,
	 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	{"\xaa", "\xdd", 20, 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
	{"\xaa", "Test Using Larger Than Block-Size Key - Hash Key First", 131, 1,
	 "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
	{"\xaa",
	 "This is a test using a larger than block-size key and a larger than block-size data. The key "
	 "needs to be hashed before being used by the HMAC algorithm.",
	 131, 1, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

static size_t repeat(char *out, size_t max, const char *s, size_t times)
{
	size_t n = strlen(s);

	assert_true(n * times <= max);
	for (size_t i = 0; i < times; i++)
		memcpy(out + i * n, s, n);
	return n * times;
}

static void hmac_of_rfc_4231(void **state)
{
	char key[200], text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hmac_cases); i++) {
		size_t kn = repeat(key, sizeof(key), hmac_cases[i].key, hmac_cases[i].key_repeat);
		size_t n = repeat(text, sizeof(text), hmac_cases[i].text, hmac_cases[i].text_repeat);
		assert_digest(hmac_sha256(key, kn, text, n), hmac_cases[i].hex);
	}
	assert_digest(hmac_sha256(NULL, 0, NULL, 0),
		      "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static const struct {
	const char *hex;
	size_t n;
	bool good;
} hex_cases[] = {
	{"", 0, true},      {"00ff10", 3, true}, {"00ff1", 3, false}, {"00ff10", 2, false},
	{"00FF10", 3, false}, {"0g", 1, false},  {"0 ", 1, false},    {"-1", 1, false},
	{"00ff1000", 3, false}, {"0/", 1, false}, {"0:", 1, false},   {"0`", 1, false},
};

static void hexadecimal_is_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hex_cases); i++) {
		unsigned char out[4] = {7, 7, 7, 7};
		char back[9];
		bool good = hex_decode(out, hex_cases[i].n, hex_cases[i].hex, strlen(hex_cases[i].hex));

		assert_int_equal(good, hex_cases[i].good);
		if (good) {
			hex_encode(back, out, hex_cases[i].n);
			assert_string_equal(back, hex_cases[i].hex);
		} else {
			assert_memory_equal(out, "\7\7\7\7", 4);
		}
	}
}

static void digests_compare_whole(void **state)
{
	struct digest a = sha256("a", 1), b = a;

	(void)state;
	assert_true(digest_equal(&a, &b));
	for (size_t bit = 0; bit < 256; bit++) {
		b = a;
		b.byte[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_false(digest_equal(&a, &b));
	}
}

/* The vectors of SipHash's authors: key 00 01 … 0f, and of text 00 01 02 … the first n bytes. */
static const struct {
	size_t n;
	const char *want;
} siphash_128[] = {
	{0, "a3817f04ba25a8e66df67214c7550293"},
	{15, "5493e99933b0a8117e08ec0f97cfc3d9"},
};

static void short_digests_are_siphash_128(void **state)
{
	unsigned char text[16];

	(void)state;
	for (unsigned char i = 0; i < sizeof(text); i++)
		text[i] = i;
	for (size_t i = 0; i < ARRAY_LEN(siphash_128); i++) {
		struct short_digest d = short_digest_of(text, text, siphash_128[i].n), other = d;
		char hex[33];

		hex_encode(hex, d.byte, sizeof(d.byte));
		assert_string_equal(hex, siphash_128[i].want);
		assert_true(short_digest_equal(&d, &other));
		for (size_t bit = 0; bit < 128; bit++) {
			other = d;
			other.byte[bit / 8] ^= (unsigned char)(1 << bit % 8);
			assert_false(short_digest_equal(&d, &other));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_of_fips),        cmocka_unit_test(a_stream_of_a_million_a),
		cmocka_unit_test(threads_do_not_meet),   cmocka_unit_test(hmac_of_rfc_4231),
		cmocka_unit_test(hexadecimal_is_strict), cmocka_unit_test(digests_compare_whole),
		cmocka_unit_test(short_digests_are_siphash_128),
	};
	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
