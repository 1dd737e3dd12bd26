/* Signatures against RFC 8032 section 7.1; sealing and passwords against tampering. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/hash.h"
#include "codec/sign.h"

static const struct {
	const char *seed, *pub, *message, *signature;
} ed25519_cases[] = {
	{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
	 "d25bf5f0595bbe24655141438e7a100b"},
	{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
	 "387b2eaeb4302aeeb00d291612bb0c00"},
	{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	 "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
	 "4a7c15e9716ed28dc027beceea1ec40a"},
};

static void ed25519_of_rfc_8032(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ed25519_cases); i++) {
		struct sign_seed seed;
		struct sign_public pub, want;
		struct signature sig;
		unsigned char message[2];
		size_t n = strlen(ed25519_cases[i].message) / 2;
		char hex[129];

		assert_true(hex_decode(seed.byte, 32, ed25519_cases[i].seed, 64));
		assert_true(hex_decode(want.byte, 32, ed25519_cases[i].pub, 64));
		assert_true(hex_decode(message, n, ed25519_cases[i].message, 2 * n));
		pub = sign_public_of(&seed);
		assert_memory_equal(pub.byte, want.byte, 32);
		sig = sign_bytes(&seed, message, n);
		hex_encode(hex, sig.byte, 64);
		assert_string_equal(hex, ed25519_cases[i].signature);
		assert_true(sign_verify(&pub, &sig, message, n));
	}
}

static void any_changed_bit_is_refused(void **state)
{
	struct sign_seed seed = {{1}};
	struct sign_public pub = sign_public_of(&seed);
	unsigned char message[8] = "message";
	struct signature sig = sign_bytes(&seed, message, sizeof(message));

	(void)state;
	for (size_t bit = 0; bit < 512; bit++) {
		struct signature other = sig;
		other.byte[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_false(sign_verify(&pub, &other, message, sizeof(message)));
	}
	for (size_t bit = 0; bit < 64; bit++) {
		message[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_false(sign_verify(&pub, &sig, message, sizeof(message)));
		message[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 256; bit++) {
		struct sign_public other = pub;
		other.byte[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_false(sign_verify(&other, &sig, message, sizeof(message)));
	}
	assert_true(sign_verify(&pub, &sig, message, sizeof(message)));
}

static void sealed_bytes_open_whole_or_not(void **state)
{
	static const char plain[] = "someone's address", ad[] = "vault 7";
	struct seal_key key = {{9}}, wrong = {{8}};
	unsigned char sealed[sizeof(plain) + SEAL_OVERHEAD], again[sizeof(sealed)], out[sizeof(plain)] = "";
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	seal_bytes(&cx, &key, plain, sizeof(plain), ad, sizeof(ad), sealed);
	seal_bytes(&cx, &key, plain, sizeof(plain), ad, sizeof(ad), again);
	assert_memory_not_equal(sealed, again, sizeof(sealed)); /* another nonce */
	for (size_t i = 0; i < sizeof(sealed); i++) {
		sealed[i] ^= 1;
		assert_int_equal(seal_open(&cx, &key, sealed, sizeof(sealed), ad, sizeof(ad), out),
				 ERR_CORRUPT);
		sealed[i] ^= 1;
	}
	for (size_t n = 0; n < sizeof(sealed); n++)
		assert_int_equal(seal_open(&cx, &key, sealed, n, ad, sizeof(ad), out), ERR_CORRUPT);
	assert_int_equal(seal_open(&cx, &wrong, sealed, sizeof(sealed), ad, sizeof(ad), out), ERR_CORRUPT);
	assert_int_equal(seal_open(&cx, &key, sealed, sizeof(sealed), "vault 8", 8, out), ERR_CORRUPT);
	assert_int_equal(seal_open(&cx, &key, sealed, sizeof(sealed), NULL, 0, out), ERR_CORRUPT);
	assert_int_equal(out[0], 0); /* untouched by every failure */
	assert_int_equal(seal_open(&cx, &key, sealed, sizeof(sealed), ad, sizeof(ad), out), ERR_OK);
	assert_string_equal((char *)out, plain);
	cx_done(&cx);
}

static void nothing_can_be_sealed_too(void **state)
{
	struct seal_key key = {{9}};
	unsigned char sealed[SEAL_OVERHEAD];
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	seal_bytes(&cx, &key, NULL, 0, NULL, 0, sealed);
	assert_int_equal(seal_open(&cx, &key, sealed, sizeof(sealed), NULL, 0, NULL), ERR_OK);
	sealed[SEAL_OVERHEAD - 1] ^= 1;
	assert_int_equal(seal_open(&cx, &key, sealed, sizeof(sealed), NULL, 0, NULL), ERR_CORRUPT);
	cx_done(&cx);
}

static void passwords_match_their_hash_alone(void **state)
{
	char hash[PASSWORD_HASH_MAX], longer[PASSWORD_HASH_MAX + 10];
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_int_equal(password_hash(&cx, "correct horse", hash), ERR_OK);
	assert_int_equal(strncmp(hash, "$argon2id$", 10), 0);
	assert_true(password_matches(hash, "correct horse"));
	assert_false(password_matches(hash, "correct horsf"));
	assert_false(password_matches(hash, ""));
	assert_false(password_matches("", "correct horse"));
	assert_false(password_matches("$argon2id$v=19$m=65536", "correct horse"));
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	assert_false(password_matches(longer, "correct horse"));
	cx_done(&cx);
}

static void wiped_means_zero(void **state)
{
	unsigned char secret[3] = {1, 2, 3};

	(void)state;
	wipe(secret, sizeof(secret));
	assert_memory_equal(secret, "\0\0\0", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ed25519_of_rfc_8032),
		cmocka_unit_test(any_changed_bit_is_refused),
		cmocka_unit_test(sealed_bytes_open_whole_or_not),
		cmocka_unit_test(nothing_can_be_sealed_too),
		cmocka_unit_test(passwords_match_their_hash_alone),
		cmocka_unit_test(wiped_means_zero),
	};
	sign_setup();
	return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
