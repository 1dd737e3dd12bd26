/* Parties: personal data sealed, found and forgotten; merchants' terms; sites and opening hours. */
#include "codec/hash.h"
#include "kernel/journal.h"
#include "kit.h"
#include "programme/party/hours.h"
#include "programme/party/own.h"

static void test_hours(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"24/7", true},
		{"09:00-18:00", true},
		{"Mo-Sa 09:00-19:00", true},
		{"Mo-Fr 09:00-12:00,13:00-18:30; Sa 10:00-16:00; PH off", true},
		{"Mo,We,Fr 08:00-20:00", true},
		{"Mo-Th,Sa 22:00-02:00", true},
		{"Su closed", true},
		{"Fr 20:00-26:00", true},
		{"", false},
		{"Mo", false},
		{"Mo 9:00-18:00", false},
		{"Mo 09:00", false},
		{"Mo 09:60-10:00", false},
		{"Mo 25:00-26:00", false},
		{"Mo 24:30-25:00", false},
		{"Xx 09:00-10:00", false},
		{"Mo- 09:00-10:00", false},
		{"Mo-PH 09:00-10:00", false},
		{"Mo, 09:00-10:00", false},
		{"Mo 09:00-10:00;", false},
		{"Mo 09:00-10:00, ", false},
		{"always", false},
		{"Mo09:00-10:00", false},
		{"Fr 20:00-48:01", false},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum err err = hours_check(&cx, cases[i].text);
		if ((err == ERR_OK) != cases[i].good)
			fail_msg("\"%s\": %s", cases[i].text, err ? cx.msg : "accepted");
		cx_clear(&cx);
	}
	cx_done(&cx);
}

static void test_keys(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_string_equal(party_phone_key(&cx, "+86 138-0013-8000"), "3800138000");
	assert_string_equal(party_phone_key(&cx, "13800138000"), "3800138000");
	assert_string_equal(party_phone_key(&cx, "110"), "110");
	assert_null(party_phone_key(&cx, "+()"));
	assert_string_equal(party_name_key(&cx, "  Ada   LOVELACE "), "ada lovelace");
	assert_string_equal(party_name_key(&cx, "王小明"), "王小明");
	assert_null(party_name_key(&cx, "  "));
	cx_done(&cx);
}

static int64_t add_person(struct kit *k, const char *more)
{
	return kit_int(kit_act(k, 1, "party.register",
			       "{\"kind\":\"person\",\"roles\":\"owner\"%s}", more),
		       "party");
}

static int64_t add_org(struct kit *k, const char *roles, const char *name)
{
	return kit_int(
		kit_act(k, 1, "party.register",
			"{\"kind\":\"organisation\",\"roles\":\"%s\",\"public_name\":\"%s\"}",
			roles, name),
		"party");
}

static const struct json *party_of(struct kit *k, int64_t party)
{
	return kit_get(k, 1, "party.party", "{\"party\":%lld}", (long long)party);
}

/* No table of the database holds the text. */
static void assert_nowhere(struct kit *k, const char *text)
{
	static const char *const sql[] = {
		"SELECT COUNT(*) FROM journal WHERE body LIKE $1",
		"SELECT COUNT(*) FROM vault WHERE CAST(sealed AS TEXT) LIKE $1",
		"SELECT COUNT(*) FROM party WHERE public_name LIKE $1"};
	int64_t n;

	for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
		char *like = cx_printf(&k->cx, "%%%s%%", text);
		assert_int_equal(db_one_i64(&k->cx, k->db, &n, sql[i], DB_ARGS(db_text(like))), ERR_OK);
		assert_int_equal(n, 0);
	}
}

#define ADA                                                                                        \
	",\"name\":\"Ada Lovelace\",\"phone\":\"+86 138 0013 8000\"," \
	"\"email\":\"ada@example.org\",\"bank_account\":\"6222 0001\""

