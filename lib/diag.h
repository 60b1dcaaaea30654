/* SPDX-License-Identifier: MIT */
/*
 * diag -- one voice for messages, and exit statuses that are advice.
 *
 * Shape   "rx-NAME: fatal: what: why\n" on stderr, one write(2) a message;
 *         as JSON with diag_json: {"timestamp":…,"tool":"rx-NAME",
 *         "level":"warning","message":"…"}.  The _sys forms add strerror(errno).
 *         Whatever the arguments hold, control characters and bytes that are
 *         not UTF-8 leave as \xNN: log text never reaches a terminal raw.
 * Limits  A message is cut at DIAG_MAX bytes.
 * Rates   warn_every() keeps one kind of message to one a second and says how
 *         many it held back with the next.
 * Start   diag_init() comes first in main: descriptors 0 to 2 that were closed
 *         become such that every use of them fails with EBADF, so that no file
 *         opened later is taken for input or output.
 * Divert  Between diag_divert(text, size) and diag_divert(NULL, 0) what info()
 *         says is not written but gathered in text, "; " between two.
 * Errors  None: if stderr is gone the message is lost, nothing else changes.
 * Source  sysexits(3); skarnet's strerr grammar.
 */
#ifndef RX_DIAG_H
#define RX_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

/*
 * 1: nothing matched, or it was delivered but some input was refused.  The
 * rest are sysexits(3): 64 usage, 65 damaged store or broken stream, 69 peer
 * unavailable, 74 I/O, 75 try again, 77 permission, 78 configuration.
 */
#define EX_PARTLY 1
#define DIAG_MAX 2048

/* What a message is about decides how loud it is; -q and -v move the bar. */
enum diag_level { DIAG_FATAL, DIAG_WARNING, DIAG_INFO, DIAG_DEBUG };

/* One kind of message, kept to one a second.  Zero-initialise. */
struct diag_rate {
	int64_t next_ns;
	uint64_t held;
};

void diag_init(const char *name);
void diag_quieter(void); /* -q: errors only */
void diag_louder(void); /* -v: also debug */
void diag_json(bool); /* --log-format json */
void diag_divert(char *text, size_t size);
/*
 * The place in a file that what follows stands in, "file:line:column: ", or
 * NULL.  While there is one, die(EX_USAGE) begins with it and is EX_CONFIG.
 */
void diag_about(const char *place);

#define DIAG_PRINTF(n) __attribute__((format(printf, n, n + 1)))
_Noreturn void die(int status, const char *, ...) DIAG_PRINTF(2);
/* With EX_TEMPFAIL, whatever status is, when errno says ENOMEM. */
_Noreturn void die_sys(int status, const char *, ...) DIAG_PRINTF(2);
/* What was allocated; without it the end, with EX_TEMPFAIL. */
void *or_die(void *memory);
/* The end, as with or_die(), when errno says that memory is what lacked. */
void die_of_memory(void);
void warn(const char *, ...) DIAG_PRINTF(1);
void warn_sys(const char *, ...) DIAG_PRINTF(1);
void warn_every(struct diag_rate *, const char *, ...) DIAG_PRINTF(2);
void info(const char *, ...) DIAG_PRINTF(1);
void debug(const char *, ...) DIAG_PRINTF(1);

#endif
