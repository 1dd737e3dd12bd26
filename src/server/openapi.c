/* The OpenAPI 3.1 document, from the same declarations that requests are read by. */
#include "server/http.h"

enum { NAME_MAX_BYTES = 200 };

static const char about[] =
	"relode runs a city's used-electronics programme: every device, every gram and every coin on "
	"the way.\n\n"
	"Money is in minor units of the city's currency, mass in milligrams, time in microseconds since "
	"1970-01-01T00:00:00Z (UTC): the unit is in a field's name and in `x-unit`. Integers are within "
	"2^53 - 1.\n\n"
	"Every write carries an `Idempotency-Key`: asked again with the same key and body, it answers "
	"again and changes nothing. Errors are `application/problem+json` (RFC 9457), in the language that "
	"`Accept-Language` asks for: English or Simplified Chinese (`zh`). Lists are read page by "
	"page: `next` of an answer is `after` of the next question, and the `Link` header says the same.";

/* --- schemas of fields --- */

static void write_schema(struct json_writer *w, const struct field *f, unsigned mask);

static bool has_unit(const struct field *f, const char *unit)
{
	return f->unit && strcmp(f->unit, unit) == 0;
}

static void write_doc(struct json_writer *w, const struct field *f)
{
	if (f->doc)
		jw_text_at(w, "description", f->doc);
	if (f->unit && !has_unit(f, FIELD_JSON_UNIT) && !has_unit(f, FIELD_SHOWN_UNIT))
		jw_text_at(w, "x-unit", f->unit);
}

static void write_ref(struct json_writer *w, const char *where)
{
	jw_object(w);
	jw_text_at(w, "$ref", where);
	jw_object_end(w);
}

/* The answer of another view: a component of its name. */
static const char *shown_ref(struct json_writer *w, const struct field *f)
{
	return cx_printf(w->sb->cx, "#/components/schemas/%s", f->names[0]);
}

static void write_type(struct json_writer *w, const struct field *f, const char *type)
{
	if (!(f->flags & MAY_NULL)) {
		jw_text_at(w, "type", type);
		return;
	}
	jw_name(w, "type");
	jw_array(w);
	jw_text(w, type);
	jw_text(w, "null");
	jw_array_end(w);
}

static void write_enum(struct json_writer *w, const char *const *names)
{
	jw_text_at(w, "type", "string");
	jw_name(w, "enum");
	jw_array(w);
	for (; *names; names++)
		jw_text(w, *names);
	jw_array_end(w);
}

/* Bounds of text count bytes; JSON Schema counts characters, of up to four bytes. */
static void write_text_type(struct json_writer *w, const struct field *f)
{
	if (has_unit(f, FIELD_SHOWN_UNIT)) {
		jw_text_at(w, "$ref", shown_ref(w, f));
		return;
	}
	if (has_unit(f, FIELD_JSON_UNIT)) {
		jw_text_at(w, "type", "object");
		jw_bool_at(w, "additionalProperties", true);
		return;
	}
	write_type(w, f, "string");
	if (f->type == FIELD_HEX) {
		jw_text_at(w, "pattern", "^([0-9a-f]{2})*$");
		jw_int_at(w, "minLength", 2 * f->min);
		jw_int_at(w, "maxLength", 2 * f->max);
		return;
	}
	if (f->min > 0)
		jw_int_at(w, "minLength", (f->min + 3) / 4);
	jw_int_at(w, "maxLength", f->max);
}

static void write_list_type(struct json_writer *w, const struct field *f, unsigned mask)
{
	jw_text_at(w, "type", "array");
	jw_int_at(w, "minItems", f->min);
	jw_int_at(w, "maxItems", f->max);
	jw_name(w, "items");
	if (has_unit(f, FIELD_SHOWN_UNIT)) {
		write_ref(w, shown_ref(w, f));
		return;
	}
	jw_object(w);
	if (f->sub)
		write_schema(w, f->sub, mask);
	else
		write_enum(w, f->names);
	jw_object_end(w);
}

