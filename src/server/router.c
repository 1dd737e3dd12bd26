#include "server/router.h"

#include "base/utf8.h"

const char *const method_names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", NULL};

int method_of(const char *name)
{
	for (int i = 0; method_names[i]; i++)
		if (strcmp(method_names[i], name) == 0)
			return i;
	return -1;
}

/* --- percent-encoding --- */

static int hex_of(char c)
{
	const char *digits = "0123456789ABCDEFabcdef", *p = c ? strchr(digits, c) : NULL;
	int i = p ? (int)(p - digits) : -1;

	return i < 16 ? i : i - 6;
}

static enum err decode(struct cx *cx, const char *p, size_t n, bool plus, const char **out)
{
	char *text = cx_strndup(cx, p, n);
	size_t len = 0;

	if (!text)
		return cx->err;
	while (len < n && p[len] && p[len] != '%' && p[len] != '+') /* most of what comes is plain */
		len++;
	for (size_t i = len; i < n; i++) {
		char c = p[i];
		if (c == '%') {
			int high = i + 2 < n ? hex_of(p[i + 1]) : -1, low = i + 2 < n ? hex_of(p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return cx_fail(
					cx, ERR_INPUT,
					"the address has a '%%' without two hexadecimal digits");
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == 0)
			return cx_fail(cx, ERR_INPUT, "the address has a zero byte in it");
		text[len++] = c;
	}
	text[len] = 0;
	if (!utf8_valid(text, len))
		return cx_fail(cx, ERR_INPUT, "the address is not UTF-8");
	*out = text;
	return ERR_OK;
}

void router_encode(struct sb *sb, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			sb_char(sb, *text);
		else
			sb_printf(sb, "%%%02X", (unsigned)(unsigned char)*text);
	}
}

enum err target_split(struct cx *cx, const char *raw, size_t n, struct target *out)
{
	struct target t = {.path = raw};
	const char *mark;

	if (n > ROUTER_TARGET_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "the address is longer than %d bytes", ROUTER_TARGET_MAX);
	if (n > 7 && memcmp(raw, "http://", 7) == 0) {
		const char *slash = memchr(raw + 7, '/', n - 7);
		if (!slash)
			return cx_fail(cx, ERR_INPUT, "the address has no path");
		t.path = slash;
		n -= (size_t)(slash - raw);
	}
	if (n == 0 || *t.path != '/')
		return cx_fail(cx, ERR_INPUT, "the address must begin with '/'");
	mark = memchr(t.path, '?', n);
	t.path_n = mark ? (size_t)(mark - t.path) : n;
	if (mark) {
		t.query = mark + 1;
		t.query_n = n - t.path_n - 1;
	}
	*out = t;
	return ERR_OK;
}

static enum err read_pair(struct cx *cx, const char *p, size_t n, struct query *q)
{
	const char *equals = memchr(p, '=', n);
	size_t name_n = equals ? (size_t)(equals - p) : n;
	struct query_pair pair = {.raw = p, .raw_n = n, .value = ""};

	if (decode(cx, p, name_n, true, &pair.name) ||
	    (equals && decode(cx, equals + 1, n - name_n - 1, true, &pair.value)))
		return cx->err;
	for (int i = 0; i < q->count; i++)
		if (strcmp(q->pair[i].name, pair.name) == 0)
			return cx_fail(cx, ERR_INPUT, "the parameter %.60s is given twice", pair.name);
	if (q->count == ROUTER_QUERY_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "the address has more than %d parameters",
			       ROUTER_QUERY_MAX);
	q->pair[q->count++] = pair;
	return ERR_OK;
}

enum err query_read(struct cx *cx, const char *query, size_t n, struct query *out)
{
	out->count = 0;
	for (size_t i = 0; query && i < n;) {
		const char *end = memchr(query + i, '&', n - i);
		size_t len = end ? (size_t)(end - query) - i : n - i;
		if (len > 0 && read_pair(cx, query + i, len, out))
			return cx->err;
		i += len + 1;
	}
	return ERR_OK;
}

/* --- the tree of patterns: a node a segment --- */

struct word {
	const char *text; /* of the pattern, not ended */
	size_t n;
	struct node *node;
};
struct node {
	const char *name;    /* a parameter's; NULL: a word */
	struct word *words;  /* that may follow, in the order of word_cmp */
	int count, room;     /* of words */
	struct node *parameter;
	const char *pattern;
	const void *target[METHODS];
	unsigned allow;
};
struct router {
	struct node root;
};

enum err router_new(struct cx *cx, struct router **out)
{
	struct router *r = CX_NEW(cx, struct router);

	if (!r)
		return cx->err;
	*out = r;
	return ERR_OK;
}

static int word_cmp(const char *p, size_t len, const struct word *w)
{
	if (len != w->n)
		return len < w->n ? -1 : 1;
	return memcmp(p, w->text, len);
}

