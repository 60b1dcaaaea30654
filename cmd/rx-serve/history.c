/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/stop.h"

#define SWEEP_MS 500

static const char *const names[HISTORY_SOURCES] = { "signals", "anomalies",
	"logs" };

struct history_job {
	TAILQ_ENTRY(history_job) next; /* the oldest first */
	struct exchange *exchange; /* NULL: nobody waits any more */
	int64_t due_ms;
	struct history_query query;
};

static struct {
	const struct history_source *sources;
	pid_t pid;
	struct net_watch watch; /* the reader; fd -1: there is none */
	bool asked; /* the first job is with it */
	struct history_reply reply;
	size_t got; /* of it */
	struct buf body;
	TAILQ_HEAD(, history_job) jobs;
	size_t n_jobs;
	struct net_timer sweep;
} history = { .watch = { .fd = -1 } };

bool
history_add(struct history_source sources[HISTORY_SOURCES], char *text)
{
	char *equals = strchr(text, '='), *comma;

	if (equals == NULL)
		return false;
	for (size_t i = 0; i < HISTORY_SOURCES; i++) {
		struct history_source *s = &sources[i];

		if (!span_is((struct span){ text, (size_t)(equals - text) },
			names[i]) ||
		    s->path != NULL)
			continue;
		s->path = equals + 1;
		strcpy(s->lane, "main");
		if ((comma = strrchr(s->path, ',')) != NULL) {
			*comma++ = '\0';
			if (*comma == '\0' || strlen(comma) > STORE_LANE_MAX)
				return false;
			strcpy(s->lane, comma);
		}
		return *s->path != '\0';
	}
	return false;
}

int
history_fork(const struct history_source sources[HISTORY_SOURCES])
{
	int ends[2];
	bool any = false;

	for (int i = 0; i < HISTORY_SOURCES; i++)
		any = any || sources[i].path != NULL;
	history.sources = sources;
	TAILQ_INIT(&history.jobs);
	if (!any)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	if ((history.pid = fork()) < 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	if (history.pid == 0) {
		close(ends[0]);
		history_read(ends[1], sources);
	}
	close(ends[1]);
	history.watch.fd = ends[0];
	return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

static void
drop(struct history_job *job)
{
	if (job->exchange != NULL)
		job->exchange->history = NULL;
	TAILQ_REMOVE(&history.jobs, job, next);
	history.n_jobs--;
	free(job);
}

static void
answer(struct history_job *job, int status)
{
	struct exchange *x = job->exchange;

	if (x == NULL)
		return;
	job->exchange = NULL;
	x->history = NULL;
	if (status == 200)
		http_json(x->out, 200, &history.body);
	else {
		exchange_refuse(x, status, "the history cannot be read now");
		x->refusal.retry_s = 1;
	}
	x->done(x);
}

static void
shut(void)
{
	struct history_job *job;

	net_unwatch(&history.watch);
	close(history.watch.fd);
	history.watch.fd = -1;
	while ((job = TAILQ_FIRST(&history.jobs)) != NULL) {
		answer(job, 503);
		drop(job);
	}
}

/* The reader does not end by itself. */
static void
lose(void)
{
	warn("history_failed: what reads the history has ended");
	shut();
}

/* The oldest that somebody still waits for, if the reader is free. */
static void
ask(void)
{
	struct history_job *job;

	while (!history.asked && (job = TAILQ_FIRST(&history.jobs)) != NULL) {
		if (job->exchange == NULL) {
			drop(job);
			continue;
		}
		/* It reads nothing else: there is room. */
		if (send(history.watch.fd, &job->query, sizeof(job->query),
			MSG_NOSIGNAL) != (ssize_t)sizeof(job->query)) {
			lose();
			return;
		}
		history.asked = true;
	}
}

static void
on_reply(void *arg)
{
	struct history_job *job = TAILQ_FIRST(&history.jobs);
	bool head = history.got < sizeof(history.reply);
	size_t want = head ? sizeof(history.reply) - history.got
			   : history.reply.len - history.body.len;
	char *to = head ? (char *)&history.reply + history.got
			: buf_room(&history.body, want);
	ssize_t n;

	(void)arg;
	n = to == NULL ? 0 : read(history.watch.fd, to, want);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lose();
		return;
	}
	if (head)
		history.got += (size_t)n;
	else
		buf_took(&history.body, (size_t)n);
	if (history.got < sizeof(history.reply) ||
	    history.body.len < history.reply.len)
		return;
	answer(job, history.reply.status);
	drop(job);
	buf_release(&history.body);
	history.got = 0;
	history.asked = false;
	ask();
}

static void
sweep(void *arg)
{
	struct history_job *job;
	int64_t now_ms = stop_now_ms();

	(void)arg;
	TAILQ_FOREACH(job, &history.jobs, next)
	if (job->due_ms <= now_ms)
		answer(job, 503);
	net_timer_set(&history.sweep, SWEEP_MS);
}

int
history_open(void)
{
	if (history.watch.fd < 0)
		return 0;
	buf_init(&history.body);
	history.watch.ready = on_reply;
	history.sweep = (struct net_timer){ .run = sweep };
	net_timer_set(&history.sweep, SWEEP_MS);
	return net_watch(&history.watch);
}

void
history_end(void)
{
	if (history.watch.fd >= 0)
		shut();
	if (history.pid > 0)
		while (waitpid(history.pid, NULL, 0) < 0 && errno == EINTR)
			;
}

bool
history_is_on(void)
{
	return history.pid > 0;
}

const char *
history_name(size_t i)
{
	return history.sources[i].path != NULL ? names[i] : NULL;
}

const char *
history_fails(void)
{
	return history.watch.fd < 0 ? "what reads it has ended" : NULL;
}

static void
begin(struct exchange *x, unsigned source)
{
	struct history_job *job = calloc(1, sizeof(*job));
	const char *why;

	if (history.sources[source].path == NULL) {
		free(job);
		exchange_refuse(x, 404, "rx-serve has no history of it");
		return;
	}
	if (job == NULL || history.watch.fd < 0 ||
	    history.n_jobs == HISTORY_WAITING) {
		free(job);
		exchange_refuse(x, 503, "the history cannot be read now");
		x->refusal.retry_s = 1;
		return;
	}
	if (!history_query_parse(&job->query, x->request.query, &why)) {
		free(job);
		exchange_refuse(x, 400, why);
		return;
	}
	job->query.source = source;
	job->exchange = x;
	job->due_ms = stop_now_ms() + HISTORY_PATIENCE_MS;
	x->history = job;
	TAILQ_INSERT_TAIL(&history.jobs, job, next);
	history.n_jobs++;
	ask();
}

void
history_signals(struct exchange *x)
{
	begin(x, 0);
}

void
history_anomalies(struct exchange *x)
{
	begin(x, 1);
}

void
history_logs(struct exchange *x)
{
	begin(x, 2);
}

void
history_leave(struct exchange *x)
{
	if (x->history != NULL)
		x->history->exchange = NULL;
	x->history = NULL;
}
