/*
 * server -- rx-serve as it runs: its listeners, its connections, its end.
 *
 * Errors  die() with the exit status of rx-serve(1).
 */
#ifndef RX_SERVE_SERVER_H
#define RX_SERVE_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/nodeid.h"

struct settings {
	uint16_t control_port, ws_port; /* 0: any that is free */
	const char *logs; /* NULL: no live logs */
	const char *service;
	size_t max_connections, ring;
	int64_t header_ms, ping_ms, pong_ms;
	char node_id[NODEID_MAX + 1];
};

void server_run(const struct settings *, int stop_fd);

#endif