static void write_field(struct json_writer *w, const struct field *f, unsigned mask)
{
	jw_object(w);
	write_doc(w, f);
	switch (f->type) {
	case FIELD_BOOL:
		jw_text_at(w, "type", "boolean");
		break;
	case FIELD_ENUM:
		write_enum(w, f->names);
		break;
	case FIELD_TEXT:
	case FIELD_HEX:
		write_text_type(w, f);
		break;
	case FIELD_LIST:
		write_list_type(w, f, mask);
		break;
	case FIELD_INT:
	default:
		write_type(w, f, "integer");
		jw_text_at(w, "format", "int64");
		jw_int_at(w, "minimum", f->min < -JSON_INT_MAX ? -JSON_INT_MAX : f->min);
		jw_int_at(w, "maximum", f->max > JSON_INT_MAX ? JSON_INT_MAX : f->max);
	}
	jw_object_end(w);
}

/* What counts as required: of a request what it must bring, of an answer what is always there. */
static bool is_required(const struct field *f, unsigned mask)
{
	return f->flags & REQ && (mask != IN || f->flags & IN);
}

/* The members of an object's schema; the caller has opened it. */
static void write_schema(struct json_writer *w, const struct field *f, unsigned mask)
{
	bool some = false;

	jw_text_at(w, "type", "object");
	jw_name(w, "properties");
	jw_object(w);
	for (const struct field *m = f; m->name; m++) {
		if (!(m->flags & mask) || (mask == OUT && m->flags & HIDE))
			continue;
		jw_name(w, m->name);
		write_field(w, m, mask);
		some |= is_required(m, mask);
	}
	jw_object_end(w);
	if (some) {
		jw_name(w, "required");
		jw_array(w);
		for (const struct field *m = f; m->name; m++)
			if (m->flags & mask && !(mask == OUT && m->flags & HIDE) && is_required(m, mask))
				jw_text(w, m->name);
		jw_array_end(w);
	}
	if (mask == IN)
		jw_bool_at(w, "additionalProperties", false);
}

/* --- examples: a value of every required field, within its bounds --- */

static void write_example(struct json_writer *w, const struct field *f);

static void write_example_text(struct json_writer *w, const struct field *f)
{
	char text[NAME_MAX_BYTES];
	size_t n = (size_t)(f->type == FIELD_HEX ? 2 * f->min : f->min), have;

	if (f->type == FIELD_HEX) {
		for (size_t i = 0; i < n && i < sizeof(text) - 1; i++)
			text[i] = "0123456789abcdef"[i % 16];
		text[n < sizeof(text) - 1 ? n : sizeof(text) - 1] = 0;
		jw_text(w, text);
		return;
	}
	snprintf(text, sizeof(text), "%s", f->name);
	have = strlen(text);
	if (have > (size_t)f->max)
		text[f->max] = 0;
	for (; have < n && have < sizeof(text) - 1; have++)
		text[have] = 'x';
	if (have <= n)
		text[have] = 0;
	jw_text(w, text);
}

static int64_t example_number(const struct field *f)
{
	int64_t usual = 1;

	if (f->unit && strcmp(f->unit, "us") == 0)
		usual = INT64_C(1777600800000000); /* 2026-05-01T02:00:00Z */
	else if (f->unit && strcmp(f->unit, "minor") == 0)
		usual = 120000;
	else if (f->unit && strcmp(f->unit, "mg") == 0)
		usual = 174000;
	return usual < f->min ? f->min : usual > f->max ? f->max : usual;
}

static void write_example_value(struct json_writer *w, const struct field *f)
{
	switch (f->type) {
	case FIELD_BOOL:
		jw_bool(w, true);
		break;
	case FIELD_ENUM:
		jw_text(w, f->names[0]);
		break;
	case FIELD_TEXT:
	case FIELD_HEX:
		write_example_text(w, f);
		break;
	case FIELD_LIST:
		jw_array(w);
		jw_object(w);
		write_example(w, f->sub);
		jw_object_end(w);
		jw_array_end(w);
		break;
	case FIELD_INT:
	default:
		jw_int(w, example_number(f));
	}
}

static void write_example(struct json_writer *w, const struct field *f)
{
	for (; f->name; f++) {
		if (!(f->flags & IN) || !(f->flags & REQ))
			continue;
		jw_name(w, f->name);
		write_example_value(w, f);
	}
}

