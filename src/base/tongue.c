#include "base/tongue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The tag's first part is this language's. */
static bool is(const char *tag, size_t n, const char *language)
{
	size_t m = strlen(language);

	return n >= m && strncasecmp(tag, language, m) == 0 && (n == m || tag[m] == '-');
}

bool tongue_named(const char *tag, size_t n, const struct tongue **out)
{
	if (is(tag, n, "en"))
		*out = NULL;
	else if (is(tag, n, "zh"))
		*out = &tongue_zh;
	else
		return false;
	return true;
}

const char *tongue_tag(const struct tongue *t)
{
	return t ? t->tag : "en";
}

static int compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct tongue_text *)row)->key);
}

const char *tongue_find(const struct tongue *t, const char *context, const char *english)
{
	const struct tongue_text *found;
	char key[TONGUE_KEY_MAX];
	int n = snprintf(key, sizeof(key), "%s%s%s", context ? context : "", context ? "\4" : "", english);

	if (!t || n < 0 || (size_t)n >= sizeof(key))
		return NULL;
	found = bsearch(key, t->list, t->count, sizeof(*t->list), compare);
	return found ? found->text : NULL;
}
