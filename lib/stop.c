/* SPDX-License-Identifier: MIT */
#include "lib/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "lib/notify.h"

#define MAX_POLL 64 /* descriptors of a caller, beside the three of ours */

struct hook {
	void (*run)(void *);
	void *arg;
};

static struct {
	int stop[2]; /* written once by TERM or INT, never read */
	int nudge[2]; /* written by HUP and USR1, read by stop_wait */
	int reader;
	bool pipe_ignored;
	bool woken; /* stop_wake() asked for it */
	bool told; /* a caller of stop_wait has been woken by TERM or INT */
	struct hook status, reload, every;
	int64_t every_ms, due_ms; /* of every */
	int64_t drain_ms;
} s = { .stop = { -1, -1 },
	.nudge = { -1, -1 },
	.reader = -1,
	.drain_ms = STOP_DRAIN_MS };

static volatile sig_atomic_t asked, hup_came, usr1_came;

/* From the handler too: setitimer(2) is a plain system call on Linux. */
static void
start_watchdog(void)
{
	struct itimerval timer = { 0 };

	timer.it_value.tv_sec = s.drain_ms / 1000;
	timer.it_value.tv_usec = s.drain_ms % 1000 * 1000;
	if (s.drain_ms <= 0)
		timer.it_value.tv_usec = 1;
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void
on_stop(int signo)
{
	int saved = errno;

	(void)signo;
	if (!asked) {
		asked = 1;
		if (write(s.stop[1], "", 1) < 0) {
			/* Full: then it is readable, which is all we want. */
		}
		start_watchdog();
	}
	errno = saved;
}

static void
on_nudge(int signo)
{
	int saved = errno;

	if (signo == SIGHUP)
		hup_came = 1;
	else
		usr1_came = 1;
	if (write(s.nudge[1], "", 1) < 0) {
		/* Full: then it is readable, which is all we want. */
	}
	errno = saved;
}

/* Only what is async-signal-safe: the process may hang anywhere. */
static void
on_drain_over(int signo)
{
	static const char what[] =
	    ": fatal: unable to hand on everything in time\n";
	const char *name = program_invocation_short_name;
	struct itimerval left;

	(void)signo;
	/*
	 * Ours is the one that the timer sends when it has run down.  Linux says
	 * 1 us of a timer that has, while the interrupt of it has not returned
	 * on the other processor: there is no second one to wait for.
	 */
	if (!asked || getitimer(ITIMER_REAL, &left) < 0 ||
	    left.it_value.tv_sec > 0 || left.it_value.tv_usec > 1)
		return;
	if (write(STDERR_FILENO, name, strlen(name)) < 0 ||
	    write(STDERR_FILENO, what, sizeof(what) - 1) < 0) {
		/* Nobody listens: end all the same. */
	}
	_exit(EX_TEMPFAIL);
}

static void
on_nothing(int signo)
{
	(void)signo;
}

/* From ourselves, of a write without a reader: the end, as by default. */
static void
on_pipe(int signo, siginfo_t *from, void *context)
{
	(void)context;
	if (from->si_pid != getpid())
		return;
	signal(signo, SIG_DFL);
	raise(signo); /* when this returns */
}

static int
catch_signal(int signo, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	sigemptyset(&action.sa_mask);
	/* No SA_RESTART: a read that blocks must notice. */
	return sigaction(signo, &action, NULL);
}

static int
catch_pipe(void)
{
	struct sigaction action = { .sa_sigaction = on_pipe,
		.sa_flags = SA_SIGINFO | SA_RESTART };

	sigemptyset(&action.sa_mask);
	return sigaction(SIGPIPE, &action, NULL);
}

int
stop_init(void)
{
	sigset_t none;

	if (pipe2(s.stop, O_CLOEXEC | O_NONBLOCK) < 0 ||
	    pipe2(s.nudge, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	if (catch_signal(SIGTERM, on_stop) < 0 ||
	    catch_signal(SIGINT, on_stop) < 0 ||
	    catch_signal(SIGHUP, on_nudge) < 0 ||
	    catch_signal(SIGUSR1, on_nudge) < 0 ||
	    catch_signal(SIGALRM, on_drain_over) < 0 ||
	    catch_signal(SIGUSR2, on_nothing) < 0 ||
	    catch_signal(SIGXFSZ, SIG_IGN) < 0 || /* meet EFBIG instead */
	    (s.pipe_ignored ? catch_signal(SIGPIPE, SIG_IGN) : catch_pipe()) <
		0)
		return -1;
	/* A parent may have left some of them blocked. */
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return -1;
	notify_open();
	return s.stop[0];
}

void
stop_drain_ms(int64_t ms)
{
	s.drain_ms = ms;
}

int64_t
stop_left_ms(void)
{
	struct itimerval timer;

	if (!asked)
		return s.drain_ms;
	if (getitimer(ITIMER_REAL, &timer) < 0)
		return 0;
	return (int64_t)timer.it_value.tv_sec * 1000 +
	    timer.it_value.tv_usec / 1000;
}

bool
stop_asked(void)
{
	if (!asked)
		return false;
	notify_stopping();
	return true;
}

void
stop_on_status(void (*run)(void *), void *arg)
{
	s.status = (struct hook){ run, arg };
}

void
stop_on_reload(void (*run)(void *), void *arg)
{
	s.reload = (struct hook){ run, arg };
}

void
stop_every(int64_t ms, void (*run)(void *), void *arg)
{
	s.every = (struct hook){ run, arg };
	s.every_ms = ms;
	s.due_ms = stop_now_ms() + ms;
}

void
stop_ignore_pipe(void)
{
	s.pipe_ignored = true;
	catch_signal(SIGPIPE, SIG_IGN);
}

void
stop_reader(int fd)
{
	s.reader = fd;
}

void
stop_wake(void)
{
	s.woken = true;
}

static void
run_reload(void)
{
	if (s.reload.run == NULL)
		return;
	notify_reloading(stop_now_ns());
	s.reload.run(s.reload.arg);
	notify_reloaded();
}

/* What the clock asks for. */
static void
run_due(void)
{
	int64_t now_ms;

	if (s.every.run == NULL && notify_due_ms() == INT64_MAX)
		return;
	now_ms = stop_now_ms();
	if (s.every.run != NULL && now_ms >= s.due_ms) {
		s.due_ms = now_ms + s.every_ms;
		s.every.run(s.every.arg);
	}
	if (now_ms >= notify_due_ms())
		notify_beat(now_ms, s.status.run, s.status.arg);
}

void
stop_poll(void)
{
	if (hup_came) {
		hup_came = 0;
		run_reload();
	}
	if (usr1_came) {
		usr1_came = 0;
		if (s.status.run != NULL)
			s.status.run(s.status.arg);
	}
	if (asked)
		notify_stopping();
	run_due();
}

/* The shorter of two waits, of which -1 is the longest. */
static int64_t
shorter(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Until the clock wants something; -1: never. */
static int64_t
until_due(void)
{
	int64_t due_ms = notify_due_ms(), left;

	if (s.every.run != NULL && s.due_ms < due_ms)
		due_ms = s.due_ms;
	if (due_ms == INT64_MAX)
		return -1;
	left = due_ms - stop_now_ms();
	return left < 0 ? 0 : left;
}

static void
reader_left(void)
{
	if (!s.pipe_ignored)
		raise(SIGPIPE);
	_exit(EX_IOERR);
}

int
stop_wait(struct pollfd *fds, nfds_t n, int64_t timeout_ms)
{
	struct pollfd all[MAX_POLL + 3];
	int64_t until = timeout_ms < 0 ? 0 : stop_now_ms() + timeout_ms;
	char drain[64];
	int got;

	if (n > MAX_POLL) {
		errno = EINVAL;
		return -1;
	}
	for (;;) {
		int64_t left = -1;

		stop_poll();
		if (s.woken) {
			s.woken = false;
			until = stop_now_ms();
			timeout_ms = 0;
		}
		if (timeout_ms >= 0 && (left = until - stop_now_ms()) < 0)
			left = 0;
		left = shorter(left, until_due());
		if (left > INT32_MAX)
			left = INT32_MAX;
		if (n > 0)
			memcpy(all, fds, n * sizeof(*fds));
		/* Woken by it once; from then on waiting is for handing on. */
		all[n] = (struct pollfd){ s.told ? -1 : s.stop[0], POLLIN, 0 };
		all[n + 1] = (struct pollfd){ s.nudge[0], POLLIN, 0 };
		all[n + 2] = (struct pollfd){ s.reader, 0, 0 };

		got = poll(all, n + 3, (int)left);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got < 0)
			continue;
		if (all[n + 2].revents & (POLLERR | POLLNVAL))
			reader_left();
		if (all[n + 1].revents & POLLIN)
			while (read(s.nudge[0], drain, sizeof(drain)) > 0)
				;
		got -= (all[n + 1].revents != 0) + (all[n + 2].revents != 0);
		if (all[n].revents != 0) {
			got--;
			notify_stopping();
			s.told = true;
			timeout_ms = 0; /* no more waiting: return below */
		}
		if (n > 0)
			memcpy(fds, all, n * sizeof(*fds));
		if (got > 0)
			return got;
		if (timeout_ms == 0 ||
		    (timeout_ms > 0 && stop_now_ms() >= until)) {
			stop_poll();
			return 0;
		}
	}
}

int64_t
stop_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t
stop_now_ms(void)
{
	return stop_now_ns() / 1000000;
}
