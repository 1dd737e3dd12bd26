/* Signed notes and checkpoints: the example of Go's sumdb/note byte for byte, checkpoints that the Go
 * checksum database published, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sb.h"
#include "codec/text.h"
#include "kernel/checkpoint.h"
#include "kernel/log.h"

#define DASH "\xe2\x80\x94 "

static const char peter_vkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char peter_seed[] = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
static const char peter_text[] = "If you think cryptography is the answer to your problem,\n"
				 "then you don't know what your problem is.\n";
static const char peter_sig[] =
	DASH "PeterNeumann "
	     "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
static const char enoch_vkey[] = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
static const char enoch_sig[] =
	DASH "EnochRoot "
	     "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
static const char sumdb_vkey[] = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
static const char sumdb_note[] =
	"go.sum database tree\n30055305\nmXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=\n\n" DASH
	"sum.golang.org "
	"Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFjBY+2TyGKevucFcAAlWFJJYle3EJlDCrQ+y3A8=\n";

static struct cx cx;
static struct vkey peter, enoch;
static struct sign_seed seed;

static struct vkey read_vkey(const char *text)
{
	struct vkey key;

	assert_int_equal(vkey_read(&cx, text, strlen(text), &key), ERR_OK);
	return key;
}

static int set_up(void **state)
{
	unsigned char *bytes;
	size_t n;

	(void)state;
	sign_setup();
	cx_init(&cx, 0);
	peter = read_vkey(peter_vkey);
	enoch = read_vkey(enoch_vkey);
	assert_int_equal(base64_decode(&cx, peter_seed, strlen(peter_seed), &bytes, &n), ERR_OK);
	assert_int_equal(n, 33);
	memcpy(seed.byte, bytes + 1, 32);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cx_done(&cx);
	return 0;
}

static char *join(const char *a, const char *b, const char *c, const char *d)
{
	char *s = cx_printf(&cx, "%s%s%s%s", a, b, c, d);
	assert_non_null(s);
	return s;
}

static enum err read_note(const char *note, const struct vkey *key)
{
	size_t text_n = 12345;
	enum err err = note_read(&cx, note, strlen(note), key, &text_n);

	if (err)
		assert_int_equal(text_n, 12345); /* untouched */
	return err;
}

static void published_note(void **state)
{
	struct sign_public pub = sign_public_of(&seed);
	struct vkey key;
	char *note, *text;
	size_t n;

	(void)state;
	assert_int_equal(vkey_of(&cx, "PeterNeumann", &pub, &key), ERR_OK);
	assert_int_equal(vkey_write(&cx, &key, &text), ERR_OK);
	assert_string_equal(text, peter_vkey);
	assert_int_equal(note_write(&cx, peter_text, strlen(peter_text), "PeterNeumann", &seed, &note),
			 ERR_OK);
	assert_string_equal(note, join(peter_text, "\n", peter_sig, ""));
	assert_int_equal(note_read(&cx, note, strlen(note), &peter, &n), ERR_OK);
	assert_int_equal(n, strlen(peter_text));
}

static void published_checkpoint(void **state)
{
	struct vkey key = read_vkey(sumdb_vkey);
	struct checkpoint cp;
	char *root;

	(void)state;
	assert_int_equal(checkpoint_read(&cx, sumdb_note, strlen(sumdb_note), &key, &cp), ERR_OK);
	assert_string_equal(cp.origin, "go.sum database tree");
	assert_true(cp.size == 30055305);
	root = base64_encode(&cx, cp.root.byte, 32);
	assert_string_equal(root, "mXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=");
	assert_string_equal(cp.extension, "");
}

static void every_changed_bit_is_refused(void **state)
{
	struct vkey key = read_vkey(sumdb_vkey);
	size_t n = strlen(sumdb_note);
	char *note = cx_strdup(&cx, sumdb_note);
	struct checkpoint cp = {.origin = "untouched"};

	(void)state;
	for (size_t bit = 0; bit < 8 * n; bit++) {
		struct cx_mark mark = cx_mark(&cx);
		note[bit / 8] = (char)(note[bit / 8] ^ 1 << bit % 8);
		assert_int_not_equal(checkpoint_read(&cx, note, n, &key, &cp), ERR_OK);
		note[bit / 8] = (char)(note[bit / 8] ^ 1 << bit % 8);
		assert_string_equal(cp.origin, "untouched");
		cx_restore(&cx, mark);
	}
	for (size_t len = 0; len < n; len++)
		assert_int_not_equal(checkpoint_read(&cx, note, len, &key, &cp), ERR_OK);
	assert_int_equal(checkpoint_read(&cx, note, n, &key, &cp), ERR_OK);
}