/* --- operations --- */

static void write_parameter(struct json_writer *w, const char *in, const struct field *f, bool required)
{
	jw_object(w);
	jw_text_at(w, "name", f->name);
	jw_text_at(w, "in", in);
	jw_bool_at(w, "required", required);
	jw_text_at(w, "description", f->doc ? f->doc : f->name);
	jw_name(w, "schema");
	write_field(w, f, IN);
	jw_object_end(w);
}

static bool in_pattern(const struct route *r, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = strchr(r->pattern, '{'); p; p = strchr(p + 1, '{'))
		if (strncmp(p + 1, name, n) == 0 && p[1 + n] == '}')
			return true;
	return false;
}

static const struct field *params_of(const struct route *r)
{
	return r->action ? r->action->fields : r->view ? r->view->params : r->own->params;
}

static void write_path_parameters(struct json_writer *w, const struct route *r)
{
	static const struct field city = {.name = "city",
					  .type = FIELD_INT,
					  .max = NODE_CITIES_MAX - 1,
					  .unit = "id",
					  .doc = "the city; 0 is the programme itself"},
				  slug = {.name = "slug",
					  .type = FIELD_TEXT,
					  .min = 1,
					  .max = 40,
					  .doc = "of its type"};

	for (const char *p = strchr(r->pattern, '{'); p; p = strchr(p + 1, '{')) {
		char *name = cx_strndup(w->sb->cx, p + 1, strcspn(p + 1, "}"));
		const struct field *f = name && params_of(r) ? field_find(params_of(r), name) : NULL;
		if (name && strcmp(name, "city") == 0)
			f = &city;
		write_parameter(w, "path", f ? f : &slug, true);
	}
}

static void write_parameters(struct json_writer *w, const struct route *r)
{
	jw_name(w, "parameters");
	jw_array(w);
	write_path_parameters(w, r);
	for (const struct field *f = r->action ? NULL : params_of(r); f && f->name; f++)
		if (f->flags & IN && !in_pattern(r, f->name))
			write_parameter(w, "query", f, (f->flags & REQ) != 0);
	if (r->action) {
		write_ref(w, "#/components/parameters/IdempotencyKey");
		write_ref(w, "#/components/parameters/HappenedUs");
	}
	if (!(r->roles & ROLE_PUBLIC))
		write_ref(w, "#/components/parameters/OnBehalfOf");
	jw_array_end(w);
}

static void write_content(struct json_writer *w, const char *type)
{
	jw_name(w, "content");
	jw_object(w);
	jw_name(w, type);
	jw_object(w);
}

static void write_content_end(struct json_writer *w)
{
	jw_object_end(w);
	jw_object_end(w);
}

static void write_request(struct json_writer *w, const struct route *r)
{
	const struct field *f = r->action ? r->body : r->own ? r->own->request : NULL;
	bool some = false, required = false;

	for (const struct field *m = f; m && m->name; m++) {
		some |= (m->flags & IN) != 0;
		required |= m->flags & IN && m->flags & REQ;
	}
	if (!some)
		return;
	jw_name(w, "requestBody");
	jw_object(w);
	jw_bool_at(w, "required", required);
	write_content(w, "application/json");
	jw_name(w, "schema");
	jw_object(w);
	write_schema(w, f, IN);
	jw_object_end(w);
	if (required) {
		jw_name(w, "example");
		jw_object(w);
		write_example(w, f);
		jw_object_end(w);
	}
	write_content_end(w);
	jw_object_end(w);
}

/* An action answers its OUT fields and where the books have it. */
static const struct field answer_fields[] = {{.name = "city",
					      .type = FIELD_INT,
					      .flags = OUT | REQ,
					      .max = ID_MAX,
					      .unit = "id",
					      .doc = "the city"},
					     {.name = "recorded_us",
					      .type = FIELD_INT,
					      .flags = OUT | REQ,
					      .max = JSON_INT_MAX,
					      .unit = "us",
					      .doc = "when it was recorded"},
					     {.name = "seq",
					      .type = FIELD_INT,
					      .flags = OUT | REQ,
					      .max = JSON_INT_MAX,
					      .doc = "line of the city's journal"},
					     F_END};

