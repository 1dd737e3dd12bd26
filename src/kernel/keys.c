#include "kernel/keys.h"

#include <pthread.h>
#include <sys/stat.h>

#include "codec/csv.h"
#include "db/db.h"

enum {
	KEY_BYTES = sizeof(struct seal_key),
	STAGED_MIN = 64
};

/* Cities' secrets never change, and every answer that shows a secret needs one: the newest are kept. */
enum { CITIES_KEPT = 256 };
struct kept_city {
	bool is;
	int64_t city;
	struct seal_key key;
};
/* What subjects of a city have keys in the file: none above this one, as far as is known. Subjects are
 * numbered as they come, so a new one need not be looked for; a flush finds what this did not know. */
struct reach {
	bool is;
	int64_t city, highest, staged; /* staged: none above this one is staged */
};
struct staged {
	int64_t city, subject;
	struct seal_key key;
};

struct indexed {
	int64_t city, subject;
	unsigned char blind[KEYS_BLIND];
	size_t at; /* in the order of their staging; known when they are written */
};
/* A subject's digests, the newest last. */
struct blinds {
	size_t n;
	unsigned char blind[KEYS_BLINDS_MAX][KEYS_BLIND];
};

/* Locks are taken in this order. write_lock: the writer; destroying, flushing and dropping staged keys.
 * read_lock: the reader, so that reading does not wait for a disk. staged_lock: the staged keys, for
 * moments only; the kept cities and reaches, too. */
struct keys {
	pthread_mutex_t write_lock, read_lock, staged_lock;
	struct db *writer, *reader;
	struct staged *staged;
	size_t staged_n, staged_cap;
	uint32_t *place; /* 2 * staged_cap: numbers in staged, from 1, by city and subject; 0: free */
	struct indexed *indexed; /* staged too */
	size_t indexed_n, indexed_cap;
	struct kept_city kept[CITIES_KEPT];
	struct reach reach[CITIES_KEPT];
};

/* The handles are traceless: whatever SQLite does with its pages, the file holds a key or a digest in its
 * row alone (docs/adr/0035). A destroyed key's row stays, with zeros. A subject's row has its digests too, by
 * which its rows in `indexed` are found: an index of them would hold each whole row once more. */
static const struct db_migration migrations[] = {
	{1, "keys",
	 "CREATE TABLE secret (name {text} NOT NULL PRIMARY KEY,"
	 " key {blob} NOT NULL CHECK (length(key) = 32)) {strict};"
	 "CREATE TABLE city_key (city {int} NOT NULL PRIMARY KEY,"
	 " key {blob} NOT NULL CHECK (length(key) = 32)) {strict};"
	 "CREATE TABLE subject_key (city {int} NOT NULL, subject {int} NOT NULL,"
	 " key {blob} NOT NULL CHECK (length(key) = 32),"
	 " blinds {blob} NOT NULL CHECK (length(blinds) % 8 = 0), PRIMARY KEY (city, subject)) {strict};"
	 "CREATE TABLE indexed (city {int} NOT NULL, blind {blob} NOT NULL CHECK (length(blind) = 8),"
	 " subject {int} NOT NULL, PRIMARY KEY (city, blind, subject)) {strict};"
	 "CREATE TABLE destroyed (city {int} NOT NULL, subject {int} NOT NULL, at_us {int} NOT NULL,"
	 " PRIMARY KEY (city, subject)) {strict};"}};

static void lock(pthread_mutex_t *mutex)
{
	BUG(pthread_mutex_lock(mutex) != 0);
}

static void unlock(pthread_mutex_t *mutex)
{
	BUG(pthread_mutex_unlock(mutex) != 0);
}

/* --- opening --- */

static enum err check_mode(struct cx *cx, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return cx_errno(cx, "look at", path);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return cx_fail(cx, ERR_FORBIDDEN, "others may use %s (mode %03o): chmod 600 it", path,
			       (unsigned)st.st_mode & 0777);
	return ERR_OK;
}

/* Empties the write-ahead log, which may hold pages as they were before a key was destroyed. */
static enum err forget_traces(struct cx *cx, struct keys *keys)
{
	db_auto_rows *rows = NULL;

	if (db_query(cx, keys->writer, &rows, "PRAGMA wal_checkpoint(TRUNCATE)", DB_NONE))
		return cx->err;
	cx_clear(cx);
	if (db_next(cx, rows) && db_get_i64(rows, 0) != 0)
		return cx_fail(cx, ERR_BUSY, "another process reads %s: old bytes stay in its -wal for now",
			       db_where(keys->writer));
	return cx->err;
}

static enum err open_files(struct cx *cx, const char *path, bool create, struct keys *keys)
{
	int count = (int)ARRAY_LEN(migrations);

	if (db_open(cx, path, DB_TRACELESS | (create ? DB_CREATE : 0), &keys->writer) || check_mode(cx, path))
		return cx->err;
	if (create ? db_migrate(cx, keys->writer, migrations, count)
		   : db_check_schema(cx, keys->writer, migrations, count))
		return cx->err;
	/* Nobody's batch shall wait long for a reader of another process who keeps the log in use. */
	if (db_exec(cx, keys->writer, "PRAGMA busy_timeout=1000", DB_NONE) ||
	    db_open(cx, path, DB_TRACELESS | DB_READ_ONLY, &keys->reader))
		return cx->err;
	/* What a crash kept keys_destroy from doing. */
	if (forget_traces(cx, keys) && cx->err != ERR_BUSY)
		return cx->err;
	cx_clear(cx);
	return ERR_OK;
}

