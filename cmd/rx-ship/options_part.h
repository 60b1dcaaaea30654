/* SPDX-License-Identifier: MIT */
/*
 * options_part -- what options.c, which has the table, and options_http.c have
 *                 in common.  For no one else.
 */
#ifndef RX_SHIP_OPTIONS_PART_H
#define RX_SHIP_OPTIONS_PART_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-ship/target.h"
#include "lib/cli.h"

enum {
	OPT_ACK = CLI_LONG,
	OPT_BACKOFF,
	OPT_BATCH,
	OPT_BATCH_SIZE,
	OPT_BODY,
	OPT_CA,
	OPT_CERT,
	OPT_CHECK,
	OPT_CONNECTIONS,
	OPT_EXCHANGE,
	OPT_FUTURE,
	OPT_GZIP,
	OPT_HEADER,
	OPT_HEARTBEAT,
	OPT_KEY,
	OPT_LABEL,
	OPT_LINGER,
	OPT_MAX_ATTEMPTS,
	OPT_MAX_FUTURE,
	OPT_METADATA,
	OPT_NET,
	OPT_NO_REFRESH,
	OPT_OLD,
	OPT_ONCE,
	OPT_PRESET,
	OPT_REDIRECTS,
	OPT_REFRESH_URL,
	OPT_ROTATE_EVERY,
	OPT_ROTATE_SIZE,
	OPT_ROUTING_KEY,
	OPT_STATS,
	OPT_SYNC,
	OPT_TENANT,
	OPT_TIMEOUT,
	OPT_ANSWER_TIMEOUT,
	OPT_TOKEN,
	OPT_TOKEN_CMD,
	OPT_TOKEN_FILE,
	OPT_URL_FILE,
	OPT_WINDOW,
	OPT_WINDOW_SIZE
};

extern struct cli options_cli;

/* A duration among the settings, which may be another while it runs. */
struct options_time {
	int ch;
	const char *name; /* with its dashes */
	int64_t min, max; /* ns */
	int64_t unit; /* that the setting is in, ns */
	size_t at; /* the setting, an int64_t of struct settings */
};
#define OPTIONS_TIMES 5
extern const struct options_time options_times[OPTIONS_TIMES];

static inline int64_t *
options_time_of(const struct options_time *t, struct settings *s)
{
	return (int64_t *)(void *)((char *)s + t->at);
}

/* Which of words text is; usage and exit when it is none. */
int options_word(
    const char *option, const char *text, const char *const *words);
void options_http(struct http_settings *, int ch);

#endif