static void test_details(void **state)
{
	const struct json *found;
	int64_t ada, other;
	struct kit k;

	(void)state;
	kit_open(&k);
	ada = add_person(&k, ADA);
	other = add_person(&k, ",\"name\":\"Charles\"");
	assert_string_equal(kit_text(party_of(&k, ada), "name"), "Ada Lovelace");
	assert_string_equal(kit_text(party_of(&k, ada), "bank_account"), "6222 0001");
	assert_nowhere(&k, "Lovelace");
	assert_nowhere(&k, "ada@example");
	assert_nowhere(&k, "8000");
	found = kit_get(&k, 1, "party.list", "{\"phone\":\"138-00138000\"}");
	assert_int_equal(kit_int(found, "items.0.party"), ada);
	assert_null(json_get(json_get(found, "items")->item[0], "name"));
	assert_int_equal(json_get(found, "items")->count, 1);
	assert_int_equal(
		kit_int(kit_get(&k, 1, "party.list", "{\"name\":\"charles\"}"), "items.0.party"),
		other);
	/* New details replace the old as a whole, in the index too. */
	kit_act(&k, 1, "party.update", "{\"party\":%lld,\"name\":\"Ada King\"}", (long long)ada);
	assert_string_equal(kit_text(party_of(&k, ada), "name"), "Ada King");
	assert_null(json_get(party_of(&k, ada), "phone"));
	assert_int_equal(
		json_get(kit_get(&k, 1, "party.list", "{\"phone\":\"13800138000\"}"), "items")
			->count,
		0);
	assert_int_equal(
		json_get(kit_get(&k, 1, "party.list", "{\"name\":\"ADA  king\"}"), "items")->count,
		1);
	kit_audit(&k);
	kit_close(&k);
}

static void test_forget(void **state)
{
	int64_t ada, kept;
	struct kit k;

	(void)state;
	kit_open(&k);
	ada = add_person(&k, ADA);
	kept = kit_int(
		kit_act(&k, 1, "party.register",
			"{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"B\",\"keep_until_us\":%lld}",
			(long long)(KIT_START + DAY_US)),
		"party");
	kit_refuse(&k, 1, "party.forget", ERR_CONFLICT, "must be kept until", "{\"party\":%lld}",
		   (long long)kept);
	kit_act(&k, 1, "party.forget", "{\"party\":%lld}", (long long)ada);
	assert_null(json_get(party_of(&k, ada), "name"));
	assert_int_equal(kit_int(party_of(&k, ada), "forgotten_us"), KIT_START);
	assert_int_equal(
		json_get(kit_get(&k, 1, "party.list", "{\"phone\":\"13800138000\"}"), "items")
			->count,
		0);
	kit_refuse(&k, 1, "party.update", ERR_GONE, "forgotten", "{\"party\":%lld,\"name\":\"x\"}",
		   (long long)ada);
	kit_refuse(&k, 1, "party.forget", ERR_GONE, "forgotten", "{\"party\":%lld}", (long long)ada);
	kit_at(&k, KIT_START + 2 * DAY_US);
	kit_act(&k, 1, "party.forget", "{\"party\":%lld}", (long long)kept);
	kit_refuse(&k, 1, "party.forget", ERR_CONFLICT, "programme itself", "{\"party\":%lld}",
		   (long long)kit_int(kit_get(&k, 1, "city.city", "{}"), "programme"));
	kit_audit(&k);
	kit_close(&k);
}

static size_t found(struct kit *k, const char *params)
{
	return json_get(kit_get(k, 1, "party.list", "%s", params), "items")->count;
}

/* The books have nothing by which a name or a number could be tried, and the index forgets with the key: also
 * when an older copy of the books comes back, whose entries do not know of the forgetting. */
