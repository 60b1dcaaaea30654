/* SPDX-License-Identifier: MIT */
/*
 * loki_entry -- one line of a push to Loki, as loki.c renders it and
 *               loki_answer.c finds it again.
 */
#ifndef RX_SHIP_LOKI_ENTRY_H
#define RX_SHIP_LOKI_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-ship/loki.h"

struct loki_entry {
	int64_t ns; /* as sent */
	size_t at, len; /* of its labels, in loki.texts */
	size_t line, line_len; /* of its values, there */
	size_t i; /* of its message, in the request */
	bool clamped, untimed; /* ns is of when it was rendered */
};

bool loki_same_stream(const struct loki *, size_t i, size_t j);
struct span loki_labels_of(const struct loki *, size_t i);

/* As the policy asks; CLAMP, where that did not help, is REJECT. */
void loki_give_up(
    enum loki_policy, struct window *, struct message *, const char *why);

#endif
