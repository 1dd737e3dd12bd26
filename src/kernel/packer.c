#include "kernel/packer.h"

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>

enum { LEAST_URGENT = 19 }; /* of the system's scale, on which 0 is usual */

struct packer {
	struct cx cx;  /* the thread's, of the pack at work */
	struct db *db; /* NULL: not opened yet */
	char *where;
	pthread_t thread;
	pthread_mutex_t lock; /* over what follows, and jobs' steps */
	pthread_cond_t some, done;
	bool over;
	struct pack_job *list, **last, *at_work;
};

/* The job keeps the pack alone, a tenth of what it was made of. */
static enum err make(struct packer *p, struct pack_job *job)
{
	struct journal_line line[PACK_ENTRIES];
	struct pack_row *row = &job->row;
	struct cx *cx = &p->cx;

	cx_reset(cx);
	if (!p->db && db_open(cx, p->where, DB_READ_ONLY, &p->db))
		return cx->err;
	if (journal_lines(cx, p->db, row->city, row->pack * PACK_ENTRIES, PACK_ENTRIES, line) ||
	    pack_make(cx, line, row))
		return cx->err;
	row->check.p = cx_memdup(&job->cx, row->check.p, row->check.n);
	row->body.p = cx_memdup(&job->cx, row->body.p, row->body.n);
	return job->cx.err;
}

static struct pack_job *take(struct packer *p)
{
	struct pack_job *job;

	while (!p->list && !p->over)
		pthread_cond_wait(&p->some, &p->lock);
	job = p->list;
	if (job)
		p->list = job->next;
	if (!p->list)
		p->last = &p->list;
	return p->at_work = job;
}

static void *work(void *arg)
{
	struct packer *p = arg;
	struct pack_job *job;

	setpriority(PRIO_PROCESS, 0, LEAST_URGENT); /* to Linux this thread alone: nobody waits for a pack */
	pthread_mutex_lock(&p->lock);
	while ((job = take(p))) {
		enum err err;
		pthread_mutex_unlock(&p->lock);
		err = make(p, job);
		pthread_mutex_lock(&p->lock);
		job->step = err ? PACK_NONE : PACK_DONE;
		p->at_work = NULL;
		pthread_cond_broadcast(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

void packer_put(struct packer *p, struct pack_job *job, int64_t city, int64_t first)
{
	BUG(first % PACK_ENTRIES);
	if (job->set_up)
		cx_reset(&job->cx);
	else
		job->set_up = cx_init(&job->cx, 0);
	pthread_mutex_lock(&p->lock);
	BUG(job->step == PACK_WAITS);
	job->row = (struct pack_row){.city = city, .pack = first / PACK_ENTRIES};
	if (job->set_up) {
		job->step = PACK_WAITS;
		job->next = NULL;
		*p->last = job;
		p->last = &job->next;
		pthread_cond_signal(&p->some);
	}
	pthread_mutex_unlock(&p->lock);
}

enum pack_step packer_step(struct packer *p, const struct pack_job *job)
{
	enum pack_step step;

	pthread_mutex_lock(&p->lock);
	step = job->step;
	pthread_mutex_unlock(&p->lock);
	return step;
}

void packer_drop(struct packer *p, struct pack_job *job)
{
	pthread_mutex_lock(&p->lock);
	while (p->at_work == job)
		pthread_cond_wait(&p->done, &p->lock);
	for (struct pack_job **at = &p->list; *at; at = &(*at)->next)
		if (*at == job) {
			*at = job->next;
			if (!job->next)
				p->last = at;
			break;
		}
	pthread_mutex_unlock(&p->lock);
	if (job->set_up)
		cx_done(&job->cx);
	*job = (struct pack_job){0};
}

enum err packer_new(struct cx *cx, const char *where, struct packer **out)
{
	struct packer *p = calloc(1, sizeof(*p));

	if (p)
		p->where = strdup(where);
	if (!p || !p->where) {
		free(p);
		return cx_fail(cx, ERR_MEMORY, "no memory for the thread that packs");
	}
	p->last = &p->list;
	cx_init(&p->cx, 0);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->some, NULL);
	pthread_cond_init(&p->done, NULL);
	errno = pthread_create(&p->thread, NULL, work, p);
	if (errno) {
		cx_done(&p->cx);
		free(p->where);
		free(p);
		return cx_errno(cx, "start", "the thread that packs");
	}
	pthread_setname_np(p->thread, "pack");
	*out = p;
	return ERR_OK;
}

void packer_free(struct packer *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	BUG(p->list || p->at_work);
	p->over = true;
	pthread_cond_signal(&p->some);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	db_close(p->db);
	pthread_cond_destroy(&p->some);
	pthread_cond_destroy(&p->done);
	pthread_mutex_destroy(&p->lock);
	cx_done(&p->cx);
	free(p->where);
	free(p);
}