enum err keys_open(struct cx *cx, const char *path, bool create, struct keys **out)
{
	struct keys *keys = calloc(1, sizeof(*keys));
	enum err err;

	if (!keys)
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	BUG(pthread_mutex_init(&keys->write_lock, NULL) || pthread_mutex_init(&keys->read_lock, NULL) ||
	    pthread_mutex_init(&keys->staged_lock, NULL));
	sign_setup();
	err = open_files(cx, path, create, keys);
	if (err)
		keys_close(keys);
	else
		*out = keys;
	return err;
}

void keys_close(struct keys *keys)
{
	if (!keys)
		return;
	db_close(keys->reader);
	db_close(keys->writer);
	if (keys->staged)
		wipe(keys->staged, keys->staged_cap * sizeof(*keys->staged));
	free(keys->staged);
	free(keys->place);
	free(keys->indexed);
	wipe(keys->kept, sizeof(keys->kept));
	pthread_mutex_destroy(&keys->write_lock);
	pthread_mutex_destroy(&keys->read_lock);
	pthread_mutex_destroy(&keys->staged_lock);
	free(keys);
}

/* --- secrets, cities --- */

static enum err read_key(struct cx *cx, struct db *db, const char *sql, struct db_args args, bool *found,
			 struct seal_key *out)
{
	db_auto_rows *rows = NULL;
	const void *p;
	size_t n;

	if (db_query(cx, db, &rows, sql, args))
		return cx->err;
	cx_clear(cx);
	*found = db_next(cx, rows);
	if (!*found)
		return cx->err;
	p = db_get_blob(rows, 0, &n);
	if (n != KEY_BYTES)
		return cx_fail(cx, ERR_CORRUPT, "%s: a key has %zu bytes", db_where(db), n);
	memcpy(out->byte, p, KEY_BYTES);
	return ERR_OK;
}

static const char secret_sql[] = "SELECT key FROM secret WHERE name = $1";

static enum err make_secret(struct cx *cx, struct keys *keys, const char *name, struct seal_key *out)
{
	static const char sql[] = "INSERT INTO secret (name, key) VALUES ($1, $2)"
				  " ON CONFLICT (name) DO NOTHING";
	struct seal_key made, got;
	bool found = false;
	enum err err;

	cx_random(cx, made.byte, KEY_BYTES);
	lock(&keys->write_lock);
	err = db_exec(cx, keys->writer, sql, DB_ARGS(db_text(name), db_blob(made.byte, KEY_BYTES)));
	/* Another may have made it a moment ago: what the file says holds. */
	if (!err)
		err = read_key(cx, keys->writer, secret_sql, DB_ARGS(db_text(name)), &found, &got);
	unlock(&keys->write_lock);
	if (!err) {
		BUG(!found);
		*out = got;
	}
	wipe(&made, sizeof(made));
	wipe(&got, sizeof(got));
	return err;
}

enum err keys_secret(struct cx *cx, struct keys *keys, const char *name, struct seal_key *out, bool create)
{
	struct seal_key key;
	bool found = false;
	enum err err;

	BUG(!*name || strlen(name) > KEYS_NAME_MAX);
	lock(&keys->read_lock);
	err = read_key(cx, keys->reader, secret_sql, DB_ARGS(db_text(name)), &found, &key);
	unlock(&keys->read_lock);
	if (err)
		return err;
	if (!found && create)
		return make_secret(cx, keys, name, out);
	if (!found)
		return cx_fail(cx, ERR_NOT_FOUND, "the key store %s has no secret \"%s\"",
			       db_where(keys->reader), name);
	*out = key;
	wipe(&key, sizeof(key));
	return ERR_OK;
}

enum err keys_signing_seed(struct cx *cx, struct keys *keys, struct sign_seed *out, bool create)
{
	struct seal_key key;
	enum err err = keys_secret(cx, keys, "signing", &key, create);

	if (err)
		return err;
	memcpy(out->byte, key.byte, sizeof(out->byte));
	wipe(&key, sizeof(key));
	return ERR_OK;
}

static const char city_sql[] = "SELECT key FROM city_key WHERE city = $1";

static bool kept_find(struct keys *keys, int64_t city, struct seal_key *out)
{
	const struct kept_city *k = &keys->kept[(uint64_t)city % CITIES_KEPT];
	bool found;

	lock(&keys->staged_lock);
	found = k->is && k->city == city;
	if (found)
		*out = k->key;
	unlock(&keys->staged_lock);
	return found;
}

static void keep(struct keys *keys, int64_t city, const struct seal_key *key)
{
	lock(&keys->staged_lock);
	keys->kept[(uint64_t)city % CITIES_KEPT] = (struct kept_city){true, city, *key};
	unlock(&keys->staged_lock);
}

enum err keys_city(struct cx *cx, struct keys *keys, int64_t city, struct seal_key *out)
{
	struct seal_key key;
	bool found = false;
	enum err err;

