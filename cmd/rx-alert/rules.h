/* SPDX-License-Identifier: MIT */
/*
 * rules -- what is watched, and when it is worth a ticket.
 *
 * Shape   A rules file (rx-alert(1), RULES) read through lib/conf; without one
 *         the rules that are built in, the same bytes as
 *         agent/rules/alerts.json.
 * Windows The rules of sliding windows are in the same file (window_rules.h);
 *         asked for by options, they are that of agent/rules/thresholds.json.
 * Order   As in the file.  A rule can be silenced only by one before it, so
 *         that one pass over the rules settles a record.
 * Owner   Rules loan their texts from the struct rules; rules_release().
 * Limits  RULES_MAX rules.
 * Errors  -1; rules.conf.why tells it.
 */
#ifndef RX_ALERT_RULES_H
#define RX_ALERT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-alert/window_rules.h"
#include "lib/conf.h"

#define RULES_MAX 200
#define RULE_POINTERS 8 /* added up in one alternative */
#define RULE_PICKS 4 /* alternatives */
#define RULE_STEPS 12 /* of remediation */
#define RULE_CONTEXT 12
#define RULE_NONE SIZE_MAX

enum rule_op { OP_ABOVE, OP_AT_LEAST, OP_BELOW, OP_AT_MOST, OP_IS, OP_IS_NOT };
enum priority {
	PRIORITY_CRITICAL,
	PRIORITY_HIGH,
	PRIORITY_MEDIUM,
	PRIORITY_LOW
};

extern const char *const operator_names[];
extern const char *const priority_names[];

/* Pointers (RFC 6901) whose values are added up.  A "*" stands for every
 * member: then there is one value, and one alert, for each. */
struct pick {
	const char *pointers[RULE_POINTERS];
	size_t n;
};

struct rule {
	const char *name, *metric, *unit, *title;
	struct pick picks[RULE_PICKS]; /* the first that is there counts */
	size_t n_picks;
	int op;
	double threshold, resolve; /* resolve: NAN, as the threshold */
	double multiplier; /* of the baseline; NAN: no baseline */
	double floor; /* the baseline counts as at least this */
	int64_t window_ns, warm_up_ns;
	int64_t growth_ns; /* judged is the growth over this long; 0: not */
	int64_t duration_ns, cooldown_ns;
	int priority;
	uint64_t digits;
	size_t silenced_by; /* index, RULE_NONE */
	const char *steps[RULE_STEPS];
	size_t n_steps;
	struct {
		const char *label, *pointer;
	} context[RULE_CONTEXT];
	size_t n_context;
};

struct rules {
	struct rule *rule;
	size_t n;
	struct window_rules windows;
	struct conf conf;
};

/* What the command line says of them. */
struct rules_asked {
	const char *file, *preset; /* NULL: the built-in ones; none */
	struct window_options window;
};

int rules_load(struct rules *, struct rules_asked *);
struct span rules_builtin(bool of_windows);
void rules_release(struct rules *);

bool compare(double value, int op, double with);

#endif
