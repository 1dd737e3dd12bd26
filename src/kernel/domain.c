#include "kernel/domain.h"

const char *const role_names[] = {"owner", "clerk", "technician", "buyer", "dismantler", "officer",
				  "analyst", "auditor", "admin", "system", "public", NULL};

static enum err wrong(struct cx *cx, const char *what, const char *name, const char *why)
{
	return cx_fail(cx, ERR_CORRUPT, "declaration of %s %s: %s", what, name, why);
}

/* "city", "device", …: once, for another domain of this process may be read from meanwhile. */
static void list_columns(struct table *t)
{
	size_t at = 0;

	if (t->listed[0])
		return;
	for (int i = 0; i < t->columns; i++) {
		size_t left = sizeof(t->listed) - at;
		int n = snprintf(t->listed + at, left, "%s\"%s\"", i ? ", " : "", t->fields[i].name);
		BUG(n < 0 || (size_t)n >= left);
		at += (size_t)n;
	}
}

static enum err add_table(struct cx *cx, struct domain *d, struct table *t)
{
	const char **column;
	enum db_kind *kind;

	if (d->tables == DOMAIN_TABLES || domain_table(d, t->name))
		return wrong(cx, "table", t->name, "too many tables, or declared twice");
	t->columns = field_count(t->fields);
	if (t->keys < 1 || t->keys > t->columns || strcmp(t->fields[0].name, "city") != 0)
		return wrong(cx, "table", t->name, "its key must begin with city");
	if ((t->kind == TABLE_REFERENCE || t->kind == TABLE_VAULT) &&
	    (t->keys != 3 || strcmp(t->fields[1].name, "seq") != 0 || strcmp(t->fields[2].name, "n") != 0))
		return wrong(cx, "table", t->name, "a write-once table's key is city, seq, n");
	BUG(d->columns + t->columns > DOMAIN_COLUMNS);
	if (t->fresh != FRESH_NOT &&
	    (t->kind != TABLE_STATE || t->keys < 2 || t->fields[1].type != FIELD_INT))
		return wrong(cx, "table", t->name,
			     "only a number in the second key column of a state table can be fresh");
	column = d->column + d->columns;
	kind = d->kind + d->columns;
	d->columns += t->columns;
	for (int i = 0; i < t->columns; i++) {
		if (t->fields[i].type == FIELD_LIST)
			return wrong(cx, "table", t->name, "a list cannot be a column");
		column[i] = t->fields[i].name;
		kind[i] = field_kind(&t->fields[i]);
	}
	list_columns(t);
	t->shape = (struct db_shape){t->name, column, kind, t->columns, t->keys};
	t->index = d->tables;
	d->table[d->tables++] = t;
	return ERR_OK;
}

static bool has_idem(const struct field *f)
{
	for (; f->name; f++)
		if (strcmp(f->name, "idem") == 0 || (f->type == FIELD_LIST && has_idem(f->sub)))
			return true;
	return false;
}

static uint64_t hash_name(const char *name, size_t n)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
	return hash;
}

/* Where the action is found, or would be: half the places are free. */
static size_t place_of(const struct domain *d, const char *type)
{
	size_t i = hash_name(type, strlen(type)) % ARRAY_LEN(d->found);

	while (d->found[i] && strcmp(d->found[i]->type, type) != 0)
		i = (i + 1) % ARRAY_LEN(d->found);
	return i;
}

static bool is_named(const struct account_kind *k, const char *name, size_t n)
{
	return strncmp(k->name, name, n) == 0 && k->name[n] == 0;
}

/* The same of a kind of account. */
static size_t place_of_account(const struct domain *d, const char *name, size_t n)
{
	size_t i = hash_name(name, n) % ARRAY_LEN(d->named);

	while (d->named[i] && !is_named(d->named[i], name, n))
		i = (i + 1) % ARRAY_LEN(d->named);
	return i;
}

static enum err add_action(struct cx *cx, struct domain *d, const struct action *a)
{
	if (d->actions == DOMAIN_ACTIONS || domain_action(d, a->type))
		return wrong(cx, "action", a->type, "too many actions, or declared twice");
	if (!a->decide || !a->apply || !a->fields || !a->doc || a->v < 1 || !a->roles)
		return wrong(cx, "action", a->type, "decide, apply, fields, roles, doc and v are needed");
	for (const struct field *f = a->fields; f->name; f++)
		if (f->flags & PII && f->flags & LOG)
			return wrong(cx, "action", a->type, "personal data may not be logged");
	if (has_idem(a->fields))
		return wrong(cx, "action", a->type, "no member of an entry's data is called idem (recent.c)");
	d->action[d->actions++] = a;
	d->found[place_of(d, a->type)] = a;
	return ERR_OK;
}

enum err domain_init(struct cx *cx, struct domain *d, const struct feature *const *features)
{
	*d = (struct domain){.features = features};
	for (; *features; features++) {
		const struct feature *f = *features;
		for (struct table *const *t = f->tables; t && *t; t++)
			if (add_table(cx, d, *t))
				return cx->err;
		for (const struct action *a = f->actions; a && a->type; a++)
			if (add_action(cx, d, a))
				return cx->err;
		for (const struct account_kind *k = f->accounts; k && k->code; k++) {
			if (k->code < 1 || k->code >= DOMAIN_CODES || d->account[k->code] ||
			    domain_account_named(d, k->name, strlen(k->name)))
				return wrong(cx, "account", k->name, "its code or name is declared twice");
			d->account[k->code] = k;
			d->named[place_of_account(d, k->name, strlen(k->name))] = k;
		}
	}
	return ERR_OK;
}

