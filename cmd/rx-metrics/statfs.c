/* SPDX-License-Identifier: MIT */
#include "cmd/rx-metrics/statfs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/stop.h"

/* What parent and child share.  A child that was given up may still write its
 * answer when its mount comes back, so each child has a table of its own. */
struct table {
	_Atomic uint32_t done; /* answers given in this round */
	uint32_t n;
	uint32_t name_at[STATFS_MAX];
	struct statfs_answer answer[STATFS_MAX];
	char names[STATFS_TEXT];
};

struct statfs_pool {
	struct table *table;
	pid_t child; /* 0: none */
	int link;
};

static void
answer(struct table *t, uint32_t i)
{
	struct statvfs fs;
	uint64_t unit;

	if (statvfs(t->names + t->name_at[i], &fs) < 0) {
		t->answer[i] = (struct statfs_answer){ .state = STATFS_FAILED };
		return;
	}
	unit = fs.f_frsize != 0 ? fs.f_frsize : fs.f_bsize;
	t->answer[i] = (struct statfs_answer){ .state = STATFS_OK,
		.total = fs.f_blocks * unit,
		.free = fs.f_bfree * unit,
		.avail = fs.f_bavail * unit,
		.files = fs.f_files,
		.files_free = fs.f_ffree,
		.read_only = (fs.f_flag & ST_RDONLY) != 0 };
}

/* Signals of the terminal go to the group; the child ends with its pipe. */
static _Noreturn void
serve(struct table *t, int link)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1,
		SIGQUIT };
	char byte;
	uint32_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(link, 0) < 0)
		_exit(1);
	close_range(1, ~0u, 0);
	while (read(0, &byte, 1) == 1) {
		for (i = 0; i < t->n; i++) {
			answer(t, i);
			atomic_store(&t->done, i + 1);
		}
		if (send(0, "", 1, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static int
start_child(struct statfs_pool *p)
{
	struct table *t;
	int link[2];
	pid_t pid;

	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) < 0) {
		munmap(t, sizeof(*t));
		return -1;
	}
	if ((pid = fork()) == 0)
		serve(t, link[1]);
	close(link[1]);
	if (pid < 0) {
		close(link[0]);
		munmap(t, sizeof(*t));
		return -1;
	}
	p->link = link[0];
	p->child = pid;
	p->table = t;
	return 0;
}

static void
give_up_child(struct statfs_pool *p)
{
	if (p->child == 0)
		return;
	kill(p->child, SIGKILL);
	close(p->link);
	munmap(p->table, sizeof(*p->table));
	p->child = 0;
	p->table = NULL;
}

struct statfs_pool *
statfs_new(void)
{
	signal(SIGCHLD, SIG_IGN); /* what was given up leaves no zombie */
	return calloc(1, sizeof(struct statfs_pool));
}

/* Paths from index from on into the table; how many fit. */
static uint32_t
fill(struct table *t, const char *const paths[], size_t n)
{
	size_t used = 0, len;
	uint32_t i;

	for (i = 0; i < n && i < STATFS_MAX; i++) {
		len = strlen(paths[i]) + 1;
		if (len > sizeof(t->names) - used)
			break;
		t->name_at[i] = (uint32_t)used;
		memcpy(t->names + used, paths[i], len);
		used += len;
	}
	t->n = i;
	atomic_store(&t->done, 0);
	return i;
}

/* Until all is answered, one path takes too long (*hung), or until_ms has come:
 * answers given. */
static uint32_t
await(struct statfs_pool *p, int64_t until_ms, bool *hung)
{
	struct pollfd fd = { p->link, POLLIN, 0 };
	uint32_t before, done = atomic_load(&p->table->done);
	int64_t left_ms, patience_ms;
	char byte;

	/* poll, not stop_wait: it is bounded, and a child must be told apart
	 * from a signal. */
	for (;;) {
		before = done;
		left_ms = until_ms - stop_now_ms();
		patience_ms =
		    left_ms < STATFS_WAIT_MS ? left_ms : STATFS_WAIT_MS;
		if (poll(&fd, 1, patience_ms > 0 ? (int)patience_ms : 0) < 0 &&
		    errno != EINTR)
			fd.revents = POLLERR;
		done = atomic_load(&p->table->done);
		*hung = patience_ms == STATFS_WAIT_MS && done == before;
		if (fd.revents != 0)
			return recv(p->link, &byte, 1, MSG_DONTWAIT) == 1
			    ? p->table->n
			    : done;
		if (*hung || patience_ms <= 0)
			return done;
	}
}

/* One round with the child there is, or a new one when that had died. */
static int
ask_child(struct statfs_pool *p, const char *const paths[], size_t n,
    int64_t until_ms, uint32_t *given, uint32_t *done, bool *hung)
{
	int tries;

	*done = 0;
	*hung = false;
	for (tries = 0; tries < 2; tries++) {
		if (p->child == 0 && start_child(p) < 0)
			return -1;
		if ((*given = fill(p->table, paths, n)) == 0)
			return -1;
		if (send(p->link, "", 1, MSG_NOSIGNAL) == 1) {
			*done = await(p, until_ms, hung);
			return 0;
		}
		give_up_child(p);
	}
	return -1;
}

int
statfs_ask(struct statfs_pool *p, const char *const paths[], size_t n,
    struct statfs_answer *answers)
{
	int64_t until_ms = stop_now_ms() + STATFS_ROUND_MS;
	uint32_t i, given, done;
	bool hung;

	for (i = 0; i < n; i++)
		answers[i] = (struct statfs_answer){ .child = 0 };
	for (; n > 0; paths += given, answers += given, n -= given) {
		if (ask_child(p, paths, n, until_ms, &given, &done, &hung) < 0)
			return -1;
		for (i = 0; i < done; i++)
			answers[i] = p->table->answer[i];
		if (done == given)
			continue;
		if (hung) {
			answers[done].state = STATFS_HUNG;
			answers[done].child = p->child;
		}
		/* Whatever it is in, the rest is for another child. */
		give_up_child(p);
		if (!hung)
			break;
		given = done + 1;
	}
	return 0;
}

bool
statfs_gone(pid_t child)
{
	return waitpid(child, NULL, WNOHANG) != 0;
}

void
statfs_free(struct statfs_pool *p)
{
	give_up_child(p);
	free(p);
}
