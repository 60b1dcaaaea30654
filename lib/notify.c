/* SPDX-License-Identifier: MIT */
#include "lib/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/pipe.h"
#include "lib/stop.h"

#define TEXT_MAX 512 /* of a status: systemctl shows a line */
#define USEC_MAX (INT64_C(1000000) * 86400 * 365)

static struct {
	int fd;
	bool events; /* are told */
	bool ready, stopping; /* was said */
	bool watched;
	int64_t every_ms, due_ms;
	const char *what;
	const uint64_t *total;
	uint64_t before; /* total, at before_ms */
	int64_t before_ms;
	char status[TEXT_MAX]; /* as it was said last */
} n = { .fd = -1, .due_ms = INT64_MAX };

static void
send_text(const char *text)
{
	if (n.fd < 0)
		return;
	/* Connected and non-blocking: what does not fit is not said. */
	if (write(n.fd, text, strlen(text)) < 0) {
		/* Nobody listens now; the next may be heard. */
	}
}

/* -1: there is none, or none that can be. */
static int
open_socket(const char *name)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = name == NULL ? 0 : strlen(name);
	int fd;

	if (len < 2 || len >= sizeof(to.sun_path) ||
	    (name[0] != '/' && name[0] != '@'))
		return -1;
	memcpy(to.sun_path, name, len);
	if (name[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) <
		0) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		warn_sys("unable to speak to the service manager");
	return fd;
}

/* How long the manager waits for a sign of life; 0: it does not. */
static int64_t
watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"),
		   *pid = getenv("WATCHDOG_PID");
	long long value;

	if (usec == NULL ||
	    (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	value = strtoll(usec, NULL, 10);
	return value <= 0 || value > USEC_MAX ? 0 : value / 1000;
}

void
notify_open(void)
{
	int64_t ms;

	n.fd = open_socket(getenv("NOTIFY_SOCKET"));
	n.events = n.fd >= 0 || getenv("RX_EVENTS") != NULL;
	if (n.fd >= 0) {
		ms = watchdog_ms();
		n.watched = ms > 0;
		n.every_ms = ms > 0 ? (ms + 2) / 3 : NOTIFY_MS;
		if (n.watched)
			pipe_unblock(STDOUT_FILENO);
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void
notify_count(const char *what, const uint64_t *total)
{
	n.what = what;
	n.total = total;
}

void
notify_event(const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	if (!n.events)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	info("%s", text);
}

void
notify_ready(const char *format, ...)
{
	char text[TEXT_MAX], message[TEXT_MAX + 32];
	va_list args;

	if (!n.events)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	info("%s", text);
	snprintf(message, sizeof(message), "READY=1\nSTATUS=%s", text);
	send_text(message);
	if (n.fd < 0)
		return;
	n.ready = true;
	n.before_ms = stop_now_ms();
	n.before = n.total == NULL ? 0 : *n.total;
	n.due_ms = n.before_ms + n.every_ms;
}

int64_t
notify_due_ms(void)
{
	return n.due_ms;
}

/* What was counted since the last time, to a tenth a second. */
static void
add_rate(char *text, size_t size, int64_t now_ms)
{
	size_t len = strlen(text);
	int64_t ms = now_ms - n.before_ms;
	uint64_t more;

	if (n.total == NULL || ms <= 0)
		return;
	more = *n.total - n.before;
	snprintf(text + len, size - len, "%s%.1f %s/s", len > 0 ? ", " : "",
	    (double)more * 1000 / (double)ms, n.what);
	n.before = *n.total;
	n.before_ms = now_ms;
}

void
notify_beat(int64_t now_ms, void (*status)(void *), void *arg)
{
	char text[TEXT_MAX], message[TEXT_MAX + 32];

	n.due_ms = now_ms + n.every_ms;
	text[0] = '\0';
	if (status != NULL) {
		diag_divert(text, sizeof(text));
		status(arg);
		diag_divert(NULL, 0);
	}
	add_rate(text, sizeof(text), now_ms);
	if (strcmp(text, n.status) == 0) {
		if (n.watched)
			send_text("WATCHDOG=1");
		return;
	}
	memcpy(n.status, text, sizeof(text));
	snprintf(message, sizeof(message), "%sSTATUS=%s",
	    n.watched ? "WATCHDOG=1\n" : "", text);
	send_text(message);
}

void
notify_reloading(int64_t now_ns)
{
	char message[96];

	if (!n.ready)
		return;
	snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)(now_ns / 1000));
	send_text(message);
}

void
notify_reloaded(void)
{
	if (n.ready)
		send_text("READY=1");
}

void
notify_stopping(void)
{
	if (n.stopping)
		return;
	n.stopping = true;
	send_text("STOPPING=1\nSTATUS=hands on what it has");
}