const struct action *domain_action(const struct domain *d, const char *type)
{
	return d->found[place_of(d, type)];
}

const struct table *domain_table(const struct domain *d, const char *name)
{
	for (int i = 0; i < d->tables; i++)
		if (strcmp(d->table[i]->name, name) == 0)
			return d->table[i];
	return NULL;
}

const struct account_kind *domain_account(const struct domain *d, int code)
{
	return code > 0 && code < DOMAIN_CODES ? d->account[code] : NULL;
}

const struct account_kind *domain_account_named(const struct domain *d, const char *name, size_t n)
{
	return d->named[place_of_account(d, name, n)];
}

static enum err check_columns(struct cx *cx, const struct table *t, struct db *db)
{
	const char *const *names;
	const enum db_kind *kinds;
	int count, keys;

	if (db_columns(cx, db, t->name, &names, &kinds, &count, &keys))
		return cx->err;
	if (count != t->columns || keys != t->keys)
		return cx_fail(cx, ERR_CORRUPT,
			       "table %s has %d columns and %d keys, declared are %d and %d",
			       t->name, count, keys, t->columns, t->keys);
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], t->shape.column[i]) != 0 || kinds[i] != t->shape.kind[i])
			return cx_fail(
				cx, ERR_CORRUPT,
				"table %s, column %d is %s, declared is %s (or its type differs)",
				t->name, i + 1, names[i], t->shape.column[i]);
	return ERR_OK;
}

enum err domain_check_schema(struct cx *cx, const struct domain *d, struct db *db)
{
	const char *const *names;
	int count;

	if (db_tables(cx, db, &names, &count))
		return cx->err;
	for (int i = 0; i < count; i++)
		if (!domain_table(d, names[i]))
			return cx_fail(cx, ERR_CORRUPT, "table %s is not declared by any feature", names[i]);
	for (int i = 0; i < d->tables; i++)
		if (check_columns(cx, d->table[i], db))
			return cx->err;
	return ERR_OK;
}

char *account_text(struct cx *cx, const struct domain *d, int64_t account)
{
	const struct account_kind *k = domain_account(d, account_code(account));

	if (!k) {
		cx_fail(cx, ERR_INVALID, "account %lld is of no declared kind", (long long)account);
		return NULL;
	}
	if (account_ref(account) == 0)
		return cx_strdup(cx, k->name);
	return cx_printf(cx, "%s/%lld", k->name, (long long)account_ref(account));
}

enum err account_parse(struct cx *cx, const struct domain *d, const char *text, int64_t *out)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	const struct account_kind *k = domain_account_named(d, text, n);
	int64_t ref = 0;

	if (!k)
		return cx_fail(cx, ERR_INVALID, "\"%.60s\" names no kind of account", text);
	if (slash) {
		const char *p = slash + 1;
		if (*p < '1' || *p > '9')
			return cx_fail(cx, ERR_INVALID,
				       "\"%.60s\": the number behind '/' is not well formed", text);
		for (; *p; p++) {
			if (*p < '0' || *p > '9' || ref > ID_MAX / 10)
				return cx_fail(
					cx, ERR_INVALID,
					"\"%.60s\": the number behind '/' is not well formed",
					text);
			ref = ref * 10 + (*p - '0');
		}
		if (ref > ID_MAX)
			return cx_fail(cx, ERR_INVALID, "\"%.60s\": the number is too large", text);
	}
	*out = ACCOUNT(k->code, ref);
	return ERR_OK;
}

bool machine_allows(const struct machine *m, int from, const char *action, int to)
{
	for (const struct machine_move *v = m->moves; v->action; v++)
		if (v->to == to && v->from & STATE(from) && strcmp(v->action, action) == 0)
			return true;
	return false;
}

/* The actions that a state allows, each once: their types, or what the reader calls them. */
static const char *possible(struct cx *cx, const struct machine *m, int from, bool said)
{
	const char *comma = said ? cx_say(cx, ", ") : ", ";
	struct sb sb;

	sb_init(&sb, cx, 900);
	for (const struct machine_move *v = m->moves; v->action; v++) {
		bool again = false;
		if (!(v->from & STATE(from)))
			continue;
		for (const struct machine_move *u = m->moves; u < v; u++)
			again |= u->from & STATE(from) && strcmp(u->action, v->action) == 0;
		if (!again)
			sb_printf(&sb, "%s%s", sb.len ? comma : "",
				  said ? cx_say_code(cx, "action", v->action) : v->action);
	}
	return sb.len ? sb.data : "";
}

enum err machine_refuse(struct cx *cx, const struct machine *m, const char *what, int64_t id, int from,
			const char *action)
{
	const char *allowed = possible(cx, m, from, false), *said = possible(cx, m, from, true);

	cx_fail(cx, ERR_CONFLICT, "%s %lld is %s, which does not allow %s; possible now: %s",
		cx_say_code(cx, "thing", what), (long long)id, cx_say_code(cx, m->name, m->states[from]),
		cx_say_code(cx, "action", action), *said ? said : cx_say(cx, "nothing"));
	cx_hint(cx, "state", "%s", m->states[from]);
	cx_hint(cx, "allowed", "%s", allowed);
	return cx->err;
}