/* Where the word stands among n's, or else would. */
static int place_of(const struct node *n, const char *p, size_t len)
{
	int low = 0, high = n->count;

	while (low < high) {
		int middle = low + (high - low) / 2;
		if (word_cmp(p, len, &n->words[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct node *word_of(const struct node *n, const char *p, size_t len)
{
	int i = place_of(n, p, len);

	return i < n->count && word_cmp(p, len, &n->words[i]) == 0 ? n->words[i].node : NULL;
}

static enum err wrong(struct cx *cx, const char *pattern, const char *why)
{
	return cx_fail(cx, ERR_CORRUPT, "route %.200s: %s", pattern, why);
}

static bool make_room(struct cx *cx, struct node *n)
{
	int room = n->room ? 2 * n->room : 2;
	struct word *words;

	if (n->count < n->room)
		return true;
	words = cx_array(cx, (size_t)room, sizeof(*words));
	if (!words)
		return false;
	if (n->count > 0)
		memcpy(words, n->words, (size_t)n->count * sizeof(*words));
	n->words = words;
	n->room = room;
	return true;
}

static struct node *add_word(struct cx *cx, struct node *n, const char *p, size_t len)
{
	struct node *w = word_of(n, p, len);
	int at = place_of(n, p, len);

	if (w)
		return w;
	w = CX_NEW(cx, struct node);
	if (!w || !make_room(cx, n))
		return NULL;
	memmove(n->words + at + 1, n->words + at, (size_t)(n->count - at) * sizeof(*n->words));
	n->words[at] = (struct word){p, len, w};
	n->count++;
	return w;
}

static struct node *add_parameter(struct cx *cx, struct node *n, const char *pattern, const char *p,
				  size_t len)
{
	char *name = cx_strndup(cx, p + 1, len - 2);

	if (!name)
		return NULL;
	if (n->parameter) {
		if (strcmp(n->parameter->name, name) == 0)
			return n->parameter;
		wrong(cx, pattern, "its parameter has another name in another route of this path");
		return NULL;
	}
	n->parameter = CX_NEW(cx, struct node);
	if (n->parameter)
		n->parameter->name = name;
	return n->parameter;
}

enum err router_add(struct cx *cx, struct router *r, enum method method, const char *pattern,
		    const void *target)
{
	struct node *n = &r->root;
	int segments = 0, params = 0;

	if (*pattern != '/' || !target)
		return wrong(cx, pattern, "must begin with '/' and lead to something");
	for (const char *p = pattern; *p;) {
		size_t len = strcspn(++p, "/");
		bool parameter = len > 2 && p[0] == '{' && p[len - 1] == '}';
		if (len == 0 || ++segments > ROUTER_SEGMENTS_MAX || (params += parameter) > ROUTER_PARAMS_MAX)
			return wrong(cx, pattern, "an empty segment, or too many");
		n = parameter ? add_parameter(cx, n, pattern, p, len) : add_word(cx, n, p, len);
		if (!n)
			return cx->err;
		p += len;
	}
	if (n->target[method])
		return wrong(cx, pattern, "is declared twice");
	n->target[method] = target;
	n->allow |= 1u << method;
	n->pattern = pattern;
	return ERR_OK;
}

struct path {
	const char *segment[ROUTER_SEGMENTS_MAX];
	int count;
};

/* ERR_NOT_FOUND for a path that is too deep to be one of ours. */
static enum err split(struct cx *cx, const char *p, size_t n, struct path *out)
{
	const char *end = p + n;

	out->count = 0;
	if (n == 0 || *p != '/')
		return cx_fail(cx, ERR_INPUT, "the address must begin with '/'");
	while (p < end) {
		const char *slash = memchr(p + 1, '/', (size_t)(end - p) - 1);
		size_t len = (size_t)((slash ? slash : end) - p) - 1;
		if (out->count == ROUTER_SEGMENTS_MAX)
			return cx_fail(cx, ERR_NOT_FOUND, "there is nothing at this address");
		if (decode(cx, p + 1, len, false, &out->segment[out->count++]))
			return cx->err;
		p += len + 1;
	}
	return ERR_OK;
}

/* The words of a path come before its parameters, at every segment; a word that leads nowhere is given
 * back. A path has at most ROUTER_PARAMS_MAX parameters, so that few ways are tried. */
static const struct node *walk(const struct node *n, const struct path *path, int depth,
			       struct route_match *m)
{
	const struct node *found, *word;
	const char *text;
	int params = m->params;

	if (depth == path->count)
		return n->allow ? n : NULL;
	text = path->segment[depth];
	word = word_of(n, text, strlen(text));
	found = word ? walk(word, path, depth + 1, m) : NULL;
	if (found || !n->parameter || !*text)
		return found;
	m->params = params;
	m->param[m->params++] = (struct route_param){n->parameter->name, text};
	found = walk(n->parameter, path, depth + 1, m);
	if (!found)
		m->params = params;
	return found;
}

enum err router_find(struct cx *cx, const struct router *r, enum method method, const char *path, size_t n,
		     struct route_match *out)
{
	struct route_match m = {0};
	const struct node *found;
	struct path segments;

	if (split(cx, path, n, &segments))
		return cx->err;
	found = walk(&r->root, &segments, 0, &m);
	if (!found)
		return cx_fail(cx, ERR_NOT_FOUND, "there is nothing at this address");
	m.target = found->target[method];
	m.pattern = found->pattern;
	m.allow = found->allow;
	*out = m;
	return ERR_OK;
}

char *router_allow_text(struct cx *cx, unsigned allow)
{
	struct sb sb;

	sb_init(&sb, cx, 100);
	for (int i = 0; method_names[i]; i++)
		if (allow & 1u << i)
			sb_printf(&sb, "%s, ", i == METHOD_GET ? "GET, HEAD" : method_names[i]);
	sb_str(&sb, "OPTIONS");
	return sb_end(&sb) ? NULL : sb.data;
}
