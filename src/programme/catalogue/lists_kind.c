/* What kind of device an entry of a list is, told from its words. */
#include "programme/catalogue/lists.h"

const char *lists_ios_category(const char *identifier)
{
	static const struct {
		const char *prefix, *category;
	} line[] = {{"iPhone", "phone"}, {"iPad", "tablet"}, {"Watch", "watch"}};

	for (size_t i = 0; i < ARRAY_LEN(line); i++)
		if (strncmp(identifier, line[i].prefix, strlen(line[i].prefix)) == 0)
			return line[i].category;
	return "other";
}

/* --- words --- */

enum { WORD_MAX = 40, ENTRY_WORDS_MAX = 48 };
struct words {
	char word[ENTRY_WORDS_MAX][WORD_MAX];
	int count;
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c; }

static bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/* Adds the words of text: letters and digits, lower case. Longer ones are cut, more are forgotten. */
static void add_words(struct words *w, const char *text)
{
	while (*text && w->count < ENTRY_WORDS_MAX) {
		char *word = w->word[w->count];
		size_t n = 0;
		for (; is_alnum(lower(*text)); text++)
			if (n + 1 < WORD_MAX)
				word[n++] = lower(*text);
		word[n] = 0;
		if (n > 0)
			w->count++;
		else if (*text)
			text++;
	}
}

static bool begins(const char *word, const char *with) { return strncmp(word, with, strlen(with)) == 0; }

static bool ends(const char *word, size_t n, const char *with)
{
	size_t m = strlen(with);
	return n >= m && memcmp(word + n - m, with, m) == 0;
}

static bool any(const struct words *w, bool (*is)(const char *word))
{
	for (int i = 0; i < w->count; i++)
		if (is(w->word[i]))
			return true;
	return false;
}

static bool one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

/* The word without digits at its end: "surftab10" is "surftab". */
static size_t stem(const char *word)
{
	size_t n = strlen(word);
	while (n > 0 && word[n - 1] >= '0' && word[n - 1] <= '9')
		n--;
	return n;
}

static bool is_laptop(const char *word) { return begins(word, "chromebook") || begins(word, "pixelbook"); }

static bool is_watch(const char *word) { return begins(word, "watch") || ends(word, strlen(word), "watch"); }

/* Boxes and sticks that are put to a screen. */
static bool is_box(const char *word)
{
	static const char *const list[] = {"box", "settop", "chromecast", "chromebox", "dongle", NULL};
	return one_of(word, list) || ends(word, stem(word), "kstb") || begins(word, "stb");
}

static bool is_stick(const char *word) { return strcmp(word, "stick") == 0; }

/* "tv", "smarttv", "tv4k", "bravia"; not "dtv", a phone's tuner. */
static bool is_tv(const char *word)
{
	if (strcmp(word, "bravia") == 0)
		return true;
	return (ends(word, stem(word), "tv") && strcmp(word, "dtv") != 0) || begins(word, "tv4k") ||
	       begins(word, "androidtv");
}

/* What is called so is a phone, with a tuner if it also says TV. */
static bool is_phone(const char *word)
{
	static const char *const list[] = {"galaxy", "optimus", "moto",	      "xperia",
					   "duos",   "phone",	"smartphone", "zenfone",
					   "k10",    "selfie",	"dtv",	      NULL};
	return one_of(word, list);
}

/* "tab", "tab4", "tabpro", "tablet", "surftab10", "pad", "mediapad"; not "padfone", "keypad". */
static bool is_tablet(const char *word)
{
	static const char *const other[] = {"keypad", "gamepad", "touchpad", "thinkpad", NULL};
	size_t n = stem(word);

	if (one_of(word, other))
		return false;
	if (begins(word, "tablet") || ends(word, n, "tab") || ends(word, n, "pad") || ends(word, n, "tablet"))
		return true;
	return begins(word, "tab") && strlen(word) <= 6;
}

static bool says(const char *a, const char *b, const char *chinese)
{
	return strstr(a, chinese) || strstr(b, chinese);
}

const char *lists_android_category(const char *name, const char *device, const char *model)
{
	struct words said = {.count = 0}, coded = {.count = 0};
	bool tv;

	add_words(&said, name);
	add_words(&said, model);
	add_words(&coded, device);
	/* Android on Chrome OS: the boards' names end so. */
	if (ends(device, strlen(device), "_cheets") || any(&said, is_laptop))
		return any(&said, is_box) ? "other" : "laptop";
	tv = (any(&said, is_tv) || says(name, model, "电视")) && !any(&said, is_phone);
	if (any(&said, is_box) || (tv && any(&said, is_stick)))
		return any(&said, is_tablet) ? "tablet" : "other";
	if (tv)
		return "tv";
	if (any(&said, is_watch) || says(name, model, "手表"))
		return "watch";
	if (any(&said, is_tablet) || any(&coded, is_tablet) || says(name, model, "平板"))
		return "tablet";
	return "phone";
}
