/* SPDX-License-Identifier: MIT */
/*
 * journal_lib -- libsystemd, loaded when the journal is asked for: sd-journal(3)
 *                through a table of its calls, so that it costs nothing else.
 *
 * Errors  journal_lib_load() and journal_lib_check() end the process: EX_CONFIG
 *         without the library, EX_NOPERM or EX_IOERR when a call failed.
 */
#ifndef RX_TAIL_JOURNAL_LIB_H
#define RX_TAIL_JOURNAL_LIB_H

#ifdef HAVE_LIBSYSTEMD

#include <systemd/sd-journal.h>

/* The calls that are used, as they are named. */
#define JOURNAL_CALLS(X) \
	X(sd_journal_open) \
	X(sd_journal_open_directory) \
	X(sd_journal_open_files) \
	X(sd_journal_add_match) \
	X(sd_journal_add_disjunction) \
	X(sd_journal_seek_head) \
	X(sd_journal_seek_tail) \
	X(sd_journal_seek_realtime_usec) \
	X(sd_journal_seek_cursor) \
	X(sd_journal_test_cursor) \
	X(sd_journal_next) \
	X(sd_journal_previous_skip) \
	X(sd_journal_get_cursor) \
	X(sd_journal_get_realtime_usec) \
	X(sd_journal_get_data) \
	X(sd_journal_set_data_threshold) \
	X(sd_journal_get_fd) \
	X(sd_journal_process)

#define JOURNAL_DECLARE(name) __typeof__(name) *name;
struct journal_lib {
	JOURNAL_CALLS(JOURNAL_DECLARE)
	sd_journal *journal; /* the one that is read */
};
#undef JOURNAL_DECLARE
extern struct journal_lib sd;

void journal_lib_load(void);

/* What a call returned, and what it was to do. */
void journal_lib_check(int r, const char *what);

#endif

#endif