static void write_action_schema(struct json_writer *w, const struct action *a)
{
	int n = field_count(a->fields), count = 0;
	struct field *f = cx_array(w->sb->cx, (size_t)n + ARRAY_LEN(answer_fields), sizeof(*f));

	for (int i = 0; f && i < n; i++)
		if (a->fields[i].flags & OUT && !field_find(answer_fields, a->fields[i].name))
			f[count++] = a->fields[i];
	for (size_t i = 0; f && i < ARRAY_LEN(answer_fields); i++)
		f[count++] = answer_fields[i];
	if (f)
		write_schema(w, f, OUT);
}

static void write_view_schema(struct json_writer *w, const struct view *v)
{
	if (!v->list) {
		if (v->fields)
			write_schema(w, v->fields, OUT);
		else
			jw_text_at(w, "type", "object");
		return;
	}
	jw_text_at(w, "type", "object");
	jw_name(w, "properties");
	jw_object(w);
	jw_name(w, "items");
	jw_object(w);
	jw_text_at(w, "type", "array");
	jw_name(w, "items");
	jw_object(w);
	if (v->fields)
		write_schema(w, v->fields, OUT);
	else
		jw_text_at(w, "type", "object");
	jw_object_end(w);
	jw_object_end(w);
	jw_name(w, "next");
	jw_object(w);
	jw_text_at(w, "type", "string");
	jw_text_at(w, "description", "cursor of the next page; absent on the last");
	jw_object_end(w);
	for (const struct field *f = v->beside; f && f->name; f++) {
		jw_name(w, f->name);
		write_field(w, f, OUT);
	}
	jw_object_end(w);
	jw_name(w, "required");
	jw_array(w);
	jw_text(w, "items");
	for (const struct field *f = v->beside; f && f->name; f++)
		if (is_required(f, OUT))
			jw_text(w, f->name);
	jw_array_end(w);
}

static void write_answer_schema(struct json_writer *w, const struct route *r)
{
	const char *type = r->own && !r->own->answer ? r->own->type : "application/json";

	write_content(w, type);
	jw_name(w, "schema");
	jw_object(w);
	if (r->action)
		write_action_schema(w, r->action);
	else if (r->view)
		write_view_schema(w, r->view);
	else if (r->own->answer)
		write_schema(w, r->own->answer, OUT);
	else
		jw_text_at(w, "type", strcmp(type, "application/json") == 0 ? "object" : "string");
	jw_object_end(w);
	write_content_end(w);
}

static void write_response(struct json_writer *w, const struct route *r, const char *status, const char *text)
{
	jw_name(w, status);
	jw_object(w);
	jw_text_at(w, "description", text);
	if (r)
		write_answer_schema(w, r);
	jw_object_end(w);
}

static void write_problem_response(struct json_writer *w, const char *status, const char *name)
{
	jw_name(w, status);
	jw_object(w);
	jw_name(w, "$ref");
	jw_text(w, cx_printf(w->sb->cx, "#/components/responses/%s", name));
	jw_object_end(w);
}

static void write_responses(struct json_writer *w, const struct route *r)
{
	jw_name(w, "responses");
	jw_object(w);
	if (r->action) {
		write_response(
			w, r, "200",
			"Done before with this Idempotency-Key: the same answer, nothing changed.");
		write_response(w, r, "201", "Done, and recorded.");
		write_problem_response(w, "413", "Problem");
		write_problem_response(w, "415", "Problem");
	} else {
		write_response(w, r, "200", "The answer.");
	}
	if (r->action || r->view)
		write_problem_response(w, "409", "Conflict");
	if ((r->view && !r->view->list) || (r->own && r->own->tag[0] == 'l' && !r->own->queued))
		write_response(w, NULL, "304", "Not changed since the given ETag.");
	write_problem_response(w, "400", "Problem");
	if (!(r->roles & ROLE_PUBLIC) || (r->own && r->own->queued))
		write_problem_response(w, "401", "Unauthenticated");
	if (!(r->roles & ROLE_PUBLIC))
		write_problem_response(w, "403", "Problem");
	write_problem_response(w, "404", "Problem");
	if (r->view && r->view->apart) /* more than view-timeout allows */
		write_problem_response(w, "413", "Problem");
	write_problem_response(w, "422", "Problem");
	write_problem_response(w, "429", "Busy");
	write_problem_response(w, "503", "Busy");
	jw_object_end(w);
}

