/* Evidence: metadata goes before anything is stored, files are sealed, durable and audited. */
#include <fcntl.h>
#include <unistd.h>

#include "codec/hash.h"
#include "codec/text.h"
#include "trade.h"

#define L(x) ((long long)(x))
#define BYTES(s) {s, sizeof(s) - 1}

/* A picture as its parts; kept says which survive. */
struct part {
	const char *p;
	size_t n;
	bool kept;
};
#define KEPT(s) {s, sizeof(s) - 1, true}
#define GONE(s) {s, sizeof(s) - 1, false}

static const struct part jpeg[] = {
	KEPT("\xff\xd8"),
	KEPT("\xff\xe0\x00\x10JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
	GONE("\xff\xe1\x00\x16" "Exif\0\0GPS 31.2 121.4"),
	KEPT("\xff\xe2\x00\x10ICC_PROFILE\0\x01\x01"),
	GONE("\xff\xe2\x00\x08MPF\0\x01\x02"),
	GONE("\xff\xed\x00\x10Photoshop 3.0\0"),
	GONE("\xff\xfe\x00\x0bLi's home"),
	KEPT("\xff\xee\x00\x0e" "Adobe\0\x64\0\0\0\0\x01"),
	KEPT("\xff\xdb\x00\x04\x00\x01"),
	KEPT("\xff\xda\x00\x04\x01\x02" "scan\xff\x00more\xff\xff\xd0\x00\x04rest"), /* filled up */
	KEPT("\xff\xc4\x00\x03\x07"), /* progressive: further segments, another scan */
	GONE("\xff\xef\x00\x06WHO?"),
	KEPT("\xff\xda\x00\x03\x01" "again"),
	KEPT("\xff\xd9"),
	GONE("a second picture with its own Exif"),
};
static const struct part png[] = {
	KEPT("\x89PNG\r\n\x1a\n"),
	KEPT("\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0crc1"),
	GONE("\0\0\0\x0atEXtAuthor\0Li" "\0crc2"),
	GONE("\0\0\0\x04" "eXIfgps!crc3"),
	GONE("\0\0\0\x07tIME\x07\xea\x01\x01\0\0\0crc4"),
	GONE("\0\0\0\x03prVtabccrc5"),
	KEPT("\0\0\0\x01sRGB\0crc6"),
	KEPT("\0\0\0\x04IDATdatacrc7"),
	GONE("\0\0\0\x02zTXtxxcrc8"),
	GONE("\0\0\0\x02iTXtxxcrc9"),
	KEPT("\0\0\0\0IEND\xae\x42\x60\x82"),
	GONE("trailing"),
};

static struct bytes join(struct cx *cx, const struct part *p, size_t n, bool all)
{
	char *out = cx_alloc(cx, 4096);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (!all && !p[i].kept)
			continue;
		memcpy(out + len, p[i].p, p[i].n);
		len += p[i].n;
	}
	return (struct bytes){out, len};
}

static void metadata_goes(void **state)
{
	static const struct {
		const struct part *part;
		size_t n;
		enum evidence_type type;
	} cases[] = {{jpeg, ARRAY_LEN(jpeg), EVIDENCE_JPEG}, {png, ARRAY_LEN(png), EVIDENCE_PNG}};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes whole = join(&cx, cases[i].part, cases[i].n, true), out;
		struct bytes want = join(&cx, cases[i].part, cases[i].n, false);
		enum evidence_type type;
		if (evidence_strip(&cx, whole.p, whole.n, &type, &out))
			fail_msg("case %zu: %s", i, cx.msg);
		assert_int_equal(type, cases[i].type);
		assert_int_equal(out.n, want.n);
		assert_memory_equal(out.p, want.p, want.n);
		/* once more changes nothing */
		assert_int_equal(evidence_strip(&cx, want.p, want.n, &type, &out), ERR_OK);
		assert_int_equal(out.n, want.n);
	}
	cx_done(&cx);
}

/* Cut anywhere, a picture is damaged, or a whole one that lost only what follows its end. */
static void every_cut_is_noticed(void **state)
{
	struct cx cx;
	struct bytes whole[2];

	(void)state;
	cx_init(&cx, 0);
	whole[0] = join(&cx, jpeg, ARRAY_LEN(jpeg), false);
	whole[1] = join(&cx, png, ARRAY_LEN(png), false);
	for (int i = 0; i < 2; i++) {
		for (size_t n = 0; n < whole[i].n; n++) {
			struct cx_mark mark = cx_mark(&cx);
			unsigned char *exact = cx_memdup(
				&cx, whole[i].p, n); /* reading past the end is seen by ASan */
			enum evidence_type type;
			struct bytes out;
			if (evidence_strip(&cx, exact, n, &type, &out) != ERR_MEDIA_TYPE)
				fail_msg("picture %d cut at %zu of %zu was taken", i, n, whole[i].n);
			cx_clear(&cx);
			cx_restore(&cx, mark);
		}
	}
	cx_done(&cx);
}

static void other_files_are_refused(void **state)
{
	static const struct bytes cases[] = {BYTES(""),
					     BYTES("GIF89a......"),
					     BYTES("<svg/>........"),
					     BYTES("MZ\x90\0\x03\0\0\0"),
					     BYTES("\xff\xd8"),
					     /* the number of a restart, where no scan is */
					     BYTES("\xff\xd8\xff\xd0\x00\x04" "ab\xff\xd9"),
					     BYTES("%PDF"),
					     BYTES("\x89PNG\r\n\x1a")};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum evidence_type type;
		struct bytes out;
		assert_int_equal(evidence_strip(&cx, cases[i].p, cases[i].n, &type, &out), ERR_MEDIA_TYPE);
		cx_clear(&cx);
	}
	cx_done(&cx);
}

