/*
 * options_part -- what options.c, which has the table, and options_http.c have
 *                 in common.  For no one else.
 */
#ifndef RX_SHIP_OPTIONS_PART_H
#define RX_SHIP_OPTIONS_PART_H

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

/* Which of words text is; usage and exit when it is none. */
int options_word(
    const char *option, const char *text, const char *const *words);
void options_http(struct http_settings *, int ch);

#endif
