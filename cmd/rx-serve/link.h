/* SPDX-License-Identifier: MIT */
/*
 * link -- ask the rx-serve that runs for a way in, for a browser.
 *
 * Shape   The address of the dashboard, with a ticket in its fragment, which
 *         browsers keep to themselves.  rx-serve gives it to root and to its
 *         own user.
 * TLS     With the certificate of rx-serve: who answers must have that very
 *         one, whatever name it is for.
 * Errors  die(): EX_UNAVAILABLE when nobody answers, EX_NOPERM when refused.
 */
#ifndef RX_SERVE_LINK_H
#define RX_SERVE_LINK_H

#include <stdint.h>

#include "cmd/rx-serve/address.h"

/* Writes it to stdout; the address is one the running rx-serve listens on. */
void link_print(
    const struct address *, uint16_t control_port, const char *tls_cert);

#endif
