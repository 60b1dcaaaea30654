/* SPDX-License-Identifier: MIT */
/*
 * control -- POST /control: start and stop the streams.
 *
 * Shape   {"command":"start_livelogs"}, and stop_livelogs, start_telemetry,
 *         stop_telemetry.  Each may be said again; the answer tells the state
 *         that is there then.
 * Limits  CONTROL_A_MINUTE for each credential.
 * Errors  400 for what is no such command, 409 where there is no such stream.
 */
#ifndef RX_SERVE_CONTROL_H
#define RX_SERVE_CONTROL_H

#include "cmd/rx-serve/exchange.h"

#define CONTROL_A_MINUTE 60
#define CONTROL_MAX 4096 /* bytes of a body */

void control_init(void);
void control_answer(struct exchange *, const struct exchange_about *);

#endif
