/* SPDX-License-Identifier: MIT */
#include "lib/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/jstr.h"
#include "lib/stop.h"

static struct {
	const char *name;
	enum diag_level bar; /* what is louder than this is said */
	bool json;
	char *diverted;
	size_t divert_size;
	const char *about; /* NULL: nothing in a file */
} voice = { "rx", DIAG_INFO, false, NULL, 0, NULL };

static const char *const level_names[] = { "fatal", "warning", "info",
	"debug" };

/*
 * A descriptor that was closed would be given to the next file we open, which
 * would then be read as input or written as output.  In its place goes one on
 * which every use fails.
 */
static void
occupy_closed(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null",
			fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(EX_IOERR);
}

void
diag_init(const char *name)
{
	occupy_closed();
	voice.name = name;
}

void
diag_quieter(void)
{
	voice.bar = DIAG_FATAL;
}

void
diag_louder(void)
{
	voice.bar = DIAG_DEBUG;
}

void
diag_json(bool json)
{
	voice.json = json;
}

void
diag_divert(char *text, size_t size)
{
	voice.diverted = text;
	voice.divert_size = size;
	if (size > 0)
		*text = '\0';
}

void
diag_about(const char *place)
{
	voice.about = place;
}

/* Bytes that could steer a terminal, or are not text, as \xNN. */
static size_t
printable(char *dst, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0, len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		size_t width = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

		if (c >= 0x20 && c < 0x7f) {
			dst[n++] = (char)c;
			continue;
		}
		/* U+0080..U+009F are control characters too. */
		if (c >= 0xc2 && i + width <= len &&
		    jstr_is_utf8((struct span){ text + i, width }) &&
		    !(c == 0xc2 && (unsigned char)text[i + 1] < 0xa0)) {
			memcpy(dst + n, text + i, width);
			n += width;
			i += width - 1;
			continue;
		}
		dst[n++] = '\\';
		dst[n++] = 'x';
		dst[n++] = hex[c >> 4];
		dst[n++] = hex[c & 15];
	}
	return n;
}

/* All of it, whatever write(2) takes at a time; nobody hears of errors. */
static void
put(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t took = write(STDERR_FILENO, bytes, n);

		if (took < 0 && errno == EINTR)
			continue;
		if (took <= 0)
			return;
		bytes += took;
		n -= (size_t)took;
	}
}

__attribute__((format(printf, 3, 0))) static void
say(enum diag_level level, int error, const char *format, va_list args)
{
	char text[DIAG_MAX], safe[DIAG_MAX * 4], out[DIAG_MAX * 8];
	char when[32];
	int saved = errno;
	uintmax_t replaced = 0;
	size_t n, len;

	if (level > voice.bar)
		return;
	vsnprintf(text, sizeof(text), format, args);
	len = strlen(text);
	if (error != 0)
		snprintf(
		    text + len, sizeof(text) - len, ": %s", strerror(error));

	n = printable(safe, text);
	if (voice.json) {
		size_t at;

		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ",
		    gmtime(&(time_t){ time(NULL) }));
		at = (size_t)snprintf(out, sizeof(out),
		    "{\"timestamp\":\"%s\",\"tool\":\"%s\",\"level\":\"%s\","
		    "\"message\":\"",
		    when, voice.name, level_names[level]);
		/* Printable text needs at most a backslash before a byte. */
		at +=
		    jstr_escape(out + at, (struct span){ safe, n }, &replaced);
		memcpy(out + at, "\"}\n", 3);
		put(out, at + 3);
	} else {
		int head = level == DIAG_FATAL || level == DIAG_WARNING
		    ? snprintf(out, sizeof(out), "%s: %s: ", voice.name,
			  level_names[level])
		    : snprintf(out, sizeof(out), "%s: ", voice.name);

		memcpy(out + head, safe, n);
		out[(size_t)head + n] = '\n';
		put(out, (size_t)head + n + 1);
	}
	errno = saved;
}

#define SAY(level, error) \
	do { \
		va_list args; \
		va_start(args, format); \
		say(level, error, format, args); \
		va_end(args); \
	} while (0)

static void fatal(const char *, ...) DIAG_PRINTF(1);

static void
fatal(const char *format, ...)
{
	SAY(DIAG_FATAL, 0);
}

void
die(int status, const char *format, ...)
{
	char text[DIAG_MAX];
	va_list words;

	if (voice.about == NULL || status != EX_USAGE) {
		SAY(DIAG_FATAL, 0);
		exit(status);
	}
	va_start(words, format);
	vsnprintf(text, sizeof(text), format, words);
	va_end(words);
	fatal("%s%s", voice.about, text);
	exit(EX_CONFIG);
}

void
die_sys(int status, const char *format, ...)
{
	int error = errno;

	SAY(DIAG_FATAL, error);
	exit(error == ENOMEM ? EX_TEMPFAIL : status);
}

void *
or_die(void *memory)
{
	if (memory == NULL)
		die(EX_TEMPFAIL, "out of memory");
	return memory;
}

void
die_of_memory(void)
{
	if (errno == ENOMEM)
		or_die(NULL);
}

void
warn(const char *format, ...)
{
	SAY(DIAG_WARNING, 0);
}

void
warn_sys(const char *format, ...)
{
	SAY(DIAG_WARNING, errno);
}

static void
gather(const char *text)
{
	char safe[DIAG_MAX * 4];
	size_t n = printable(safe, text), len = strlen(voice.diverted);

	snprintf(voice.diverted + len, voice.divert_size - len, "%s%.*s",
	    len > 0 ? "; " : "", (int)n, safe);
}

void
info(const char *format, ...)
{
	if (voice.diverted != NULL) {
		char text[DIAG_MAX];
		va_list args;

		va_start(args, format);
		vsnprintf(text, sizeof(text), format, args);
		va_end(args);
		gather(text);
		return;
	}
	SAY(DIAG_INFO, 0);
}

void
debug(const char *format, ...)
{
	/* Once a record in some tools: say() has 26 KiB that are zeroed first. */
	if (voice.bar >= DIAG_DEBUG)
		SAY(DIAG_DEBUG, 0);
}

void
warn_every(struct diag_rate *rate, const char *format, ...)
{
	int64_t now = stop_now_ns();
	char text[DIAG_MAX];
	va_list args;

	if (now < rate->next_ns) {
		rate->held++;
		return;
	}
	rate->next_ns = now + INT64_C(1000000000);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (rate->held > 0)
		warn(
		    "%s (and %ju like it before)", text, (uintmax_t)rate->held);
	else
		warn("%s", text);
	rate->held = 0;
}
