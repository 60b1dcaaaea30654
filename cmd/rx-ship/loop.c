/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/loop.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cmd/rx-ship/intake.h"
#include "cmd/rx-ship/reconfig.h"
#include "lib/diag.h"
#include "lib/lines.h"
#include "lib/notify.h"
#include "lib/stop.h"

/* Outcomes that nobody reads hold up the input. */
#define OUTCOMES_ENOUGH (64 * 1024)

/* Kept back from --drain, to say what was not delivered. */
#define DRAIN_MARGIN_MS 200
#define GOODBYE_MS 1000

struct loop {
	struct target *target;
	struct window *window;
	struct outcome *outcome;
	struct settings *settings; /* of the target: HUP may change them */
	struct ack *ack; /* NULL: outcomes go to standard output */
	struct lines in;
	struct intake intake;
	uintmax_t unfit; /* lines that are no records */
	bool stopping; /* TERM or INT was seen */
	bool ended; /* all input was taken, or will not be */
	int64_t deadline_ms; /* INT64_MAX until the end is near */
	int status; /* of what went wrong on this side */
	int reloaded; /* an eventfd: HUP has come */
};

/* From now on the end is near: by EOF, by a signal, by an error. */
static void
set_deadline(struct loop *l)
{
	int64_t left = stop_left_ms(), margin = left / 4;

	if (margin > DRAIN_MARGIN_MS)
		margin = DRAIN_MARGIN_MS;
	if (stop_now_ms() + left - margin < l->deadline_ms)
		l->deadline_ms = stop_now_ms() + left - margin;
}

static void
end_input(struct loop *l)
{
	set_deadline(l);
	l->ended = true;
}

static void
take_line(struct loop *l, struct span line)
{
	bool before = l->intake.spool;

	switch (intake_line(&l->intake, line)) {
	case INTAKE_TAKEN:
	case INTAKE_PASSED: break;
	case INTAKE_REFUSED:
		if (l->in.torn) /* nothing can follow it or depend on it */
			break;
		if (l->unfit++ == 0)
			warn("line %ju is no record: %s", l->in.number,
			    l->intake.why);
		break;
	case INTAKE_BROKEN:
		warn("line %ju: %s", l->in.number, l->intake.why);
		l->status = EX_DATAERR;
		end_input(l);
		break;
	}
	if (!l->intake.spool || before || l->ack != NULL)
		return;
	/* Nothing was delivered yet: the spool has it all. */
	if (l->target->takes_stdout)
		die(EX_USAGE,
		    "records and outcomes cannot both go to stdout: --ack DB");
	/* Whose outcomes nobody reads need not be delivered twice. */
	stop_reader(STDOUT_FILENO);
}

static bool
has_room(struct loop *l)
{
	return !l->ended && !window_full(l->window) &&
	    l->outcome->out.len < OUTCOMES_ENOUGH;
}

static void
take_input(struct loop *l)
{
	struct span line;
	int got;

	while (has_room(l) && lines_ready(&l->in)) {
		if ((got = lines_next(&l->in, &line)) > 0) {
			take_line(l, line);
			continue;
		}
		end_input(l);
	}
}

static void
fill_input(struct loop *l)
{
	if (lines_fill(&l->in) < 0) {
		die_of_memory();
		warn_sys("unable to read stdin");
		l->status = EX_IOERR;
		end_input(l);
	}
}

/* Without a spool, nothing but a signal ends the tries to deliver. */
static bool
has_limit(const struct loop *l)
{
	return l->intake.spool || stop_asked() || l->status != 0;
}

/* Nothing is to be hoped for any more, or all is done. */
static bool
is_over(struct loop *l, int64_t now_ms)
{
	struct target *t = l->target;

	if (t->settings->once && (t->failures > 0 || l->window->refused > 0))
		return true;
	if (l->ended && l->window->held == 0 &&
	    outcome_pending(l->outcome) == 0)
		return true;
	/* What a spool holds needs no patience while nothing is delivered. */
	if (stop_asked() && l->intake.spool && !t->up && !t->awaits &&
	    outcome_pending(l->outcome) == 0)
		return true;
	return has_limit(l) && now_ms >= l->deadline_ms;
}