	if (kept_find(keys, city, out))
		return ERR_OK;
	lock(&keys->read_lock);
	err = read_key(cx, keys->reader, city_sql, DB_ARGS(db_i64(city)), &found, &key);
	unlock(&keys->read_lock);
	if (err)
		return err;
	if (!found)
		return cx_fail(cx, ERR_NOT_FOUND, "the key store %s has no secret of city %lld",
			       db_where(keys->reader), (long long)city);
	keep(keys, city, &key);
	*out = key;
	wipe(&key, sizeof(key));
	return ERR_OK;
}

enum err keys_city_set(struct cx *cx, struct keys *keys, int64_t city, const struct seal_key *key)
{
	static const char sql[] = "INSERT INTO city_key (city, key) VALUES ($1, $2)"
				  " ON CONFLICT (city) DO NOTHING";
	struct seal_key got;
	bool found = false;
	enum err err;

	lock(&keys->write_lock);
	err = db_exec(cx, keys->writer, sql, DB_ARGS(db_i64(city), db_blob(key->byte, KEY_BYTES)));
	if (!err)
		err = read_key(cx, keys->writer, city_sql, DB_ARGS(db_i64(city)), &found, &got);
	unlock(&keys->write_lock);
	if (err)
		return err;
	BUG(!found);
	if (memcmp(got.byte, key->byte, KEY_BYTES) != 0)
		err = cx_fail(cx, ERR_CONFLICT, "city %lld has another secret already", (long long)city);
	wipe(&got, sizeof(got));
	return err;
}

/* --- staged keys: staged_lock is held --- */

static struct reach *reach_of(struct keys *keys, int64_t city)
{
	return &keys->reach[(uint64_t)city % CITIES_KEPT];
}

/* Where its number stands, or would: open, half full at most. Something is staged, or there is room. */
static uint32_t *place_of(struct keys *keys, int64_t city, int64_t subject)
{
	uint64_t hash = (uint64_t)(subject ^ (city << 40)) * UINT64_C(0x9e3779b97f4a7c15);
	size_t mask = 2 * keys->staged_cap - 1, i = (hash >> 32) & mask;

	for (; keys->place[i]; i = (i + 1) & mask) {
		const struct staged *s = &keys->staged[keys->place[i] - 1];
		if (s->subject == subject && s->city == city)
			break;
	}
	return &keys->place[i];
}

static void place_all(struct keys *keys)
{
	memset(keys->place, 0, 2 * keys->staged_cap * sizeof(*keys->place));
	for (size_t i = 0; i < keys->staged_n; i++)
		*place_of(keys, keys->staged[i].city, keys->staged[i].subject) = (uint32_t)i + 1;
}

static struct staged *staged_find(struct keys *keys, int64_t city, int64_t subject)
{
	const struct reach *r = reach_of(keys, city);
	uint32_t n;

	if (r->is && r->city == city && subject > r->staged)
		return NULL;
	if (keys->staged_n == 0)
		return NULL;
	n = *place_of(keys, city, subject);
	return n ? &keys->staged[n - 1] : NULL;
}

static int64_t staged_highest(const struct keys *keys, int64_t city)
{
	int64_t highest = 0;

	for (size_t i = 0; i < keys->staged_n; i++)
		if (keys->staged[i].city == city && keys->staged[i].subject > highest)
			highest = keys->staged[i].subject;
	return highest;
}

/* There is room. */
static void staged_add(struct keys *keys, const struct staged *s)
{
	struct reach *r = reach_of(keys, s->city);

	keys->staged[keys->staged_n++] = *s;
	*place_of(keys, s->city, s->subject) = (uint32_t)keys->staged_n;
	if (r->city == s->city && s->subject > r->staged)
		r->staged = s->subject;
}

/* Room for one more. Never realloc: it would leave keys behind in freed memory. */
static enum err staged_room(struct cx *cx, struct keys *keys)
{
	size_t cap = keys->staged_cap ? keys->staged_cap * 2 : STAGED_MIN;
	struct staged *bigger;
	uint32_t *place;

	if (keys->staged_n == KEYS_STAGED_MAX)
		return cx_fail(cx, ERR_BUSY, "%d keys wait to be written: try again", KEYS_STAGED_MAX);
	if (keys->staged_n < keys->staged_cap)
		return ERR_OK;
	bigger = calloc(cap, sizeof(*bigger));
	place = calloc(2 * cap, sizeof(*place));
	if (!bigger || !place) {
		free(bigger);
		free(place);
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	}
	if (keys->staged) {
		memcpy(bigger, keys->staged, keys->staged_n * sizeof(*bigger));
		wipe(keys->staged, keys->staged_cap * sizeof(*bigger));
		free(keys->staged);
	}
	free(keys->place);
	keys->place = place;
	keys->staged = bigger;
	keys->staged_cap = cap;
	place_all(keys);
	return ERR_OK;
}

/* Removes the city's first max staged keys; of one subject only when subject is not NULL. */
static void staged_remove(struct keys *keys, int64_t city, const int64_t *subject, size_t max)
{
	size_t kept = 0;

	for (size_t i = 0; i < keys->staged_n; i++) {
		struct staged *s = &keys->staged[i];
		if (max > 0 && s->city == city && (!subject || s->subject == *subject))
			max--;
		else
			keys->staged[kept++] = *s;
	}
	if (kept == keys->staged_n)
		return;
	wipe(keys->staged + kept, (keys->staged_n - kept) * sizeof(*keys->staged));
	keys->staged_n = kept;
	place_all(keys);
}

