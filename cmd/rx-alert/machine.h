/* SPDX-License-Identifier: MIT */
/*
 * machine -- when a value that crosses its threshold becomes a ticket.
 *
 *   calm --breach--> pending --duration met, cooldown over--> firing
 *    ^                  |                                       |
 *    +---- no breach ---+------ below the resolve threshold ----+
 *
 * Ticket   On entering firing, and again for the same episode each time the
 *          cooldown is over while the breach lasts.  Never two of one watch
 *          within a cooldown.
 * Silenced A watch that is silenced keeps its timers and makes no ticket.
 * Gaps     When nothing was seen for more than three intervals a pending
 *          breach starts its duration anew; firing stays.
 * Growth   Where the rule asks for it, what is judged is how fast the value grows;
 *          before that is known, nothing is.
 * Baseline An exponentially weighted mean over window, learned while there is
 *          no breach; a breach that outlasts the window is the new normal and
 *          is learned too.  Not judged before warm_up was observed.
 * Crash    told is false from the decision for a ticket until it was handed
 *          on: a state saved in between makes the ticket again, same id, and
 *          starts its cooldown there.
 * Pure     No clock, no input or output: the same steps give the same events.
 */
#ifndef RX_ALERT_MACHINE_H
#define RX_ALERT_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-alert/growth.h"
#include "cmd/rx-alert/rules.h"

enum phase { CALM, PENDING, FIRING };
/* EVENT_GONE is an end too, not of the machine's making: gone.h. */
enum event { EVENT_NONE, EVENT_TICKET, EVENT_RESOLVED, EVENT_GONE };

struct watch {
	int phase;
	bool due; /* the duration is met: silences others */
	bool told; /* the last ticket was handed on */
	bool fired; /* fired_ns means something */
	int64_t since_ns; /* start of the duration, machine time */
	int64_t breach_ns; /* start of the breach, machine time */
	int64_t first_ns; /* start of the breach, record time */
	int64_t fired_ns; /* last ticket, machine time */
	int64_t last_ns; /* last step, machine time */
	bool stepped; /* last_ns means something */
	bool judged; /* the last step was: not warming up, nor growth unknown */
	uint64_t tickets; /* of this episode */
	double baseline;
	int64_t observed_ns, frozen_ns;
	struct growth growth;
};

/* One value at one time. */
struct step {
	double value; /* as measured; then as judged */
	int64_t now_ns; /* machine time, never falls */
	int64_t record_ns; /* what the record says */
	int64_t gap_ns; /* a wait longer than this is a gap */
	bool gap; /* the clock saw one */
	bool silenced;
};

enum event machine_step(const struct rule *, struct watch *, struct step *);

/* What is left of the cooldown of its last ticket. */
int64_t machine_cooldown_ns(
    const struct rule *, const struct watch *, int64_t now_ns);

/* The threshold that holds now, with the baseline in it. */
double machine_threshold(const struct rule *, const struct watch *);
double machine_baseline(const struct rule *, const struct watch *);

#endif