static void other_signatures_are_let_be(void **state)
{
	const char *head = join(peter_text, "\n", "", "");

	(void)state;
	assert_int_equal(read_note(join(head, enoch_sig, peter_sig, ""), &peter), ERR_OK);
	assert_int_equal(read_note(join(head, enoch_sig, peter_sig, ""), &enoch), ERR_OK);
	assert_int_equal(read_note(join(head, peter_sig, enoch_sig, ""), &peter), ERR_OK);
	/* unknown algorithm and length; our name with another id; our id with another name */
	assert_int_equal(read_note(join(head, DASH "w.example/1 AAAAAAECAw==\n", peter_sig, ""), &peter),
			 ERR_OK);
	assert_int_equal(read_note(join(head, DASH "PeterNeumann AAAAAAECAw==\n", peter_sig, ""), &peter),
			 ERR_OK);
	assert_int_equal(read_note(join(head, DASH "Peter x08gowECAw==\n", peter_sig, ""), &peter), ERR_OK);
	/* ours, wrong */
	assert_int_equal(read_note(join(head, DASH "PeterNeumann x08gowECAw==\n", peter_sig, ""), &peter),
			 ERR_INVALID);
	assert_int_equal(read_note(join(head, enoch_sig, "", ""), &peter), ERR_INVALID);
	assert_int_equal(read_note(join(head, peter_sig, peter_sig, ""), &peter), ERR_INPUT);
	assert_int_equal(read_note(join("x\n", "\n", peter_sig, ""), &peter), ERR_INVALID);
}