static void test_search_forgets(void **state)
{
	static const char by_phone[] = "{\"phone\":\"13800138000\"}",
			  by_name[] = "{\"name\":\"ada lovelace\"}";
	const struct json *page;
	int64_t ada, same[3], left;
	struct reader r;
	struct bytes blind;
	char hex[2 * KEYS_BLIND + 1];
	struct journal_line line;
	size_t count;
	struct kit k;

	(void)state;
	kit_open(&k);
	ada = add_person(&k, ADA);
	for (int i = 0; i < 3; i++)
		same[i] = add_person(&k, ",\"name\":\"Ada  Lovelace\",\"phone\":\"555\"");
	assert_int_equal(found(&k, by_phone), 1);
	assert_int_equal(found(&k, by_name), 4);
	page = kit_get(&k, 1, "party.list", "{\"name\":\"ada lovelace\",\"limit\":2}");
	assert_int_equal(kit_int(page, "items.1.party"), same[0]);
	page = kit_get(&k, 1, "party.list", "{\"name\":\"ada lovelace\",\"limit\":2,\"after\":\"%s\"}",
		       kit_text(page, "next"));
	assert_int_equal(kit_int(page, "items.0.party"), same[1]);
	assert_int_equal(kit_int(page, "items.1.party"), same[2]);
	assert_null(json_get(page, "next"));
	assert_int_equal(found(&k, "{\"name\":\"ada lovelace\",\"kind\":\"organisation\"}"), 0);
	assert_int_equal(found(&k, "{\"name\":\"ada lovelace\",\"role\":\"buyer\"}"), 0);
	/* what she no longer says of herself does not find her */
	kit_act(&k, 1, "party.update", "{\"party\":%lld,\"name\":\"Ada King\"}", (long long)same[2]);
	assert_int_equal(found(&k, by_name), 3);
	assert_int_equal(found(&k, "{\"phone\":\"555\"}"), 2);
	kit_get_refused(&k, 1, "party.list", ERR_INVALID, "one of them",
			"{\"name\":\"a\",\"phone\":\"555\"}");
	kit_get_refused(&k, 1, "party.list", ERR_INVALID, "nothing in it", "{\"phone\":\"---\"}");
	kit_audit(&k);
	/* no entry and no table of the books holds the digest that the index has */
	r = kit_reader(&k, 1);
	assert_int_equal(reader_blind(&k.cx, &r, 1, "party.phone", "3800138000", &blind), ERR_OK);
	hex_encode(hex, blind.p, KEYS_BLIND);
	for (int64_t seq = 0; seq < 6; seq++) {
		assert_int_equal(journal_find(&k.cx, k.db, 1, seq, &line), ERR_OK);
		assert_null(strstr(line.body, hex));
	}
	/* the key is destroyed, the entry of it is not there: a copy from before */
	assert_int_equal(keys_destroy(&k.cx, k.keys, 1, ACCOUNT(SUBJECT_PARTY, ada), KIT_START), ERR_OK);
	assert_int_equal(found(&k, by_phone), 0);
	assert_int_equal(found(&k, by_name), 2);
	assert_int_equal(keys_index_find(&k.cx, k.keys, 1, blind.p, 0, &left, 1, &count), ERR_OK);
	assert_int_equal(count, 0);
	kit_act(&k, 1, "party.forget", "{\"party\":%lld}", (long long)same[0]);
	assert_int_equal(found(&k, by_name), 1);
	kit_audit(&k);
	kit_close(&k);
}

/* After a restore the list of destroyed keys names people whom the books do not know: they came after the
 * backup. Their numbers are nobody else's, and whoever comes next takes the one after them. */
