/* SPDX-License-Identifier: MIT */
/*
 * schema -- does a record fit a JSON Schema: --schema FILE.
 *
 * Shape   The record as it came is checked, but for _rx when it comes first.
 *         One that does not fit is rejected with the first reason, when there
 *         is a --reject FILE; else it passes with the member schema_error, an
 *         object of member (a JSON pointer) and why.
 * Errors  A schema that cannot be used is EX_CONFIG at the start.
 */
#ifndef RX_MATCH_SCHEMA_H
#define RX_MATCH_SCHEMA_H

#include "steps.h"

void schema_option(const char *path);

extern const struct step schema_step;

#endif