static enum err indexed_room(struct cx *cx, struct keys *keys)
{
	size_t cap = keys->indexed_cap ? keys->indexed_cap * 2 : STAGED_MIN;
	struct indexed *bigger;

	if (keys->indexed_n == KEYS_STAGED_MAX)
		return cx_fail(cx, ERR_BUSY, "%d entries of the index wait to be written: try again",
			       KEYS_STAGED_MAX);
	if (keys->indexed_n < keys->indexed_cap)
		return ERR_OK;
	bigger = realloc(keys->indexed, cap * sizeof(*bigger));
	if (!bigger)
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	keys->indexed = bigger;
	keys->indexed_cap = cap;
	return ERR_OK;
}

static void indexed_remove(struct keys *keys, int64_t city, const int64_t *subject, size_t max)
{
	size_t kept = 0;

	for (size_t i = 0; i < keys->indexed_n; i++) {
		struct indexed *x = &keys->indexed[i];
		if (max > 0 && x->city == city && (!subject || x->subject == *subject))
			max--;
		else
			keys->indexed[kept++] = *x;
	}
	keys->indexed_n = kept;
}

/* --- subjects --- */

static enum err read_subject(struct cx *cx, struct db *db, int64_t city, int64_t subject, bool *found,
			     struct seal_key *out)
{
	static const char sql[] = "SELECT key FROM subject_key WHERE city = $1 AND subject = $2";

	return read_key(cx, db, sql, DB_ARGS(db_i64(city), db_i64(subject)), found, out);
}

static bool is_zero(const struct seal_key *key)
{
	static const struct seal_key zero;
	return memcmp(key, &zero, sizeof(zero)) == 0;
}

/* What the file says: found, or ERR_GONE when the key was destroyed. */
static enum err subject_stored(struct cx *cx, struct keys *keys, int64_t city, int64_t subject, bool *found,
			     struct seal_key *out)
{
	enum err err;

	lock(&keys->read_lock);
	err = read_subject(cx, keys->reader, city, subject, found, out);
	unlock(&keys->read_lock);
	if (!err && *found && is_zero(out))
		return cx_fail(cx, ERR_GONE, "the key of subject %lld in city %lld was destroyed",
			       (long long)subject, (long long)city);
	return err;
}

/* The writer's lock is held, or the city's one writer asks. */
static enum err read_reach(struct cx *cx, struct keys *keys, int64_t city, int64_t *out)
{
	static const char sql[] = "SELECT COALESCE(MAX(subject), 0) FROM subject_key WHERE city = $1";
	enum err err;

	lock(&keys->read_lock);
	err = db_one_i64(cx, keys->reader, out, sql, DB_ARGS(db_i64(city)));
	unlock(&keys->read_lock);
	if (err)
		return err;
	lock(&keys->staged_lock);
	*reach_of(keys, city) = (struct reach){true, city, *out, staged_highest(keys, city)};
	unlock(&keys->staged_lock);
	return ERR_OK;
}

/* No key of it is in the file, nor staged. */
static enum err is_new(struct cx *cx, struct keys *keys, int64_t city, int64_t subject, bool *out)
{
	const struct reach *r = reach_of(keys, city);
	int64_t highest = 0;
	bool known;

	lock(&keys->staged_lock);
	known = r->is && r->city == city;
	if (known)
		highest = r->highest;
	*out = !staged_find(keys, city, subject);
	unlock(&keys->staged_lock);
	if (*out && !known && read_reach(cx, keys, city, &highest))
		return cx->err;
	*out = *out && subject > highest;
	return ERR_OK;
}

/* Staged ones first: a flush makes a key durable before it stops to be staged. */
static enum err subject_get(struct cx *cx, struct keys *keys, int64_t city, int64_t subject, bool *found,
			    struct seal_key *out)
{
	const struct staged *s;

	lock(&keys->staged_lock);
	s = staged_find(keys, city, subject);
	*found = s;
	if (s)
		*out = s->key;
	unlock(&keys->staged_lock);
	return s ? ERR_OK : subject_stored(cx, keys, city, subject, found, out);
}

enum err keys_subject(struct cx *cx, struct keys *keys, int64_t city, int64_t subject, struct seal_key *out)
{
	struct seal_key key;
	bool found = false;
	enum err err = subject_get(cx, keys, city, subject, &found, &key);

	if (err)
		return err;
	if (!found)
		return cx_fail(cx, ERR_NOT_FOUND, "subject %lld in city %lld has no key", (long long)subject,
			       (long long)city);
	*out = key;
	wipe(&key, sizeof(key));
	return ERR_OK;
}

enum err keys_subject_stage(struct cx *cx, struct keys *keys, int64_t city, int64_t subject,
			    struct seal_key *out)
{
	struct seal_key key;
	struct staged *s;
	bool found = false, new = false;
	enum err err = is_new(cx, keys, city, subject, &new);

	if (!err && !new)
		err = subject_get(cx, keys, city, subject, &found, &key);
	if (!err && !found) {
		cx_random(cx, key.byte, KEY_BYTES);
		lock(&keys->staged_lock);
		s = staged_find(keys, city, subject);
		if (s) /* another thread was faster */
			key = s->key;
		else if (!(err = staged_room(cx, keys)))
			staged_add(keys, &(struct staged){city, subject, key});
		unlock(&keys->staged_lock);
	}
	if (!err)
		*out = key;
	wipe(&key, sizeof(key));
	return err;
}

/* --- the index --- */