static void test_numbers_of_the_forgotten(void **state)
{
	struct keys_destroyed gone[4];
	int64_t ada, bob, shop;
	struct kit k;

	(void)state;
	kit_open(&k);
	ada = kit_int(kit_act(&k, 1, "party.register",
			      "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Ada\"}"),
		      "party");
	for (int i = 0; i < 4; i++)
		gone[i] = (struct keys_destroyed){1, ACCOUNT(SUBJECT_PARTY, ada + 1 + i + i / 2), KIT_START};
	assert_int_equal(keys_replay_destroyed(&k.cx, k.keys, gone, 4), ERR_OK); /* +1 +2, +4 +5 */
	bob = kit_int(kit_act(&k, 1, "party.register",
			      "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Bob\","
			      "\"phone\":\"77 88\"}"),
		      "party");
	assert_int_equal(bob, ada + 3);
	assert_int_equal(found(&k, "{\"phone\":\"7788\"}"), 1);
	shop = kit_int(kit_act(&k, 1, "party.register",
			       "{\"kind\":\"organisation\",\"roles\":\"merchant\",\"public_name\":\"Shop\"}"),
		       "party");
	assert_int_equal(shop, ada + 6);
	kit_act(&k, 1, "party.update", "{\"party\":%lld,\"phone\":\"555\"}", (long long)shop);
	kit_audit(&k);
	kit_close(&k);
}

static void test_register_refused(void **state)
{
	static const struct {
		const char *words, *body;
	} cases[] = {
		{"roles: \"king\"", "{\"kind\":\"person\",\"roles\":\"owner,king\"}"},
		{"roles: at least one", "{\"kind\":\"person\",\"roles\":\" , \"}"},
		{"public_name: an organisation",
		 "{\"kind\":\"organisation\",\"roles\":\"merchant\"}"},
		{"public_name: a person",
		 "{\"kind\":\"person\",\"roles\":\"owner\",\"public_name\":\"Ada\"}"},
		{"phone:", "{\"kind\":\"person\",\"roles\":\"owner\",\"phone\":\"call me\"}"},
		{"email:", "{\"kind\":\"person\",\"roles\":\"owner\",\"email\":\"ada\"}"},
		{"email:", "{\"kind\":\"person\",\"roles\":\"owner\",\"email\":\"a@b@c\"}"},
		{"bank_account:",
		 "{\"kind\":\"person\",\"roles\":\"owner\",\"bank_account\":\"'; --\"}"},
		{"kind: \"robot\"", "{\"kind\":\"robot\",\"roles\":\"owner\"}"},
		{"party: there is no such field",
		 "{\"kind\":\"person\",\"roles\":\"owner\",\"party\":1}"},
	};
	struct kit k;

	(void)state;
	kit_open(&k);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		kit_refuse(&k, 1, "party.register", ERR_INVALID, cases[i].words, "%s", cases[i].body);
	kit_close(&k);
}

