/* SPDX-License-Identifier: MIT */
/*
 * exposure -- where rx-serve is reached, and whether that is safe.
 *
 * Rules   Off this host only with TLS and a file of tokens; --insecure
 *         overrides, and is loud at each start (SEC-02).
 * Limits  EXPOSURE_MAX addresses; without one it is 127.0.0.1.
 * Errors  die() with EX_USAGE or EX_CONFIG.
 */
#ifndef RX_SERVE_EXPOSURE_H
#define RX_SERVE_EXPOSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/access.h"
#include "cmd/rx-serve/address.h"

#define EXPOSURE_MAX 8

struct exposure {
	struct address list[EXPOSURE_MAX];
	size_t n;
	bool insecure, has_tls, has_auth;
};

void exposure_add(struct exposure *, const char *address);
void exposure_check(struct exposure *); /* all options are known */
void exposure_warn(const struct exposure *);
void exposure_tell(const struct exposure *, const uint16_t ports[ACCESS_PORTS]);

#endif