enum err keys_index_stage(struct cx *cx, struct keys *keys, int64_t city, int64_t subject,
			  const unsigned char blind[KEYS_BLIND])
{
	struct indexed x = {.city = city, .subject = subject};
	enum err err;

	memcpy(x.blind, blind, KEYS_BLIND);
	lock(&keys->staged_lock);
	err = indexed_room(cx, keys);
	if (!err)
		keys->indexed[keys->indexed_n++] = x;
	unlock(&keys->staged_lock);
	return err;
}

enum err keys_index_find(struct cx *cx, struct keys *keys, int64_t city,
			 const unsigned char blind[KEYS_BLIND], int64_t after, int64_t *subject,
			 size_t max, size_t *count)
{
	static const char sql[] = "SELECT subject FROM indexed WHERE city = $1 AND blind = $2"
				  " AND subject > $3 ORDER BY subject LIMIT $4";
	struct db_args args = DB_ARGS(db_i64(city), db_blob(blind, KEYS_BLIND), db_i64(after),
				      db_i64((int64_t)max));
	struct db_rows *rows;
	size_t n = 0;
	enum err err;

	BUG(max == 0 || max > KEYS_PAGE_MAX);
	lock(&keys->read_lock);
	err = db_query(cx, keys->reader, &rows, sql, args);
	if (!err) {
		cx_clear(cx);
		for (; n < max && db_next(cx, rows); n++)
			subject[n] = db_get_i64(rows, 0);
		err = cx->err;
		db_rows_free(rows);
	}
	unlock(&keys->read_lock);
	if (!err)
		*count = n;
	return err;
}

/* --- a subject's digests: write_lock is held --- */

static const struct seal_key zero_key;

/* What the file says; alive: it has a key that was not destroyed. */
static enum err read_blinds(struct cx *cx, struct keys *keys, int64_t city, int64_t subject, bool *alive,
			    struct blinds *out)
{
	static const char sql[] = "SELECT blinds FROM subject_key WHERE city = $1 AND subject = $2"
				  " AND key <> $3";
	struct db_args args = DB_ARGS(db_i64(city), db_i64(subject), db_blob(&zero_key, KEY_BYTES));
	db_auto_rows *rows = NULL;
	const void *p;
	size_t n;

	if (db_query(cx, keys->writer, &rows, sql, args))
		return cx->err;
	cx_clear(cx);
	*alive = db_next(cx, rows);
	if (!*alive)
		return cx->err;
	p = db_get_blob(rows, 0, &n);
	if (n > sizeof(out->blind) || n % KEYS_BLIND)
		return cx_fail(cx, ERR_CORRUPT, "%s: a subject's digests have %zu bytes",
			       db_where(keys->writer), n);
	out->n = n / KEYS_BLIND;
	memcpy(out->blind, p, n);
	return ERR_OK;
}

static size_t blinds_find(const struct blinds *b, const unsigned char blind[KEYS_BLIND])
{
	size_t i = 0;

	while (i < b->n && memcmp(b->blind[i], blind, KEYS_BLIND) != 0)
		i++;
	return i;
}

/* It becomes the newest. Where there is no room, the oldest goes, true, and is put into `oldest`. */
static bool blinds_add(struct blinds *b, const unsigned char blind[KEYS_BLIND],
		       unsigned char oldest[KEYS_BLIND])
{
	size_t at = blinds_find(b, blind);
	bool full = at == KEYS_BLINDS_MAX;

	if (full) {
		memcpy(oldest, b->blind[0], KEYS_BLIND);
		at = 0;
	}
	if (at < b->n) {
		b->n--;
		memmove(b->blind[at], b->blind[at + 1], (b->n - at) * KEYS_BLIND);
	}
	memcpy(b->blind[b->n++], blind, KEYS_BLIND);
	return full;
}

static enum err delete_indexed(struct cx *cx, struct keys *keys, int64_t city, int64_t subject,
			       const unsigned char blind[KEYS_BLIND])
{
	static const char sql[] = "DELETE FROM indexed WHERE city = $1 AND blind = $2 AND subject = $3";

	return db_exec(cx, keys->writer, sql,
		       DB_ARGS(db_i64(city), db_blob(blind, KEYS_BLIND), db_i64(subject)));
}

/* So many entries, all of one subject. Of one whose key another process has destroyed meanwhile, nothing is
 * indexed. */
static enum err insert_indexed(struct cx *cx, struct keys *keys, const struct indexed *x, size_t count)
{
	static const char insert_sql[] = "INSERT INTO indexed (city, blind, subject) VALUES ($1, $2, $3)"
					 " ON CONFLICT (city, blind, subject) DO NOTHING";
	static const char update_sql[] = "UPDATE subject_key SET blinds = $3"
					 " WHERE city = $1 AND subject = $2";
	unsigned char oldest[KEYS_BLIND];
	struct blinds before, b;
	bool alive;

	if (read_blinds(cx, keys, x->city, x->subject, &alive, &before) || !alive)
		return cx->err;
	b = before;
	for (size_t i = 0; i < count; i++) {
		if (blinds_add(&b, x[i].blind, oldest) &&
		    delete_indexed(cx, keys, x->city, x->subject, oldest))
			return cx->err;
		if (db_exec(cx, keys->writer, insert_sql,
			    DB_ARGS(db_i64(x->city), db_blob(x[i].blind, KEYS_BLIND), db_i64(x->subject))))
			return cx->err;
	}
	if (b.n == before.n && memcmp(b.blind, before.blind, b.n * KEYS_BLIND) == 0)
		return ERR_OK;
	return db_exec(cx, keys->writer, update_sql,
		       DB_ARGS(db_i64(x->city), db_i64(x->subject), db_blob(b.blind, b.n * KEYS_BLIND)));
}