static int64_t
wait_ms(const struct loop *l, int64_t until_ms, int64_t now_ms)
{
	if (has_limit(l) && l->deadline_ms < until_ms)
		until_ms = l->deadline_ms;
	if (until_ms == INT64_MAX)
		return -1;
	return until_ms > now_ms ? until_ms - now_ms : 0;
}

static struct pollfd
poll_outcomes(struct loop *l, int64_t *until_ms)
{
	struct pollfd p = { .fd = -1, .events = POLLOUT };

	if (outcome_pending(l->outcome) == 0)
		return p;
	if (l->ack == NULL)
		p.fd = STDOUT_FILENO;
	else if (ack_due_ms(l->ack, l->outcome) < *until_ms)
		*until_ms = ack_due_ms(l->ack, l->outcome);
	return p;
}

/* False when they have no reader any more. */
static bool
hand_on_outcomes(struct loop *l, short revents)
{
	if (l->ack != NULL && outcome_pending(l->outcome) > 0 &&
	    stop_now_ms() >= ack_due_ms(l->ack, l->outcome))
		ack_settle(l->ack, l->outcome);
	if (revents == 0 || outcome_write(l->outcome) == 0)
		return true;
	/* A reader that left ends its pipeline in silence. */
	if (errno != EPIPE)
		die_sys(EX_IOERR, "unable to write stdout");
	l->status = EX_IOERR;
	return false;
}

/* Waits for whatever comes first; false when the outcomes have no reader. */
static bool
wait_and_see(struct loop *l, short *revents)
{
	enum { TARGET, INPUT, OUTPUT, RELOAD, N };
	struct pollfd fds[N] = { { .fd = -1 },
		{ has_room(l) ? STDIN_FILENO : -1, POLLIN, 0 } };
	int64_t until_ms = INT64_MAX, now_ms;
	uint64_t told;

	l->target->ops->poll(l->target, &fds[TARGET], &until_ms);
	fds[OUTPUT] = poll_outcomes(l, &until_ms);
	fds[RELOAD] = (struct pollfd){ l->reloaded, POLLIN, 0 };
	now_ms = stop_now_ms();
	*revents = 0;
	if (stop_wait(fds, N, wait_ms(l, until_ms, now_ms)) < 0)
		die_sys(EX_OSERR, "unable to wait");
	*revents = fds[TARGET].revents;
	if (fds[RELOAD].revents != 0)
		(void)!read(l->reloaded, &told, sizeof(told));
	if (fds[INPUT].revents != 0)
		fill_input(l);
	return hand_on_outcomes(l, fds[OUTPUT].revents);
}

/* Whatever ended it: what is known is settled, if it can be. */
static void
settle_last(struct loop *l)
{
	if (outcome_pending(l->outcome) > 0)
		ack_settle(l->ack, l->outcome);
	if (outcome_pending(l->outcome) > 0 && l->status == 0)
		l->status = EX_TEMPFAIL;
}

static void
say_goodbye(struct loop *l)
{
	struct target *t = l->target;
	int64_t until_ms = stop_now_ms() + GOODBYE_MS, now_ms;

	if (stop_asked() && l->deadline_ms < until_ms)
		until_ms = l->deadline_ms;
	while (
	    !t->ops->goodbye(t, now_ms = stop_now_ms()) && now_ms < until_ms) {
		struct pollfd p;
		int64_t never = INT64_MAX;

		t->ops->poll(t, &p, &never);
		if (stop_wait(&p, 1, until_ms - now_ms) < 0)
			break;
	}
}

