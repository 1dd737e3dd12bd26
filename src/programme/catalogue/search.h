/* search.h: one form for what people type and what lists hold.
 *
 * Lower case (ASCII), '+' is the word "plus", letters, digits and bytes beyond ASCII make words, all else
 * parts them. So "SM-G973F" is "sm g973f", and "Galaxy S10+" is "galaxy s10 plus".
 */
#ifndef RELODE_PROGRAMME_CATALOGUE_SEARCH_H
#define RELODE_PROGRAMME_CATALOGUE_SEARCH_H

#include "programme/catalogue/catalogue.h"

enum { SEARCH_TEXT_MAX = 200, SEARCH_WORDS_MAX = 8, SEARCH_COLUMN_MAX = 2000 };

/* The words of text, single spaces between; "" when there are none. NULL: no memory. */
char *search_words(struct cx *cx, const char *text) MUST_USE;
/* The column `search` of a model: its words, and name and codes also with their words run together;
 * words: further words, or NULL. Cut at a word when longer than SEARCH_COLUMN_MAX. */
char *search_column(struct cx *cx, const char *brand, const char *name, const char *code,
		    const char *words) MUST_USE;
/* How well a model fits the words of a query; 0: a word is missing. fuzzy: words may differ by a letter. */
int64_t search_score(const char *query, const struct model *m, const char *brand_name,
		     const char *name, bool fuzzy);
/* Two words are equal but for one letter more, less, changed, or swapped with its neighbour; the query's
 * word may be the beginning of the other. */
bool search_near(const char *query, size_t qn, const char *word, size_t wn);

#endif