/* --- writing staged keys: write_lock is held --- */

/* What a city has staged; the digests in order of their subjects. */
struct batch {
	struct staged *key;
	struct indexed *indexed;
	size_t keys, indexed_n;
};

static int by_subject(const void *a, const void *b)
{
	const struct indexed *x = a, *y = b;

	if (x->subject != y->subject)
		return x->subject < y->subject ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* The first of the subject's digests, and how many there are. */
static const struct indexed *indexed_of(const struct batch *b, int64_t subject, size_t *count)
{
	size_t from = 0, to = b->indexed_n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (b->indexed[mid].subject < subject)
			from = mid + 1;
		else
			to = mid;
	}
	while (to < b->indexed_n && b->indexed[to].subject == subject)
		to++;
	*count = to - from;
	return b->indexed + from;
}

static enum err insert_key(struct cx *cx, struct keys *keys, const struct staged *s, const struct batch *b)
{
	static const char sql[] = "INSERT INTO subject_key (city, subject, key, blinds)"
				  " VALUES ($1, $2, $3, $4) ON CONFLICT (city, subject) DO NOTHING";
	struct blinds blinds = {0};
	unsigned char oldest[KEYS_BLIND];
	struct seal_key got;
	bool found = false, same;
	size_t count;
	const struct indexed *x = indexed_of(b, s->subject, &count);

	for (size_t i = 0; i < count; i++)
		blinds_add(&blinds, x[i].blind, oldest);
	if (db_exec(cx, keys->writer, sql,
		    DB_ARGS(db_i64(s->city), db_i64(s->subject), db_blob(s->key.byte, KEY_BYTES),
			    db_blob(blinds.blind, blinds.n * KEYS_BLIND))) ||
	    read_subject(cx, keys->writer, s->city, s->subject, &found, &got))
		return cx->err;
	BUG(!found);
	same = memcmp(&got, &s->key, sizeof(got)) == 0;
	wipe(&got, sizeof(got));
	return same ? ERR_OK
		    : cx_fail(cx, ERR_CONFLICT, "subject %lld in city %lld got or lost its key meanwhile",
			      (long long)s->subject, (long long)s->city);
}

static enum err insert_batch(struct cx *cx, struct keys *keys, const struct batch *b)
{
	enum err err = db_begin(cx, keys->writer, true);

	for (size_t i = 0; i < b->keys && !err; i++)
		err = insert_key(cx, keys, &b->key[i], b);
	for (size_t i = 0, count; i < b->indexed_n && !err; i += count) {
		const struct indexed *x = indexed_of(b, b->indexed[i].subject, &count);
		err = insert_indexed(cx, keys, x, count);
	}
	if (!err)
		err = db_commit(cx, keys->writer);
	else
		db_rollback(keys->writer);
	return err;
}

/* Others may stage meanwhile. */
static enum err staged_copy(struct cx *cx, struct keys *keys, int64_t city, struct batch *b)
{
	size_t key_n = 0, indexed_n = 0;

	lock(&keys->staged_lock);
	for (size_t i = 0; i < keys->staged_n; i++)
		key_n += keys->staged[i].city == city;
	for (size_t i = 0; i < keys->indexed_n; i++)
		indexed_n += keys->indexed[i].city == city;
	*b = (struct batch){.key = cx_array(cx, key_n, sizeof(*b->key)),
			    .indexed = cx_array(cx, indexed_n, sizeof(*b->indexed))};
	if (b->key && b->indexed) {
		for (size_t i = 0; i < keys->staged_n; i++)
			if (keys->staged[i].city == city)
				b->key[b->keys++] = keys->staged[i];
		for (size_t i = 0; i < keys->indexed_n; i++)
			if (keys->indexed[i].city == city) {
				b->indexed[b->indexed_n] = keys->indexed[i];
				b->indexed[b->indexed_n].at = b->indexed_n;
				b->indexed_n++;
			}
		qsort(b->indexed, b->indexed_n, sizeof(*b->indexed), by_subject);
	}
	unlock(&keys->staged_lock);
	return b->key && b->indexed ? ERR_OK : cx->err;
}

/* After a failure another process may have made keys: the file is asked again. */
static void reached(struct keys *keys, int64_t city, const struct batch *b, bool written)
{
	struct reach *r = reach_of(keys, city);

	lock(&keys->staged_lock);
	if (r->city == city) {
		r->is = r->is && written;
		for (size_t i = 0; i < b->keys; i++)
			if (b->key[i].subject > r->highest)
				r->highest = b->key[i].subject;
	}
	unlock(&keys->staged_lock);
}

bool keys_crowded(struct keys *keys)
{
	bool crowded;

	lock(&keys->staged_lock);
	crowded = keys->staged_n > KEYS_STAGED_MAX / 2 || keys->indexed_n > KEYS_STAGED_MAX / 2;
	unlock(&keys->staged_lock);
	return crowded;
}

enum err keys_flush(struct cx *cx, struct keys *keys, int64_t city)
{
	struct cx_mark mark = cx_mark(cx);
	struct batch b;
	enum err err;