static void malformed_notes(void **state)
{
	static const struct {
		const char *note;
		enum err want;
	} cases[] = {
		{"", ERR_INPUT},
		{"\n", ERR_INPUT},
		{"\n\n", ERR_INPUT},
		{"text\n", ERR_INPUT},
		{"text\n\n", ERR_INPUT},
		{"text\n\n" DASH "PeterNeumann x08gowECAw==", ERR_INPUT}, /* no newline */
		{"text\n\n" DASH "PeterNeumann\n", ERR_INPUT},
		{"text\n\n" DASH "PeterNeumann \n", ERR_INPUT},
		{"text\n\n" DASH " x08gowECAw==\n", ERR_INPUT},
		{"text\n\n" DASH "Peter+Neumann x08gowECAw==\n", ERR_INPUT},
		{"text\n\n" DASH "Peter\xc2\xa0Neumann x08gowECAw==\n", ERR_INPUT},
		{"text\n\n" DASH "Peter\xe2\x80\x8aNeumann x08gowECAw==\n", ERR_INPUT},
		{"text\n\n" DASH "Peter\xe3\x80\x80Neumann x08gowECAw==\n", ERR_INPUT},
		{"text\n\n" DASH "PeterNeumann x08gowECAw\n", ERR_INPUT},   /* padding */
		{"text\n\n" DASH "PeterNeumann x08gowECAx==\n", ERR_INPUT}, /* unused bits */
		{"text\n\n" DASH "PeterNeumann x08gow==\n", ERR_INPUT},	    /* an id alone */
		{"text\n\n- PeterNeumann x08gowECAw==\n", ERR_INPUT},
		{"text\n\n\xe2\x80\x93 PeterNeumann x08gowECAw==\n", ERR_INPUT}, /* en dash */
		{"te\rxt\n\n" DASH "PeterNeumann x08gowECAw==\n", ERR_INPUT},
		{"te\xff\n\n" DASH "PeterNeumann x08gowECAw==\n", ERR_INPUT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (read_note(cases[i].note, &peter) != cases[i].want)
			fail_msg("case %zu gave %s", i, cx.msg);
}

static void limits(void **state)
{
	struct sb sb;

	(void)state;
	/* Sixteen witnesses with signatures of 4.9 kB, as the specification warns. */
	sb_init(&sb, &cx, NOTE_MAX);
	sb_printf(&sb, "%s\n%s", peter_text, peter_sig);
	for (int i = 0; i < 16; i++) {
		char *big = base64_encode(&cx, cx_alloc(&cx, 4900), 4900);
		sb_printf(&sb, DASH "witness.example/%d %s\n", i, big);
	}
	assert_int_equal(sb_end(&sb), ERR_OK);
	assert_int_equal(read_note(sb.data, &peter), ERR_OK);

	for (int count = NOTE_SIGNATURES_MAX; count <= NOTE_SIGNATURES_MAX + 1; count++) {
		sb_init(&sb, &cx, NOTE_MAX);
		sb_printf(&sb, "%s\n%s", peter_text, peter_sig);
		for (int i = 1; i < count; i++)
			sb_printf(&sb, DASH "witness.example/%d AAAAAAECAw==\n", i);
		assert_int_equal(read_note(sb.data, &peter),
				 count > NOTE_SIGNATURES_MAX ? ERR_TOO_LARGE : ERR_OK);
	}

	sb_init(&sb, &cx, NOTE_MAX);
	while (!sb.err)
		sb_str(&sb, "line\n");
	assert_int_equal(read_note(sb.data, &peter), ERR_INPUT);
	sb_init(&sb, &cx, NOTE_MAX + 16);
	while (sb.len <= NOTE_MAX)
		sb_str(&sb, "line\n");
	assert_int_equal(read_note(sb.data, &peter), ERR_TOO_LARGE);
}

static void malformed_vkeys(void **state)
{
	static const struct {
		const char *text;
		enum err want;
	} cases[] = {
		{"", ERR_INPUT},
		{"PeterNeumann", ERR_INPUT},
		{"PeterNeumann+c74f20a3", ERR_INPUT},
		{"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_INPUT},
		{"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_INPUT},
		{"PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_INPUT},
		{"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10", ERR_INPUT},
		{"PeterNeumann+c74f20a3+AhrZ2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_INPUT}, /* ECDSA */
		{"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_INVALID},
		{"PeterNewmann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", ERR_INVALID},
		{"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX", ERR_INVALID},
	};
	struct vkey key = {.name = "untouched"};
	char *name = cx_alloc(&cx, NOTE_NAME_MAX + 2);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (vkey_read(&cx, cases[i].text, strlen(cases[i].text), &key) != cases[i].want)
			fail_msg("case %zu gave %s", i, cx.msg);
	assert_string_equal(key.name, "untouched");
	memset(name, 'n', NOTE_NAME_MAX);
	assert_int_equal(vkey_of(&cx, name, &peter.pub, &key), ERR_OK);
	name[NOTE_NAME_MAX] = 'n';
	assert_int_equal(vkey_of(&cx, name, &peter.pub, &key), ERR_TOO_LARGE);
}

static void what_is_written_is_read(void **state)
{
	static const uint64_t sizes[] = {0, 1, 9, 10, 1000000007, INT64_MAX, UINT64_MAX};
	struct digest root = sha256("root", 4);
	struct checkpoint cp;
	char *note;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		assert_int_equal(checkpoint_write(&cx, "relode.example/city/1", "PeterNeumann", &seed,
						  sizes[i], &root, &note), ERR_OK);
		assert_int_equal(checkpoint_read(&cx, note, strlen(note), &peter, &cp), ERR_OK);
		assert_string_equal(cp.origin, "relode.example/city/1");
		assert_true(cp.size == sizes[i]);
		assert_memory_equal(&cp.root, &root, sizeof(root));
		assert_string_equal(cp.extension, "");
	}
}

static void refused_to_write(void **state)
{
	struct digest root = sha256("root", 4);
	char *note = cx_strdup(&cx, "untouched"), *wide = cx_alloc(&cx, CHECKPOINT_ORIGIN_MAX + 2);

	(void)state;
	memset(wide, 'o', CHECKPOINT_ORIGIN_MAX + 1);
	assert_int_equal(checkpoint_write(&cx, wide, "k", &seed, 1, &root, &note), ERR_TOO_LARGE);
	assert_int_equal(checkpoint_write(&cx, "", "k", &seed, 1, &root, &note), ERR_INPUT);
	assert_int_equal(checkpoint_write(&cx, "a\nb", "k", &seed, 1, &root, &note), ERR_INPUT);
	assert_int_equal(checkpoint_write(&cx, "a\tb", "k", &seed, 1, &root, &note), ERR_INPUT);
	assert_int_equal(checkpoint_write(&cx, "a\xc0", "k", &seed, 1, &root, &note), ERR_INPUT);
	assert_int_equal(checkpoint_write(&cx, "a", "k k", &seed, 1, &root, &note), ERR_INPUT);
	assert_int_equal(checkpoint_write(&cx, "a", "", &seed, 1, &root, &note), ERR_INPUT);
	assert_int_equal(note_write(&cx, "no newline", 10, "k", &seed, &note), ERR_INPUT);
	assert_string_equal(note, "untouched");
}

/* Well signed, yet no checkpoint. */
static void signed_nonsense(void **state)
{
#define ROOT "mXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=\n"
	static const struct {
		const char *text, *extension; /* extension NULL: refused */
	} cases[] = {
		{"o\n7\n" ROOT, ""},
		{"o\n7\n" ROOT "more\n", "more\n"},
		{"o\n7\n" ROOT "more\nand more\n", "more\nand more\n"},
		{"o\n0\n" ROOT, ""},
		{"o\n7\n" ROOT "\n", NULL},
		{"o\n7\n" ROOT "\nmore\n", NULL},
		{"o\n7\n" ROOT "more\n\nmore\n", NULL},
		{"o\n7\n", NULL},
		{"o\n", NULL},
		{"\n7\n" ROOT, NULL},
		{"o\n\n" ROOT, NULL},
		{"o\n07\n" ROOT, NULL},
		{"o\n00\n" ROOT, NULL},
		{"o\n-7\n" ROOT, NULL},
		{"o\n+7\n" ROOT, NULL},
		{"o\n7 \n" ROOT, NULL},
		{"o\n18446744073709551616\n" ROOT, NULL},
		{"o\n99999999999999999999999999\n" ROOT, NULL},
		{"o\n7\nmXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM\n", NULL},
		{"o\n7\nmXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsN=\n", NULL},
		{"o\n7\nmXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJG\n", NULL},
	};
	struct checkpoint cp;
	char *note;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum err err;
		assert_int_equal(note_write(&cx, cases[i].text, strlen(cases[i].text), "PeterNeumann", &seed,
					    &note), ERR_OK);
		err = checkpoint_read(&cx, note, strlen(note), &peter, &cp);
		if (err != (cases[i].extension ? ERR_OK : ERR_INPUT))
			fail_msg("case %zu gave %d, %s", i, (int)err, cx.msg);
		if (cases[i].extension)
			assert_string_equal(cp.extension, cases[i].extension);
	}
}

static void every_allocation_may_fail(void **state)
{
	struct digest root = sha256("root", 4);
	struct checkpoint cp;
	int failed = 0;

	(void)state;
	for (long n = 1;; n++) {
		struct vkey key;
		char *note, *text;
		cx_clear(&cx);
		cx_fail_allocation(n);
		if (!vkey_write(&cx, &peter, &text) && !vkey_read(&cx, text, strlen(text), &key) &&
		    !checkpoint_write(&cx, "o", "PeterNeumann", &seed, 5, &root, &note) &&
		    !checkpoint_read(&cx, note, strlen(note), &key, &cp))
			break;
		assert_int_not_equal(cx.err, ERR_OK);
		failed++;
	}
	cx_fail_allocation(0);
	assert_true(failed > 5);
}

static const struct {
	const char *origin;
	int64_t city, size;
} origins[] = {
	{"relode/city/0", 0, -1},
	{"relode/city/17", 17, -1},
	{"relode/city/1/after/300/d0ded7e681550303", 1, 300},
	{"relode/city/1/after/9007199254740991/0000000000000000", 1, 9007199254740991},
	{"relode/city/1/after/300/d0ded7e68155030", -1, 0},
	{"relode/city/1/after/300/d0ded7e68155030g", -1, 0},
	{"relode/city/1/after/300/d0ded7e681550303/", -1, 0},
	{"relode/city/1/after/0300/d0ded7e681550303", -1, 0},
	{"relode/city/1/after//d0ded7e681550303", -1, 0},
	{"relode/city/1/after/-1/d0ded7e681550303", -1, 0},
	{"relode/city/1/", -1, 0},
	{"relode/city/01", -1, 0},
	{"relode/city/", -1, 0},
	{"relode/city/99999999999999999999", -1, 0},
	{"example.org/city/1", -1, 0},
	{"", -1, 0},
};

static void test_origins(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(origins); i++) {
		unsigned char root[8];
		int64_t size, city = log_origin_read(origins[i].origin, &size, root);
		struct cx one;
		if (city != origins[i].city || (city >= 0 && size != origins[i].size))
			fail_msg("\"%s\": city %lld, size %lld", origins[i].origin, (long long)city,
				 (long long)size);
		if (city < 0 || size < 0)
			continue;
		cx_init(&one, 0); /* and it is written so */
		assert_string_equal(log_origin_after(&one, city, size, root), origins[i].origin);
		cx_done(&one);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_origins),
		cmocka_unit_test(published_note),
		cmocka_unit_test(published_checkpoint),
		cmocka_unit_test(every_changed_bit_is_refused),
		cmocka_unit_test(other_signatures_are_let_be),
		cmocka_unit_test(malformed_notes),
		cmocka_unit_test(limits),
		cmocka_unit_test(malformed_vkeys),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(refused_to_write),
		cmocka_unit_test(signed_nonsense),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("checkpoint", tests, set_up, tear_down);
}
