/* fields.h: declared fields as options of the command line.
 */
#ifndef RELODE_CLI_FIELDS_H
#define RELODE_CLI_FIELDS_H

#include "cli/args.h"
#include "kernel/domain.h"
#include "programme/programme.h"

const struct action *fields_action(const char *type); /* of the programme; NULL when there is none */
const struct view *fields_view(const char *name);
/* Adds one option a field with any of mask's flags, unless an option of that name is there. */
enum err fields_options(struct cx *cx, struct args *a, const struct field *f, unsigned mask) MUST_USE;
/* The options that were given, as an object, over base (may be NULL). Lists are given as JSON. */
enum err fields_body(struct cx *cx, const struct args *a, const struct field *f, unsigned mask,
		     const struct json *base, const struct json **out) MUST_USE;
void fields_help(FILE *to, const struct field *f, unsigned mask);

#endif
