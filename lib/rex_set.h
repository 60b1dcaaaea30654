/* SPDX-License-Identifier: MIT */
/*
 * rex_set -- what a set of patterns is made of.  Private to rex.
 */
#ifndef RX_REX_SET_H
#define RX_REX_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/rex.h"
#include "lib/rex_hs.h"
#include "lib/rex_index.h"
#include "lib/rex_scan.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct pattern {
	pcre2_code *code;
	bool jit, learnt, has_literals;
};

struct rex {
	struct pattern *patterns;
	size_t n;
	bool no_literals; /* a pattern has none: every line may match */
	bool scan_full; /* there are more literals than it takes: index */
	bool interpreted;
	struct scan scan;
	struct scan_sieve sieve; /* take is NULL: none */
	struct index index; /* of many literals, or many patterns */
	bool indexed;
	uint64_t *anyway; /* bits: patterns without literals */
	uint64_t *may; /* bits: room for rex_match() */
	struct rex_hs *hs; /* NULL: not in use */
	pcre2_compile_context *compile;
	pcre2_match_context *match;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
};

#endif
