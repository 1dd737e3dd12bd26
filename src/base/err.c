#include "base/err.h"

#include "base/cx.h"

static const struct {
	int http, code;
	const char *slug, *title;
} table[ERR_COUNT] = {
#define X(name, http, slug, code, title) [name] = {http, code, slug, title},
	ERR_LIST(X)
#undef X
};

int err_http(enum err err)
{
	BUG(err >= ERR_COUNT);
	return table[err].http;
}

int err_exit(enum err err)
{
	BUG(err >= ERR_COUNT);
	return table[err].code;
}

const char *err_slug(enum err err)
{
	BUG(err >= ERR_COUNT);
	return table[err].slug;
}

const char *err_title(enum err err)
{
	BUG(err >= ERR_COUNT);
	return table[err].title;
}

bool err_inside(enum err err)
{
	return err == ERR_MEMORY || err == ERR_IO || err == ERR_DB || err == ERR_CORRUPT;
}