	lock(&keys->write_lock);
	err = staged_copy(cx, keys, city, &b);
	if (!err && b.keys + b.indexed_n > 0) {
		err = insert_batch(cx, keys, &b);
		reached(keys, city, &b, !err);
		wipe(b.key, b.keys * sizeof(*b.key));
		if (!err) {
			lock(&keys->staged_lock);
			staged_remove(keys, city, NULL, b.keys);
			indexed_remove(keys, city, NULL, b.indexed_n);
			unlock(&keys->staged_lock);
		}
	}
	unlock(&keys->write_lock);
	if (!err) /* else the error's hints may lie there */
		cx_restore(cx, mark);
	return err;
}

void keys_unstage(struct keys *keys, int64_t city)
{
	lock(&keys->write_lock);
	lock(&keys->staged_lock);
	staged_remove(keys, city, NULL, SIZE_MAX);
	indexed_remove(keys, city, NULL, SIZE_MAX);
	unlock(&keys->staged_lock);
	unlock(&keys->write_lock);
}

/* --- destroying: write_lock is held --- */

static enum err overwrite(struct cx *cx, struct keys *keys, const struct keys_destroyed *d, bool must_exist)
{
	static const char zero_sql[] = "UPDATE subject_key SET key = $3, blinds = $4"
				       " WHERE city = $1 AND subject = $2";
	static const char insert_sql[] = "INSERT INTO subject_key (city, subject, key, blinds)"
					 " VALUES ($1, $2, $3, $4)";
	static const char list_sql[] = "INSERT INTO destroyed (city, subject, at_us) VALUES ($1, $2, $3)"
				       " ON CONFLICT (city, subject) DO NOTHING";
	bool found = false, alive = false;
	struct blinds blinds = {0};
	struct seal_key got;

	if (read_subject(cx, keys->writer, d->city, d->subject, &found, &got))
		return cx->err;
	wipe(&got, sizeof(got));
	if (!found && must_exist)
		return cx_fail(cx, ERR_NOT_FOUND, "subject %lld in city %lld has no key",
			       (long long)d->subject, (long long)d->city);
	if (read_blinds(cx, keys, d->city, d->subject, &alive, &blinds))
		return cx->err;
	for (size_t i = 0; i < blinds.n; i++)
		if (delete_indexed(cx, keys, d->city, d->subject, blinds.blind[i]))
			return cx->err;
	if (db_exec(cx, keys->writer, found ? zero_sql : insert_sql,
		    DB_ARGS(db_i64(d->city), db_i64(d->subject), db_blob(&zero_key, KEY_BYTES),
			    db_blob("", 0))))
		return cx->err;
	return db_exec(cx, keys->writer, list_sql,
		       DB_ARGS(db_i64(d->city), db_i64(d->subject), db_i64(d->at_us)));
}

static bool is_staged(struct keys *keys, const struct keys_destroyed *d)
{
	bool staged;

	lock(&keys->staged_lock);
	staged = staged_find(keys, d->city, d->subject);
	unlock(&keys->staged_lock);
	return staged;
}

static enum err destroy(struct cx *cx, struct keys *keys, const struct keys_destroyed *list, size_t count,
			bool must_exist)
{
	enum err err = db_begin(cx, keys->writer, true);

	if (err)
		return err;
	for (size_t i = 0; i < count && !err; i++)
		err = overwrite(cx, keys, &list[i], must_exist && !is_staged(keys, &list[i]));
	if (err) {
		db_rollback(keys->writer);
		return err;
	}
	err = db_commit(cx, keys->writer);
	if (err)
		return err;
	lock(&keys->staged_lock);
	for (size_t i = 0; i < count; i++) {
		reach_of(keys, list[i].city)->is = false;
		staged_remove(keys, list[i].city, &list[i].subject, 1);
		indexed_remove(keys, list[i].city, &list[i].subject, SIZE_MAX);
	}
	unlock(&keys->staged_lock);
	return forget_traces(cx, keys);
}

enum err keys_destroy(struct cx *cx, struct keys *keys, int64_t city, int64_t subject, int64_t now_us)
{
	struct keys_destroyed one = {city, subject, now_us};
	enum err err;

	lock(&keys->write_lock);
	err = destroy(cx, keys, &one, 1, true);
	unlock(&keys->write_lock);
	return err;
}

enum err keys_replay_destroyed(struct cx *cx, struct keys *keys, const struct keys_destroyed *list,
			       size_t count)
{
	enum err err;

	lock(&keys->write_lock);
	err = destroy(cx, keys, list, count, false);
	unlock(&keys->write_lock);
	return err;
}

/* --- the list of destroyed keys --- */

enum err keys_destroyed_after(struct cx *cx, struct keys *keys, const struct keys_destroyed *after,
			      struct keys_destroyed *out, size_t max, size_t *count)
{
	static const char sql[] = "SELECT city, subject, at_us FROM destroyed"
				  " WHERE (city, subject) > ($1, $2)"
				  " ORDER BY city, subject LIMIT $3";
	struct db_args args = DB_ARGS(db_i64(after ? after->city : INT64_MIN),
				      db_i64(after ? after->subject : INT64_MIN), db_i64((int64_t)max));
	struct db_rows *rows;
	size_t n = 0;
	enum err err;