static const char *doc_of(const struct route *r)
{
	const char *doc = r->action ? r->action->doc : r->view ? r->view->doc : r->own->doc;

	return doc ? doc : r->id;
}

static void write_tag_of(struct json_writer *w, const struct route *r)
{
	const char *tag = r->own ? r->own->tag : cx_strndup(w->sb->cx, r->id, strcspn(r->id, "."));

	jw_name(w, "tags");
	jw_array(w);
	jw_text(w, tag);
	jw_array_end(w);
}

static void write_security(struct json_writer *w, const struct route *r)
{
	static const char *const schemes[] = {"bearer", "cookie"}; /* either */

	jw_name(w, "security");
	jw_array(w);
	if (r->roles & ROLE_PUBLIC) {
		jw_object(w); /* none is needed */
		jw_object_end(w);
	}
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		jw_object(w);
		jw_name(w, schemes[i]);
		jw_array(w);
		jw_array_end(w);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_roles(struct json_writer *w, const struct route *r)
{
	jw_name(w, "x-roles");
	jw_array(w);
	for (int i = 0; role_names[i]; i++)
		if (r->roles & 1u << i)
			jw_text(w, role_names[i]);
	jw_array_end(w);
}

static void write_operation(struct json_writer *w, const struct route *r)
{
	static const char *const keys[] = {"get", "post", "put", "patch", "delete"};
	const char *doc = doc_of(r);

	jw_name(w, keys[r->method]);
	jw_object(w);
	jw_text_at(w, "operationId", r->id);
	/* The first sentence, or half of it, is the summary. */
	jw_text_at(w, "summary", cx_strndup(w->sb->cx, doc, strcspn(doc, ".;:,")));
	jw_text_at(w, "description", doc);
	write_tag_of(w, r);
	write_security(w, r);
	write_roles(w, r);
	write_parameters(w, r);
	write_request(w, r);
	write_responses(w, r);
	jw_object_end(w);
}

static bool is_first_of_path(const struct routes *routes, int i)
{
	for (int k = 0; k < i; k++)
		if (strcmp(routes->route[k].pattern, routes->route[i].pattern) == 0)
			return false;
	return true;
}

static void write_paths(struct json_writer *w, const struct routes *routes)
{
	jw_name(w, "paths");
	jw_object(w);
	for (int i = 0; i < routes->count; i++) {
		if (!is_first_of_path(routes, i))
			continue;
		jw_name(w, routes->route[i].pattern);
		jw_object(w);
		for (int k = i; k < routes->count; k++)
			if (strcmp(routes->route[k].pattern, routes->route[i].pattern) == 0)
				write_operation(w, &routes->route[k]);
		jw_object_end(w);
	}
	jw_object_end(w);
}

/* --- components --- */

static const struct problem_shown {
	const char *name;
	const char *description;
	const char *header, *header_doc;
} problem_responses[] = {
	{"Problem", "Refused: `detail` says what, where and what to do. Nothing was changed.", NULL,
	 NULL},
	{"Conflict",
	 "The present state does not allow it: `state` names it, `allowed` what is possible now.",
	 NULL, NULL},
	{"Unauthenticated", "No valid credentials.", "WWW-Authenticate",
	 "how to authenticate (RFC 6750)"},
	{"Busy", "Not now: try again with the same Idempotency-Key.", "Retry-After",
	 "seconds to wait"},
};

static void write_property(struct json_writer *w, const char *name, const char *type,
			   const char *format, const char *doc)
{
	jw_name(w, name);
	jw_object(w);
	jw_text_at(w, "type", type);
	if (format)
		jw_text_at(w, "format", format);
	jw_text_at(w, "description", doc);
	jw_object_end(w);
}

static void write_problem_schema(struct json_writer *w)
{
	jw_name(w, "Problem");
	jw_object(w);
	jw_text_at(w, "type", "object");
	jw_text_at(w, "description", "A problem (RFC 9457).");
	jw_name(w, "properties");
	jw_object(w);
	write_property(w, "type", "string", "uri-reference",
		       "kind of problem; it can be read at that address");
	write_property(w, "title", "string", NULL, "the kind in words");
	write_property(w, "status", "integer", "int32", "HTTP status");
	write_property(w, "detail", "string", NULL,
		       "what, where, and what to do, for people; not to be taken apart");
	write_property(w, "instance", "string", "uri", "this one occurrence, as the server's log names it");
	write_property(w, "state", "string", NULL, "the present state, where one stands in the way");
	write_property(w, "reason", "string", NULL,
		       "which of the refusals with this status, where a program may go on by itself: "
		       "quote (make a new one), code (mistyped), cross-site");
	write_property(w, "retry_after_s", "integer", "int64", "seconds to wait");
	jw_name(w, "allowed");
	jw_object(w);
	jw_text_at(w, "type", "array");
	jw_text_at(w, "description", "the actions that are possible in this state");
	jw_name(w, "items");
	jw_object(w);
	jw_text_at(w, "type", "string");
	jw_object_end(w);
	jw_object_end(w);
	jw_object_end(w);
	jw_name(w, "required");
	jw_array(w);
	jw_text(w, "type");
	jw_text(w, "title");
	jw_text(w, "status");
	jw_text(w, "detail");
	jw_array_end(w);
	jw_object_end(w);
}

static void write_answer_header(struct json_writer *w, const char *name, const char *doc)
{
	jw_name(w, name);
	jw_object(w);
	jw_text_at(w, "description", doc);
	jw_name(w, "schema");
	jw_object(w);
	jw_text_at(w, "type", "string");
	jw_object_end(w);
	jw_object_end(w);
}

static void write_problem_answer(struct json_writer *w, const struct problem_shown *p)
{
	jw_name(w, p->name);
	jw_object(w);
	jw_text_at(w, "description", p->description);
	jw_name(w, "headers");
	jw_object(w);
	write_answer_header(w, "Content-Language",
			    "of `title` and `detail`, by Accept-Language: en or zh-CN");
	if (p->header)
		write_answer_header(w, p->header, p->header_doc);
	jw_object_end(w);
	write_content(w, "application/problem+json");
	jw_name(w, "schema");
	write_ref(w, "#/components/schemas/Problem");
	write_content_end(w);
	jw_object_end(w);
}

static void write_header_parameter(struct json_writer *w, const char *name, const char *header, bool required,
				   const char *doc, const struct field *f)
{
	jw_name(w, name);
	jw_object(w);
	jw_text_at(w, "name", header);
	jw_text_at(w, "in", "header");
	jw_bool_at(w, "required", required);
	jw_text_at(w, "description", doc);
	jw_name(w, "schema");
	write_field(w, f, IN);
	jw_object_end(w);
}

/* --- answers that stand in other answers --- */

static bool shows(const struct field *f, const char *view)
{
	for (; f && f->name; f++)
		if ((has_unit(f, FIELD_SHOWN_UNIT) && strcmp(f->names[0], view) == 0) ||
		    (f->type == FIELD_LIST && shows(f->sub, view)))
			return true;
	return false;
}

static bool is_shown(const struct domain *d, const char *view)
{
	for (const struct feature *const *f = d->features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++)
			if (shows(v->fields, view))
				return true;
	return false;
}

static void write_shown_schemas(struct json_writer *w, const struct domain *d)
{
	for (const struct feature *const *f = d->features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++) {
			if (!is_shown(d, v->name))
				continue;
			jw_name(w, v->name);
			jw_object(w);
			write_view_schema(w, v);
			jw_object_end(w);
		}
}

static void write_components(struct json_writer *w, const struct domain *d)
{
	static const struct field
		key = {.name = "key", .type = FIELD_TEXT, .min = 1, .max = 2 * IDEM_KEY_MAX + 2},
		time = {.name = "us", .type = FIELD_INT, .max = JSON_INT_MAX, .unit = "us"},
		user = {.name = "user", .type = FIELD_INT, .max = ID_MAX, .unit = "id"};

	jw_name(w, "components");
	jw_object(w);
	jw_name(w, "schemas");
	jw_object(w);
	write_problem_schema(w);
	write_shown_schemas(w, d);
	jw_object_end(w);
	jw_name(w, "responses");
	jw_object(w);
	for (size_t i = 0; i < ARRAY_LEN(problem_responses); i++)
		write_problem_answer(w, &problem_responses[i]);
	jw_object_end(w);
	jw_name(w, "parameters");
	jw_object(w);
	write_header_parameter(
		w, "IdempotencyKey", "Idempotency-Key", true,
		"a new key for each thing that is done, the same when it is tried again; a quoted string "
		"of RFC 8941, or a bare word; kept seven days",
		&key);
	write_header_parameter(w, "HappenedUs", "Relode-Happened-Us", false,
			       "when it happened, if that was not now: at most 400 days back", &time);
	write_header_parameter(w, "OnBehalfOf", "Relode-On-Behalf-Of", false,
			       "acts as this user; the programme's administrators only", &user);
	jw_object_end(w);
	jw_name(w, "securitySchemes");
	jw_object(w);
	jw_name(w, "bearer");
	jw_object(w);
	jw_text_at(w, "type", "http");
	jw_text_at(w, "scheme", "bearer");
	jw_text_at(w, "description", "A user's token (rl_…), or the token of an order's link (ro_…).");
	jw_object_end(w);
	jw_name(w, "cookie");
	jw_object(w);
	jw_text_at(w, "type", "apiKey");
	jw_text_at(w, "in", "cookie");
	jw_text_at(w, "name", "__Host-relode");
	jw_text_at(w, "description",
		   "Set by POST /v1/session and POST /v1/cities/{city}/order-session; over plain HTTP named "
		   "relode. Changes must come from a page of the same origin (Sec-Fetch-Site or Origin).");
	jw_object_end(w);
	jw_object_end(w);
	jw_object_end(w);
}

/* --- the document --- */

static void write_info(struct json_writer *w)
{
	jw_text_at(w, "openapi", "3.1.0");
	jw_name(w, "info");
	jw_object(w);
	jw_text_at(w, "title", "relode");
	jw_text_at(w, "version", "1");
	jw_text_at(w, "description", about);
	jw_name(w, "license");
	jw_object(w);
	jw_text_at(w, "name", "Apache-2.0");
	jw_text_at(w, "identifier", "Apache-2.0");
	jw_object_end(w);
	jw_object_end(w);
	jw_name(w, "servers");
	jw_array(w);
	jw_object(w);
	jw_text_at(w, "url", "/");
	jw_text_at(w, "description", "this server");
	jw_object_end(w);
	jw_array_end(w);
}

static void write_tag(struct json_writer *w, const char *name, const char *doc)
{
	jw_object(w);
	jw_text_at(w, "name", name);
	jw_text_at(w, "description", doc);
	jw_object_end(w);
}

static void write_tags(struct json_writer *w, const struct domain *d)
{
	jw_name(w, "tags");
	jw_array(w);
	write_tag(w, "server", "The server itself.");
	write_tag(
		w, "log",
		"The books' log, for those who check it: signed checkpoints, entries, proofs (RFC 6962).");
	for (const struct feature *const *f = d->features; *f; f++)
		if ((*f)->actions || (*f)->views)
			write_tag(w, (*f)->name, cx_printf(w->sb->cx, "The feature %s.", (*f)->name));
	jw_array_end(w);
}

enum err openapi_write(struct cx *cx, const struct domain *d, const struct routes *routes, struct sb *sb)
{
	struct json_writer w;

	(void)cx;
	jw_init(&w, sb, false);
	jw_object(&w);
	write_info(&w);
	write_tags(&w, d);
	write_paths(&w, routes);
	write_components(&w, d);
	jw_object_end(&w);
	return sb_end(sb);
}

enum err server_openapi(struct cx *cx, const struct domain *d, struct sb *sb)
{
	struct routes routes;

	return routes_new(cx, d, &routes) ? cx->err : openapi_write(cx, d, &routes, sb);
}
