/* parse_step -- --parse: members out of the text of every record. */
#ifndef RX_MATCH_PARSE_STEP_H
#define RX_MATCH_PARSE_STEP_H

#include "steps.h"

extern const struct step parse_step;

void parse_option(const char *names); /* "syslog,kv"; again for more */
bool parse_used(void);

#endif
