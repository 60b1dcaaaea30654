/* SPDX-License-Identifier: MIT */
/*
 * b64url -- base64url text back to bytes.
 *
 * Shape   No padding, no blanks, one spelling for each value: bits that stand
 *         for nothing must be zero.
 * Errors  -1: not base64url, or dst out of memory; dst then holds nothing new.
 * Source  RFC 4648 sections 3.5 and 5; RFC 7515 section 2.
 */
#ifndef RX_B64URL_H
#define RX_B64URL_H

#include "lib/buf.h"
#include "lib/span.h"

int b64url_decode(struct buf *dst, struct span text); /* appends */

#endif
