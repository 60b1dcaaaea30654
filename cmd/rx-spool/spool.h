/* spool -- what the verbs of rx-spool share. */
#ifndef RX_SPOOL_H
#define RX_SPOOL_H

#include <stdbool.h>

#include "lib/cli.h"
#include "lib/store.h"

/* Each runs with argv[0] its own name, and returns an exit status. */
int verb_ack(int argc, char *argv[]);
int verb_claim(int argc, char *argv[]);
int verb_emit(int argc, char *argv[]);
int verb_push(int argc, char *argv[]);
int verb_stat(int argc, char *argv[]);

/* The store, or the end of the process with advice. */
struct store *spool_open(const char *path, const struct store_options *);
/* From here on: the spool's directory, standard streams, nothing else. */
void spool_confine(const char *path);
/* Dies with what the store says, unless status is 0. */
void spool_check(struct store *, int status);

/* Closes what was written to, or dies: the last sync may fail, too. */
void spool_close(struct store *);

/* DB [LANE] behind the options; the lane is `main` unless named. */
void spool_operands(const struct cli *, int argc, char *argv[],
    const char **path, const char **lane);
bool spool_sync_normal(const char *arg); /* --sync full|normal */

/*
 * Waits for room on a full disk or in a full lane: until somebody commits
 * when the lane is full, one second when the disk is, at most one second in
 * any case.  Says so once a minute.
 */
struct spool_wait {
	int64_t told_ms; /* zero-initialise */
};
void spool_wait(
    struct spool_wait *, struct store *, bool lane_full, const char *why);

int64_t spool_now_ms(void); /* the wall clock */

#endif
