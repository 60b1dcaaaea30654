/* SPDX-License-Identifier: MIT */
/*
 * server -- rx-serve as it runs: its listeners, its connections, its end.
 *
 * Errors  die() with the exit status of rx-serve(1).
 */
#ifndef RX_SERVE_SERVER_H
#define RX_SERVE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/access.h"
#include "cmd/rx-serve/exposure.h"
#include "cmd/rx-serve/history.h"
#include "cmd/rx-serve/ingest.h"
#include "cmd/rx-serve/stream.h"
#include "lib/nodeid.h"

/* The commands of the streams, and that of --durable. */
#define COMMAND_DURABLE STREAMS
#define COMMANDS (STREAMS + 1)

struct settings {
	struct exposure exposure;
	uint16_t ports[ACCESS_PORTS]; /* 0: any that is free */
	const char *commands[COMMANDS]; /* NULL: no such stream */
	struct ingest_about ingest;
	struct history_source history[HISTORY_SOURCES];
	size_t max_body;
	const char *auth; /* the file of tokens, NULL: none */
	const char *tls_cert, *tls_key; /* NULL: no TLS */
	const char *stages; /* the directory of their counters, NULL: none */
	const char *stats; /* the file of our own, NULL: none */
	const char *service, *service_version;
	size_t max_connections, max_per_address, ring;
	int64_t header_ms, linger_ms, ping_ms, pong_ms;
	char node_id[NODEID_MAX + 1];
};

void server_run(const struct settings *, int stop_fd);

#endif
