/* SPDX-License-Identifier: MIT */
/*
 * history -- GET /v1/signals, /v1/anomalies, /v1/logs: what is in a spool.
 *
 * Why     To read a spool may take as long as its disk does, and the loop waits
 *         for nobody.  A process of its own reads, one query at a time; not a
 *         thread, so that it can give up the network, and we every file.
 * Query   since, until   RFC 3339, or so long ago: "1h"
 *         where          MEMBER=VALUE, up to HISTORY_WHERE times, all must hold
 *         user, severity the same for user_id and severity
 *         limit          so many records, 1 to HISTORY_LIMIT; 100
 *         cursor         go on where "next" of the answer before said
 * Answer  {"records":[...],"next":CURSOR or null,"complete":true}, the newest
 *         first, each as rx-spool query has it.  complete is false when
 *         HISTORY_MS were over, or HISTORY_BYTES full; next goes on there.
 * Limits  HISTORY_WAITING queries wait; HISTORY_PATIENCE_MS without an answer
 *         is 503.
 * Errors  400 for a wrong query, 404 for a source that is not there, 503.
 */
#ifndef RX_SERVE_HISTORY_H
#define RX_SERVE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/exchange.h"
#include "cmd/rx-serve/query.h"
#include "lib/store.h"

#define HISTORY_SOURCES 3
#define HISTORY_WHERE 4
#define HISTORY_LIMIT 1000
#define HISTORY_MS 1000
#define HISTORY_PATIENCE_MS 5000
#define HISTORY_BYTES (4 * 1024 * 1024)
#define HISTORY_WAITING 64

/* signals, anomalies, logs: path NULL is none. */
struct history_source {
	char *path;
	char lane[STORE_LANE_MAX + 1];
};

/* NAME=DB[,LANE]; false: it is none, or there is one of that name. */
bool history_add(struct history_source sources[HISTORY_SOURCES], char *text);

/* To the process that reads, over a stream socket. */
struct history_query {
	unsigned source;
	int64_t since_ns, until_ns;
	uint64_t limit;
	uint64_t before; /* a tag */
	size_t n_where;
	struct history_where {
		char member[QUERY_VALUE + 1], value[QUERY_VALUE + 1];
	} where[HISTORY_WHERE];
};

/* history_query.c; false: why.  The source is the caller's to set. */
bool history_query_parse(
    struct history_query *, struct span query, const char **why);

struct history_reply {
	int status; /* of HTTP */
	size_t len; /* bytes that follow */
};

/* Forks the reader; -1 with errno.  Before threads, listeners and secrets. */
int history_fork(const struct history_source sources[HISTORY_SOURCES]);
int history_open(void); /* after net_init() */
void history_end(void);
const char *history_fails(void); /* why it answers nothing, or NULL */
bool history_is_on(void);
const char *history_name(size_t i); /* of a source, NULL: not given */

void history_signals(struct exchange *);
void history_anomalies(struct exchange *);
void history_logs(struct exchange *);
void history_leave(struct exchange *); /* nobody waits for it any more */

/* history_reader.c: the process. */
_Noreturn void history_read(int fd, const struct history_source *);

#endif
