/* SPDX-License-Identifier: MIT */
/* parse_step -- --parse: members out of the text of every record. */
#ifndef RX_MATCH_PARSE_STEP_H
#define RX_MATCH_PARSE_STEP_H

#include "steps.h"

extern const struct step parse_step;

/* "syslog,kv"; again for more.  What is wrong with them, or NULL. */
const char *parse_option(const char *names);
bool parse_used(void);

#endif