/* A merchant sees and changes itself alone; anyone may register an owner, and nothing more. */
static void test_callers(void **state)
{
	int64_t shop, other, ada;
	struct kit k;

	(void)state;
	kit_open(&k);
	shop = add_org(&k, "merchant,retailer", "Corner shop");
	other = add_org(&k, "merchant", "Other shop");
	ada = add_person(&k, ADA);
	kit_as(&k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = shop, .city = 1});
	add_person(&k, ",\"phone\":\"555 1234\"");
	kit_refuse(&k, 1, "party.register", ERR_FORBIDDEN, "programme's staff",
		   "{\"kind\":\"organisation\",\"roles\":\"merchant\",\"public_name\":\"Mine\"}");
	assert_int_equal(json_get(kit_get(&k, 1, "party.list", "{}"), "items")->count, 1);
	kit_get_refused(&k, 1, "party.party", ERR_FORBIDDEN, "another organisation",
			"{\"party\":%lld}", (long long)ada);
	kit_refuse(&k, 1, "party.update", ERR_FORBIDDEN, "another organisation",
		   "{\"party\":%lld,\"public_name\":\"Z\"}", (long long)other);
	kit_refuse(&k, 1, "party.roles", ERR_FORBIDDEN, "organisation",
		   "{\"party\":%lld,\"roles\":\"buyer\"}", (long long)shop);
	kit_refuse(&k, 1, "party.update", ERR_FORBIDDEN, "retention",
		   "{\"party\":%lld,\"keep_until_us\":5}", (long long)shop);
	kit_refuse(&k, 1, "party.site_open", ERR_FORBIDDEN, "another organisation",
		   "{\"party\":%lld,\"kind\":\"store\",\"name\":\"x\"}", (long long)other);
	kit_act(&k, 1, "party.update", "{\"party\":%lld,\"public_name\":\"New shop\"}", (long long)shop);
	/* Neither the holder of an order's link nor an owner without a party of his own is staff. */
	kit_as(&k, (struct principal){.roles = ROLE_OWNER, .order = 5, .city = 1});
	kit_get_refused(&k, 1, "party.list", ERR_FORBIDDEN, "not open", "{}");
	kit_get_refused(&k, 1, "party.party", ERR_FORBIDDEN, "another", "{\"party\":%lld}", (long long)ada);
	kit_as(&k, (struct principal){.user = 8, .roles = ROLE_OWNER, .city = 1});
	kit_get_refused(&k, 1, "party.list", ERR_FORBIDDEN, "not open", "{}");
	kit_refuse(&k, 1, "party.update", ERR_FORBIDDEN, "another",
		   "{\"party\":%lld,\"name\":\"x\"}", (long long)ada);
	kit_refuse(&k, 1, "party.forget", ERR_FORBIDDEN, "another", "{\"party\":%lld}", (long long)ada);
	kit_as(&k, (struct principal){.user = 8, .roles = ROLE_OWNER, .city = 1, .org = ada});
	assert_string_equal(kit_text(party_of(&k, ada), "phone"), "+86 138 0013 8000");
	kit_as(&k, (struct principal){.user = 8, .roles = ROLE_AUDITOR});
	assert_null(json_get(party_of(&k, ada), "phone"));
	kit_as(&k, (struct principal){.roles = ROLE_PUBLIC});
	add_person(&k, ",\"name\":\"Nobody\"");
	kit_refuse(&k, 1, "party.register", ERR_FORBIDDEN, "programme's staff",
		   "{\"kind\":\"person\",\"roles\":\"owner,buyer\"}");
	kit_staff(&k);
	assert_string_equal(kit_text(party_of(&k, shop), "public_name"), "New shop");
	kit_audit(&k);
	kit_close(&k);
}

static void test_terms(void **state)
{
	int64_t shop, ada;
	struct kit k;

	(void)state;
	kit_open(&k);
	shop = add_org(&k, "merchant", "Shop");
	ada = add_person(&k, "");
	kit_act(&k, 1, "party.terms",
		"{\"party\":%lld,\"commission_bp\":600,\"commission_minor\":100}", (long long)shop);
	assert_int_equal(kit_int(party_of(&k, shop), "commission_bp"), 600);
	kit_refuse(&k, 1, "party.terms", ERR_INVALID, "neither as merchant nor as retailer",
		   "{\"party\":%lld,\"commission_bp\":600,\"commission_minor\":0}", (long long)ada);
	kit_refuse(&k, 1, "party.terms", ERR_INVALID, "at most 10000",
		   "{\"party\":%lld,\"commission_bp\":10001,\"commission_minor\":0}", (long long)shop);
	kit_refuse(&k, 1, "party.terms", ERR_NOT_FOUND, "there is no party",
		   "{\"party\":999,\"commission_bp\":1,\"commission_minor\":0}");
	kit_act(&k, 1, "party.roles", "{\"party\":%lld,\"roles\":\"buyer owner\"}", (long long)shop);
	assert_string_equal(kit_text(party_of(&k, shop), "roles"), "owner,buyer");
	assert_int_equal(
		kit_int(kit_get(&k, 1, "party.list", "{\"role\":\"buyer\"}"), "items.0.party"),
		shop);
	assert_int_equal(
		kit_int(kit_get(&k, 1, "party.list", "{\"kind\":\"person\"}"), "items.0.party"),
		ada);
	kit_audit(&k);
	kit_close(&k);
}