static char *blob_of(struct trade *t, const char *digest)
{
	return cx_printf(&t->k.cx, "%s/%.2s/%s", evidence_dir(), digest, digest + 2);
}

static void kept_sealed_and_read_back(void **state)
{
	struct trade t;
	const struct json *a, *b;
	struct bytes whole, want;
	char *text, *data;
	size_t n;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	whole = join(&t.k.cx, jpeg, ARRAY_LEN(jpeg), true);
	want = join(&t.k.cx, jpeg, ARRAY_LEN(jpeg), false);
	text = base64_encode(&t.k.cx, whole.p, whole.n);
	a = kit_act(&t.k, 1, "evidence.add", "{\"device\":%lld,\"content\":\"%s\"}", L(t.device), text);
	assert_string_equal(kit_text(a, "type"), "image/jpeg");
	assert_int_equal(kit_int(a, "bytes"), want.n);
	/* on disk: nothing of the picture */
	assert_int_equal(file_read(&t.k.cx, blob_of(&t, kit_text(a, "digest")), 1 << 20, &data, &n),
			 ERR_OK);
	assert_int_equal(n, want.n + 40);
	assert_null(memmem(data, n, "scan", 4));
	b = kit_get(&t.k, 1, "evidence.get", "{\"evidence\":%lld}", L(kit_int(a, "evidence")));
	assert_string_equal(kit_text(b, "content"), base64_encode(&t.k.cx, want.p, want.n));
	kit_audit(&t.k);
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.retailer});
	kit_get_refused(&t.k, 1, "evidence.get", ERR_FORBIDDEN, "others", "{\"evidence\":%lld}",
			L(kit_int(a, "evidence")));
	kit_refuse(&t.k, 1, "evidence.add", ERR_FORBIDDEN, "",
		   "{\"device\":%lld,\"content\":\"%s\"}", L(t.device), text);
	kit_as(&t.k, (struct principal){.roles = ROLE_OWNER, .order = t.order});
	kit_get(&t.k, 1, "evidence.get", "{\"evidence\":%lld}", L(kit_int(a, "evidence")));
	kit_staff(&t.k);
	kit_refuse(&t.k, 1, "evidence.add", ERR_INVALID, "or else the order",
		   "{\"device\":%lld,\"order\":%lld,\"content\":\"%s\"}", L(t.device), L(t.order), text);
	kit_refuse(&t.k, 1, "evidence.add", ERR_INPUT, "content",
		   "{\"device\":%lld,\"content\":\"not base64!\"}", L(t.device));
	kit_refuse(&t.k, 1, "evidence.add", ERR_MEDIA_TYPE, "neither",
		   "{\"device\":%lld,\"content\":\"R0lGODlhAAAAAAAA\"}", L(t.device));
	assert_int_equal(evidence_open(&t.k.cx, NULL), ERR_OK);
	kit_refuse(&t.k, 1, "evidence.add", ERR_UNSUPPORTED, "no directory",
		   "{\"device\":%lld,\"content\":\"%s\"}", L(t.device), text);
	trade_close(&t);
}

static void audit_reads_every_file(void **state)
{
	struct trade t;
	const struct json *a;
	char *path, *data;
	size_t n;
	int fd;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	a = kit_act(
		&t.k, 1, "evidence.add",
		"{\"order\":%lld,\"purpose\":\"signature\",\"content\":\"JVBERi0xLjQKZW1wdHkK\"}",
		L(t.order));
	assert_string_equal(kit_text(a, "type"), "application/pdf");
	/* the owner's will on paper: the clerk may confirm for the owner */
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.merchant});
	kit_refuse(&t.k, 1, "tradein.give", ERR_NOT_FOUND, "", "{\"item\":%lld,\"evidence\":777}",
		   L(t.item));
	kit_act(&t.k, 1, "tradein.give", "{\"item\":%lld,\"evidence\":%lld}", L(t.item),
		L(kit_int(a, "evidence")));
	kit_staff(&t.k);
	kit_audit(&t.k);
	path = blob_of(&t, kit_text(a, "digest"));
	assert_int_equal(file_read(&t.k.cx, path, 1 << 20, &data, &n), ERR_OK);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	data[n - 1] ^= 1;
	assert_int_equal(pwrite(fd, data, n, 0), n);
	close(fd);
	kit_audit_finds(&t.k, 7, "has been changed");
	assert_int_equal(unlink(path), 0);
	kit_audit_finds(&t.k, 7, "evidence");
	trade_close(&t);
}

static void destroying_the_key_erases_the_picture(void **state)
{
	struct trade t;
	const struct json *a;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	a = kit_act(&t.k, 1, "evidence.add",
		    "{\"order\":%lld,\"content\":\"JVBERi0xLjQKZW1wdHkK\"}", L(t.order));
	assert_int_equal(
		keys_destroy(&t.k.cx, t.k.keys, 1, ACCOUNT(SUBJECT_ORDER, t.order), KIT_START),
		ERR_OK);
	kit_get_refused(&t.k, 1, "evidence.get", ERR_GONE, "", "{\"evidence\":%lld}",
			L(kit_int(a, "evidence")));
	kit_audit(&t.k); /* the books and the sealed file still verify */
	trade_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_goes),
		cmocka_unit_test(every_cut_is_noticed),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(kept_sealed_and_read_back),
		cmocka_unit_test(audit_reads_every_file),
		cmocka_unit_test(destroying_the_key_erases_the_picture),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
