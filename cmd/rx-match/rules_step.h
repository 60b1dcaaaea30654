/* SPDX-License-Identifier: MIT */
/* rules_step -- -f: the step that asks the rules, and reads them again on HUP. */
#ifndef RX_MATCH_RULES_STEP_H
#define RX_MATCH_RULES_STEP_H

#include "steps.h"

extern const struct step rules_step;

void rules_option(const char *path); /* uses the step */
void rules_coverage_option(void);

#endif