/* Lines that were read and never got into the window. */
static uintmax_t
count_left(struct loop *l)
{
	struct span line;
	uintmax_t n = 0;

	l->in.ended = true;
	while (lines_next(&l->in, &line) > 0)
		n++;
	return n;
}

static int
sum_up(struct loop *l)
{
	struct window *w = l->window;
	/* At a stop the rest of the pipe is no loss of ours to tell. */
	bool unread = !l->in.ended && !l->stopping;
	uintmax_t left = w->held + count_left(l);

	l->unfit += l->in.overlong;
	if (l->unfit > 0)
		warn("lines that were no records: %ju", l->unfit);
	if (left > 0 && l->intake.spool)
		info("not settled, left to the spool: %ju", left);
	else if (left > 0 || unread)
		warn("not delivered to %s: %ju%s", l->target->name, left,
		    unread ? ", and the rest of the input" : "");
	if (l->status != 0)
		return l->status;
	if (l->target->settings->once &&
	    (left > 0 || l->target->failures > 0 || w->refused > 0))
		return EX_UNAVAILABLE;
	if (left > 0 && !l->intake.spool)
		return EX_UNAVAILABLE;
	if (l->unfit > 0 || (w->rejected > 0 && !l->intake.spool))
		return EX_PARTLY;
	return EX_OK;
}

static void
tell_status(void *arg)
{
	struct loop *l = arg;
	struct target *t = l->target;
	struct window *w = l->window;

	info("%s: %s for %jd s, %ju sent, %ju delivered, %ju refused, "
	     "%ju rejected, %ju held, %ju in flight, %ju connections",
	    t->name, t->up ? "up" : "down",
	    (intmax_t)((stop_now_ms() - t->since_ms) / 1000), t->sent,
	    w->accepted, w->refused, w->rejected, w->held, w->in_flight,
	    t->connects);
	if (l->ack != NULL)
		info("%ju outcomes settled in %ju commits",
		    (uintmax_t)l->ack->settle.outcomes,
		    (uintmax_t)l->ack->settle.commits);
}

static void
reload(void *arg)
{
	struct loop *l = arg;
	struct target *t = l->target;
	const uint64_t one = 1;

	reconfig(l->settings);
	if (t->ops->reload != NULL)
		t->ops->reload(t);
	/* It runs inside the wait, which was to last until then. */
	(void)!write(l->reloaded, &one, sizeof(one));
}

int
loop_run(struct target *target, struct settings *settings,
    struct window *window, struct ack *ack, int stop_fd)
{
	struct loop l = { .target = target,
		.settings = settings,
		.window = window,
		.outcome = window->outcome,
		.ack = ack,
		.deadline_ms = INT64_MAX };
	short revents = 0;
	int status;

	if ((l.reloaded = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		die_sys(EX_OSERR, "unable to wait");
	lines_init(&l.in, STDIN_FILENO, stop_fd);
	intake_init(&l.intake, window, ack == NULL ? NULL : ack_spool(ack));
	stop_on_status(tell_status, &l);
	stop_on_reload(reload, &l);
	notify_event("sender ready: %s", target->name);
	notify_count("records", &window->accepted);
	notify_ready("loop started");
	for (;;) {
		take_input(&l);
		if (stop_asked() && !l.stopping) {
			/* What was read before the signal is still ours. */
			l.stopping = l.in.ended = true;
			set_deadline(&l);
			continue;
		}
		target->hurry = l.in.ended;
		target->ops->work(target, revents, stop_now_ms());
		if (target->fatal != 0) {
			l.status = target->fatal;
			break;
		}
		if (is_over(&l, stop_now_ms()) || !wait_and_see(&l, &revents))
			break;
	}
	if (ack != NULL)
		settle_last(&l);
	say_goodbye(&l);
	intake_release(&l.intake);
	status = sum_up(&l);
	lines_release(&l.in);
	close(l.reloaded);
	return status;
}
