#include "cmd/rx-tail/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-tail/follow.h"
#include "cmd/rx-tail/fragment.h"
#include "cmd/rx-tail/render.h"
#include "cmd/rx-tail/split.h"
#include "lib/diag.h"

#define SLOW_READ 4096 /* with --max-rate: what is read must go */

/* A log without a path and a source without a file, for split(). */
static char path[] = "-";
static struct log standard = { .path = path, .base = "stdin" };
static struct source source = { .log = &standard };
static struct window window;

void
input_turn(struct tail *t)
{
	struct window *w = &window;
	size_t left = w->end - w->start;
	size_t most = t->rate.per_s > 0 ? SLOW_READ : FOLLOW_READ;
	uintmax_t lines = t->lines;
	ssize_t got;

	if (w->buf == NULL) {
		w->buf = malloc(FRAGMENT_NEED + FOLLOW_READ);
		if (w->buf == NULL)
			die(EX_TEMPFAIL, "out of memory");
		render_log(t, &standard);
	}
	if (left > 0)
		memmove(w->buf, w->buf + w->start, left);
	w->start = 0;
	w->end = left;
	got = read(STDIN_FILENO, w->buf + left, most);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got < 0)
		die_sys(EX_IOERR, "unable to read stdin");
	w->end += (size_t)got;
	w->read_ns = rtime_now_ns();
	split(t, &source, w, got == 0);
	rate_spend(&t->rate, t->lines - lines);
	t->use_stdin = got > 0;
}
