/* SPDX-License-Identifier: MIT */
/* spool -- what the verbs of rx-spool share. */
#ifndef RX_SPOOL_H
#define RX_SPOOL_H

#include <stdbool.h>

#include "lib/cli.h"
#include "lib/store_flow.h"
#include "lib/store_tell.h"

/* The options of all verbs. */
enum spool_option {
	OPT_ALSO = CLI_LONG,
	OPT_BATCH,
	OPT_CHECK,
	OPT_FULL,
	OPT_HISTORY,
	OPT_ID,
	OPT_INFLIGHT,
	OPT_JSON,
	OPT_KEEP,
	OPT_KEEP_BYTES,
	OPT_LETTER,
	OPT_LIMIT,
	OPT_LINGER,
	OPT_MARK_TIMEOUT,
	OPT_MAX_AGE,
	OPT_MAX_ATTEMPTS,
	OPT_MAX_BYTES,
	OPT_MAX_RECORDS,
	OPT_MAX_SEGMENT,
	OPT_ONCE,
	OPT_OUTCOMES,
	OPT_PRESET,
	OPT_PRIORITY,
	OPT_PROMETHEUS,
	OPT_PURGE,
	OPT_PUT_BACK,
	OPT_SINCE,
	OPT_STATS,
	OPT_SYNC,
	OPT_UNMARKED,
	OPT_UNTIL,
	OPT_WHERE,
	OPT_YES
};

/* Each runs with argv[0] its own name, and returns an exit status. */
int verb_ack(int argc, char *argv[]);
int verb_claim(int argc, char *argv[]);
int verb_dead(int argc, char *argv[]);
int verb_emit(int argc, char *argv[]);
int verb_purge(int argc, char *argv[]);
int verb_push(int argc, char *argv[]);
int verb_query(int argc, char *argv[]);
int verb_salvage(int argc, char *argv[]);
int verb_stat(int argc, char *argv[]);
int verb_through(int argc, char *argv[]); /* the form without a verb */

/* The store, or the end of the process with advice. */
struct store *spool_open(const char *path, const struct store_options *);
/*
 * From here on: the spool's directory, standard streams, and the directories of
 * --stats and of the configuration, if there are any; nothing else.
 */
void spool_confine(const char *path, const char *stats, const char *config);
/* --check: all that a start would meet; 0, or the end of the process. */
int spool_check_start(const char *path);
#define CHECK_OPTION \
	{ \
		OPT_CHECK, "check", NULL, "validate all, then exit" \
	}
#define STATS_OPTION \
	{ \
		OPT_STATS, "stats", "FILE", "keep own counters in FILE" \
	}
/* Dies with what the store says, unless status is 0. */
void spool_check(struct store *, int status);

/* Closes what was written to, or dies: the last sync may fail, too. */
void spool_close(struct store *);

/* DB [LANE] behind the options; the lane is `main` unless named. */
void spool_operands(const struct cli *, int argc, char *argv[],
    const char **path, const char **lane);
bool spool_sync_normal(const char *arg); /* --sync full|normal */

/*
 * What a delivery may add to a record.  A stored record is shorter than
 * RECORD_MAX by that, so that emit's reader can take it.
 */
#define SPOOL_DELIVERY 512

/* Without room one looks again after so long, and says so once a minute. */
#define SPOOL_AGAIN_MS 1000
#define SPOOL_TELL_MS 60000
struct spool_wait {
	int64_t told_ms; /* zero-initialise */
};
void spool_wait_tell(struct spool_wait *, const char *why);

int64_t spool_now_ms(void); /* the wall clock */

/*
 * A stored record gets another _rx: what follows `head`, which holds all up to
 * the end of the new one, and gets a comma if need be.
 */
struct span spool_rest(struct buf *head, struct span record);

#endif