static size_t sites_in(struct kit *k, const char *params)
{
	return json_get(kit_get(k, 1, "party.sites", "%s", params), "items")->count;
}

static void test_sites(void **state)
{
	int64_t shop, ada, site;
	struct kit k;

	(void)state;
	kit_open(&k);
	shop = add_org(&k, "merchant", "Shop");
	ada = add_person(&k, "");
	site = kit_int(
		kit_act(&k, 1, "party.site_open",
			"{\"party\":%lld,\"kind\":\"store\",\"name\":\"Nanjing Rd\",\"lat_e6\":31230000,"
			"\"lon_e6\":121470000,\"hours\":\"Mo-Su 10:00-22:00\"}",
			(long long)shop),
		"site");
	kit_act(&k, 1, "party.site_open",
		"{\"party\":%lld,\"kind\":\"locker\",\"name\":\"Fiji\",\"lat_e6\":-18000000,"
		"\"lon_e6\":-179500000}",
		(long long)shop);
	kit_refuse(&k, 1, "party.site_open", ERR_INVALID, "hours: ",
		   "{\"party\":%lld,\"kind\":\"store\",\"name\":\"x\",\"hours\":\"sometimes\"}",
		   (long long)shop);
	kit_refuse(&k, 1, "party.site_open", ERR_INVALID, "both or none",
		   "{\"party\":%lld,\"kind\":\"store\",\"name\":\"x\",\"lat_e6\":1}", (long long)shop);
	kit_refuse(&k, 1, "party.site_open", ERR_INVALID, "is a person",
		   "{\"party\":%lld,\"kind\":\"store\",\"name\":\"x\"}", (long long)ada);
	kit_refuse(&k, 1, "party.site_open", ERR_INVALID, "not registered as recycler",
		   "{\"party\":%lld,\"kind\":\"recycler\",\"name\":\"x\"}", (long long)shop);
	assert_int_equal(sites_in(&k, "{}"), 2);
	assert_int_equal(sites_in(&k, "{\"kind\":\"store\"}"), 1);
	assert_int_equal(
		sites_in(
			&k,
			"{\"south_e6\":31000000,\"north_e6\":32000000,"
			"\"west_e6\":121000000,\"east_e6\":122000000}"),
		1);
	/* over the date line */
	assert_int_equal(
		sites_in(
			&k,
			"{\"south_e6\":-20000000,\"north_e6\":0,"
			"\"west_e6\":179000000,\"east_e6\":-179000000}"),
		1);
	kit_get_refused(&k, 1, "party.sites", ERR_INVALID, "a box needs", "{\"south_e6\":1}");
	kit_act(&k, 1, "party.site_change", "{\"site\":%lld,\"address\":\"No. 1\"}", (long long)site);
	assert_string_equal(
		kit_text(kit_get(&k, 1, "party.site", "{\"site\":%lld}", (long long)site),
			 "address"),
		"No. 1");
	kit_act(&k, 1, "party.site_close", "{\"site\":%lld}", (long long)site);
	assert_int_equal(sites_in(&k, "{\"open\":true}"), 1);
	kit_refuse(&k, 1, "party.site_change", ERR_CONFLICT, "is closed",
		   "{\"site\":%lld,\"name\":\"y\"}", (long long)site);
	kit_refuse(&k, 1, "party.site_close", ERR_CONFLICT, "is closed", "{\"site\":%lld}", (long long)site);
	kit_audit(&k);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hours),   cmocka_unit_test(test_keys),  cmocka_unit_test(test_details),
		cmocka_unit_test(test_forget),  cmocka_unit_test(test_search_forgets),
		cmocka_unit_test(test_numbers_of_the_forgotten),
		cmocka_unit_test(test_register_refused),
		cmocka_unit_test(test_callers), cmocka_unit_test(test_terms), cmocka_unit_test(test_sites),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
