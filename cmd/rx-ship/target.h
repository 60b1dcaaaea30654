/* SPDX-License-Identifier: MIT */
/*
 * target -- what rx-ship asks of a place to deliver to.  A new kind of target
 *           adds a file with its operations and a line in target.c.
 *
 * Shape   Nothing here waits.  The loop polls the descriptor and the time that
 *         poll() names, then calls work(), which reads what has come, sends
 *         what window_next() gives, and settles what it learned.
 * State   up: messages can be sent.  failures: tries to get there since it
 *         was up.  fatal: set to an exit status when it can never work.
 * Events  A target says on stderr, with its name, when it is reached, lost,
 *         blocked and free again; once for each change, and the reason once
 *         for each reason.
 * End     goodbye() is called when nothing is to be sent any more, until it
 *         returns true or a second has gone by; then free().
 */
#ifndef RX_SHIP_TARGET_H
#define RX_SHIP_TARGET_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-ship/loki.h"
#include "cmd/rx-ship/request.h"
#include "cmd/rx-ship/token.h"
#include "cmd/rx-ship/web.h"
#include "cmd/rx-ship/window.h"
#include "lib/backoff.h"

/* What only targets of HTTP ask for. */
struct http_settings {
	const char *preset; /* NULL: none */
	enum request_body body;
	bool has_body; /* else the target's own default */
	size_t batch; /* 0: the same */
	size_t batch_bytes;
	unsigned redirects;
	int64_t answer_ms;
	const char *headers[REQUEST_HEADERS];
	size_t n_headers;
	struct web_tls tls;
	struct token_source token;
	const char *tenant;
	struct loki_times times;
	const char *labels[LOKI_LABELS], *metadata[LOKI_LABELS];
	size_t n_labels, n_metadata;
};

/* And only a broker. */
struct amqp_settings {
	const char *exchange; /* NULL: the default one, by the queue's name */
	const char *routing_key; /* a template */
	unsigned connections; /* 0: one */
};

/* And only an archive. */
enum file_sync { FILE_SYNC_BATCH, FILE_SYNC_EACH, FILE_SYNC_INTERVAL };

struct file_settings {
	enum file_sync sync;
	int64_t interval_ms;
	uint64_t max_bytes; /* of a segment, 0: no limit */
	int64_t period_ns; /* for each its own, 0: none */
};

struct settings {
	struct backoff backoff;
	struct amqp_settings amqp;
	struct http_settings http;
	struct file_settings file;
	int64_t timeout_ms;
	int64_t heartbeat_s;
	int64_t linger_ms;
	size_t window, window_bytes;
	bool once;
	bool gzip; /* requests, or closed segments */
};

struct target_ops;

struct target {
	const struct target_ops *ops;
	const struct settings *settings;
	struct window *window;
	const char *name; /* for messages: holds no secret */
	const char *about; /* what --check says of it */
	const char *promises; /* what confine() must leave */
	bool named; /* the paths it needs, by confine_allow(); false: any */
	bool takes_stdout; /* so that no outcomes can go there */
	bool hurry; /* no more will come: a batch needs not fill up */
	bool up;
	bool awaits; /* an answer that can come any moment, even if not up */
	unsigned failures;
	int fatal;
	uintmax_t sent, connects, lost;
	struct tally clamped; /* times moved, by reason */
	int64_t since_ms; /* up or down */
};

struct target_ops {
	/* A descriptor to wait for, or -1; may lower *until_ms. */
	void (*poll)(struct target *, struct pollfd *, int64_t *until_ms);
	void (*work)(struct target *, short revents, int64_t now_ms);
	void (*reload)(struct target *);
	/*
	 * Another takes over: nothing stays in flight, no lock is kept.
	 * False: not yet.  NULL: nothing does.
	 */
	bool (*leave)(struct target *);
	bool (*goodbye)(struct target *, int64_t now_ms);
	void (*counters)(const struct target *, struct buf *); /* or NULL */
	/*
	 * For --check: looks at all that is needed and is not the peer.  An
	 * exit status and why, or 0.  NULL: there is nothing.
	 */
	int (*check)(struct target *, char *why, size_t size);
	/*
	 * For --check --net: asks the peer whether it would let us deliver, and
	 * leaves nothing there; waits, for the timeout at most.  Says on stderr
	 * what came of it, a line; an exit status.  NULL: check() told all.
	 */
	int (*probe)(struct target *);
	void (*free)(struct target *);
};

/*
 * The target that url names.  An argument that holds a password is blanked in
 * place when blank is true.  NULL and *why, which quotes no secret.
 */
struct target *target_open(
    char *url, bool blank, const struct settings *, const char **why);

const char *target_versions(void); /* of the library behind them */

/* One for each kind of target. */
struct target *amqp_open(
    char *url, bool blank, const struct settings *, const char **why);
struct target *file_open(
    char *url, bool blank, const struct settings *, const char **why);
struct target *stdout_open(
    char *url, bool blank, const struct settings *, const char **why);
struct target *http_open(
    char *url, bool blank, const struct settings *, const char **why);

#endif