	BUG(max == 0 || max > KEYS_PAGE_MAX);
	lock(&keys->read_lock);
	err = db_query(cx, keys->reader, &rows, sql, args);
	if (!err) {
		cx_clear(cx);
		for (; n < max && db_next(cx, rows); n++)
			out[n] = (struct keys_destroyed){db_get_i64(rows, 0), db_get_i64(rows, 1),
							 db_get_i64(rows, 2)};
		err = cx->err;
		db_rows_free(rows);
	}
	unlock(&keys->read_lock);
	if (!err)
		*count = n;
	return err;
}

enum err keys_destroyed_all(struct cx *cx, struct keys *keys, struct keys_list *out)
{
	struct keys_list all = {0};
	size_t room = 0, got = KEYS_PAGE_MAX;

	while (got == KEYS_PAGE_MAX) {
		const struct keys_destroyed *last = all.n ? &all.item[all.n - 1] : NULL;
		if (all.n + KEYS_PAGE_MAX > room) {
			struct keys_destroyed *more;
			room = 2 * room + KEYS_PAGE_MAX;
			more = cx_array(cx, room, sizeof(*more));
			if (!more)
				return cx->err;
			if (all.n)
				memcpy(more, all.item, all.n * sizeof(*more));
			last = all.n ? &more[all.n - 1] : NULL;
			all.item = more;
		}
		if (keys_destroyed_after(cx, keys, last, all.item + all.n, KEYS_PAGE_MAX, &got))
			return cx->err;
		all.n += got;
	}
	*out = all;
	return ERR_OK;
}

enum err keys_destroyed_csv(struct cx *cx, struct keys *keys, struct sb *sb)
{
	struct keys_list all;

	if (keys_destroyed_all(cx, keys, &all))
		return cx->err;
	sb_str(sb, "city,subject,at_us\r\n");
	for (size_t i = 0; i < all.n && !sb->err; i++)
		sb_printf(sb, "%lld,%lld,%lld\r\n", (long long)all.item[i].city,
			  (long long)all.item[i].subject, (long long)all.item[i].at_us);
	return sb_end(sb);
}

/* The list in the text: two readings, the first to know its length. */
static enum err read_csv(struct cx *cx, const char *text, size_t n, struct keys_destroyed *out, size_t *count)
{
	int city, subject, at;
	struct csv *csv;
	size_t i = 0;

	if (csv_open(cx, text, n, &csv))
		return cx->err;
	city = csv_find(csv, "city");
	subject = csv_find(csv, "subject");
	at = csv_find(csv, "at_us");
	if (city < 0 || subject < 0 || at < 0)
		return cx_fail(cx, ERR_INPUT, "the list needs the columns city, subject and at_us");
	cx_clear(cx);
	for (; csv_next(cx, csv); i++) {
		struct keys_destroyed d;
		if (csv_int(cx, csv, city, &d.city) || csv_int(cx, csv, subject, &d.subject) ||
		    csv_int(cx, csv, at, &d.at_us))
			return cx->err;
		if (out)
			out[i] = d;
	}
	if (cx->err)
		return cx->err;
	*count = i;
	return ERR_OK;
}

enum err keys_destroyed_read(struct cx *cx, const char *text, size_t n, struct keys_list *out)
{
	struct keys_list list;

	if (read_csv(cx, text, n, NULL, &list.n))
		return cx->err;
	list.item = cx_array(cx, list.n + 1, sizeof(*list.item));
	if (!list.item || read_csv(cx, text, n, list.item, &list.n))
		return cx->err;
	*out = list;
	return ERR_OK;
}

static int in_order(const void *a, const void *b)
{
	const struct keys_destroyed *x = a, *y = b;

	if (x->city != y->city)
		return x->city < y->city ? -1 : 1;
	return (x->subject > y->subject) - (x->subject < y->subject);
}

enum err keys_compare(struct cx *cx, struct keys *keys, const struct keys_list *list,
		      struct keys_compared *out)
{
	struct keys_destroyed *sorted = cx_array(cx, list->n + 1, sizeof(*sorted));
	struct keys_compared c = {0};
	struct keys_list here;

	if (!sorted || keys_destroyed_all(cx, keys, &here))
		return cx->err;
	if (list->n) {
		memcpy(sorted, list->item, list->n * sizeof(*sorted));
		qsort(sorted, list->n, sizeof(*sorted), in_order);
	}
	for (size_t i = 0; i < here.n; i++)
		c.lacking += !bsearch(&here.item[i], sorted, list->n, sizeof(*sorted), in_order);
	for (size_t i = 0; i < list->n; i++) {
		const struct keys_destroyed *d = &sorted[i];
		struct seal_key got;
		bool found = false;
		enum err err;
		if (i > 0 && in_order(d, d - 1) == 0)
			continue; /* named twice */
		err = subject_stored(cx, keys, d->city, d->subject, &found, &got);
		wipe(&got, sizeof(got));
		if (err && err != ERR_GONE)
			return err;
		cx_clear(cx);
		*(err ? &c.gone : found ? &c.alive : &c.unknown) += 1;
	}
	*out = c;
	return ERR_OK;
}

enum err keys_backup(struct cx *cx, struct keys *keys, const char *path)
{
	enum err err;

	lock(&keys->write_lock);
	err = db_backup(cx, keys->writer, path, NULL, NULL);
	unlock(&keys->write_lock);
	return err;
}
