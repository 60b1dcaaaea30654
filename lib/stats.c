/* SPDX-License-Identifier: MIT */
#include "lib/stats.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/newfile.h"
#include "lib/num.h"
#include "lib/outbuf.h"
#include "lib/pipe.h"
#include "lib/rtime.h"
#include "lib/stop.h"
#include "lib/utf8.h"

static struct {
	const char *path;
	void (*render)(void *, struct buf *);
	void *arg;
	struct buf text;
	int64_t start_ns; /* wall clock */
	/* Open: a confined tool cannot open them any more. */
	int statm;
	DIR *fds, *threads;
} s;

void
stats_family(
    struct buf *b, const char *name, enum stats_kind kind, const char *help)
{
	static const char *const kinds[] = { [STATS_COUNTER] = "counter",
		[STATS_GAUGE] = "gauge",
		[STATS_HISTOGRAM] = "histogram" };

	buf_addf(
	    b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kinds[kind]);
}

/* Backslash, quote and newline are all that the format escapes; one byte that
 * is not UTF-8 would make a reader refuse the whole file. */
static void
add_escaped(struct buf *b, const char *text)
{
	for (struct span rest = span_of(text); rest.len > 0;) {
		size_t n = 1;

		if ((unsigned char)*rest.at >= 0x80) {
			n = utf8_length(rest.at, rest.len);
			if (n > 0)
				buf_add(b, (struct span){ rest.at, n });
			else
				buf_adds(b, "\xef\xbf\xbd");
		} else if (*rest.at == '\n') {
			buf_adds(b, "\\n");
		} else {
			if (*rest.at == '\\' || *rest.at == '"')
				buf_addc(b, '\\');
			buf_addc(b, *rest.at);
		}
		rest = span_skip(rest, n > 0 ? n : 1);
	}
}

static void
add_name(
    struct buf *b, const char *name, const struct stats_label *labels, size_t n)
{
	buf_adds(b, name);
	for (size_t i = 0; i < n; i++) {
		buf_addf(b, "%c%s=\"", i == 0 ? '{' : ',', labels[i].name);
		add_escaped(b, labels[i].value);
		buf_addc(b, '"');
	}
	buf_adds(b, n > 0 ? "} " : " ");
}

void
stats_value(struct buf *b, const char *name, const struct stats_label *labels,
    size_t n, uint64_t value)
{
	add_name(b, name, labels, n);
	buf_addu(b, value);
	buf_addc(b, '\n');
}

void
stats_ns(struct buf *b, const char *name, const struct stats_label *labels,
    size_t n, int64_t ns)
{
	add_name(b, name, labels, n);
	buf_addf(b, "%" PRId64 ".%09" PRId64 "\n", ns / NUM_S, ns % NUM_S);
}

void
stats_real(struct buf *b, const char *name, const struct stats_label *labels,
    size_t n, double value)
{
	add_name(b, name, labels, n);
	buf_addf(b, "%.15g\n", value);
}

void
stats_one(struct buf *b, const char *name, enum stats_kind kind,
    const char *help, uint64_t value)
{
	stats_family(b, name, kind, help);
	stats_value(b, name, NULL, 0, value);
}

static uint64_t
resident_bytes(void)
{
	char text[128], *after;
	ssize_t got = pread(s.statm, text, sizeof(text) - 1, 0);

	if (got <= 0)
		return 0;
	text[got] = '\0';
	strtoull(text, &after, 10); /* the second number is what is resident */
	return strtoull(after, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Entries of a directory of /proc/self, "." and ".." not. */
static uint64_t
count_entries(DIR *d)
{
	const struct dirent *e;
	uint64_t n = 0;

	if (d == NULL)
		return 0;
	rewinddir(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	return n;
}

void
stats_process(struct buf *b)
{
	const struct stats_label build[] = {
		{ "tool", program_invocation_short_name },
		{ "version", RX_VERSION }
	};
	struct timespec cpu = { 0 };
	int held, size;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	stats_family(b, "rx_build_info", STATS_GAUGE, "Which tool this is.");
	stats_value(b, "rx_build_info", build, 2, 1);
	stats_family(b, "process_start_time_seconds", STATS_GAUGE,
	    "When it was started, since 1970.");
	stats_ns(b, "process_start_time_seconds", NULL, 0, s.start_ns);
	stats_family(b, "process_cpu_seconds_total", STATS_COUNTER,
	    "Processor time, user and system.");
	stats_ns(b, "process_cpu_seconds_total", NULL, 0,
	    cpu.tv_sec * NUM_S + cpu.tv_nsec);
	stats_one(b, "process_resident_memory_bytes", STATS_GAUGE,
	    "Memory in use.", resident_bytes());
	stats_one(b, "process_open_fds", STATS_GAUGE, "Open descriptors.",
	    count_entries(s.fds));
	if ((held = pipe_held(STDIN_FILENO, &size)) >= 0) {
		stats_one(b, "rx_input_pipe_held_bytes", STATS_GAUGE,
		    "Bytes that wait in the pipe at standard input.",
		    (uint64_t)held);
		stats_one(b, "rx_input_pipe_size_bytes", STATS_GAUGE,
		    "Room in it.", (uint64_t)size);
	}
	stats_family(b, "rx_output_blocked_seconds_total", STATS_COUNTER,
	    "Time for which output waited for its reader.");
	stats_ns(
	    b, "rx_output_blocked_seconds_total", NULL, 0, outbuf_blocked_ns());
	stats_one(b, "process_threads", STATS_GAUGE, "Threads.",
	    count_entries(s.threads));
}

static int
write_file(void)
{
	buf_reset(&s.text);
	stats_process(&s.text);
	s.render(s.arg, &s.text);
	if (s.text.failed) {
		errno = ENOMEM;
		return -1;
	}
	return newfile_swap(s.path, buf_span(&s.text), 0644);
}

static void
turn(void *arg)
{
	static struct diag_rate often;

	(void)arg;
	if (write_file() < 0)
		warn_every(
		    &often, "%s: unable to write: %s", s.path, strerror(errno));
}

void
stats_start(void)
{
	s.start_ns = rtime_now_ns();
	s.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	s.fds = opendir("/proc/self/fd");
	s.threads = opendir("/proc/self/task");
}

void
stats_to(const char *path, void (*render)(void *, struct buf *), void *arg)
{
	s.path = path;
	s.render = render;
	s.arg = arg;
	stats_start();
	if (write_file() < 0)
		die_sys(EX_IOERR, "%s: unable to write", path);
	stop_every(STATS_MS, turn, NULL);
}

void
stats_end(void)
{
	if (s.path != NULL)
		turn(NULL);
}
