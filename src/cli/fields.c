#include "cli/fields.h"

const struct action *fields_action(const char *type)
{
	for (const struct feature *const *f = programme_features; *f; f++)
		for (const struct action *x = (*f)->actions; x && x->type; x++)
			if (strcmp(x->type, type) == 0)
				return x;
	return NULL;
}

const struct view *fields_view(const char *name)
{
	for (const struct feature *const *f = programme_features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++)
			if (strcmp(v->name, name) == 0)
				return v;
	return NULL;
}

static bool has_option(const struct args *a, const char *name)
{
	for (int i = 0; i < a->options; i++)
		if (strcmp(a->option[i]->name, name) == 0)
			return true;
	return false;
}

enum err fields_options(struct cx *cx, struct args *a, const struct field *f, unsigned mask)
{
	for (; f->name; f++) {
		struct arg_option *o;
		if (!(f->flags & mask) || has_option(a, f->name))
			continue;
		o = CX_NEW(cx, struct arg_option);
		if (!o)
			return cx->err;
		*o = (struct arg_option){f->name, "VALUE", f->doc};
		args_add_one(a, o);
	}
	return ERR_OK;
}

static void write_option(struct json_writer *w, struct sb *sb, const struct field *f, const char *value)
{
	jw_name(w, f->name);
	if (f->type == FIELD_TEXT || f->type == FIELD_HEX || f->type == FIELD_ENUM) {
		jw_text(w, value);
	} else { /* numbers, true and false, lists: as JSON, checked when the whole is parsed */
		jw_null(w);
		sb->len -= 4;
		sb_str(sb, value);
	}
}

enum err fields_body(struct cx *cx, const struct args *a, const struct field *f, unsigned mask,
		     const struct json *base, const struct json **out)
{
	struct json_writer w;
	struct json *v;
	struct sb sb;

	sb_init(&sb, cx, json_limits_file.bytes);
	jw_init(&w, &sb, false);
	jw_object(&w);
	for (size_t i = 0; base && i < base->count; i++) {
		if (field_find(f, base->name[i]) && has_option(a, base->name[i]) &&
		    args_has(a, base->name[i]))
			continue; /* the option wins */
		jw_name(&w, base->name[i]);
		jw_value(&w, base->item[i]);
	}
	for (; f->name; f++)
		if (f->flags & mask && has_option(a, f->name) && args_has(a, f->name))
			write_option(&w, &sb, f, args_get(a, f->name));
	jw_object_end(&w);
	if (sb_end(&sb))
		return cx->err;
	if (json_parse(cx, sb.data, sb.len, &json_limits_request, &v))
		return cx_prefix(
			cx,
			"the options do not make well-formed JSON (texts in lists need quotes): ");
	*out = v;
	return ERR_OK;
}

static const char *type_name(const struct field *f)
{
	static const char *const name[] = {
		[FIELD_INT] = "number", [FIELD_BOOL] = "true|false", [FIELD_ENUM] = "word",
		[FIELD_TEXT] = "text", [FIELD_HEX] = "hex", [FIELD_LIST] = "JSON list"};
	return name[f->type];
}

void fields_help(FILE *to, const struct field *f, unsigned mask)
{
	for (; f->name; f++) {
		if (!(f->flags & mask))
			continue;
		fprintf(to, "  --%-22s %s%s%s%s: %s", f->name, type_name(f), f->unit ? " " : "",
			f->unit ? f->unit : "", f->flags & REQ ? ", required" : "",
			f->doc ? f->doc : "");
		for (const char *const *n = f->type == FIELD_ENUM ? f->names : NULL; n && *n; n++)
			fprintf(to, "%s%s", n == f->names ? " (" : ", ", *n);
		fprintf(to, "%s\n", f->type == FIELD_ENUM ? ")" : "");
		for (const struct field *s = f->type == FIELD_LIST ? f->sub : NULL; s && s->name; s++)
			if (s->flags & mask)
				fprintf(to, "      %-22s %s: %s\n", s->name, type_name(s),
					s->doc ? s->doc : "");
	}
}
