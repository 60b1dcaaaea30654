/* SPDX-License-Identifier: MIT */
/*
 * window_rules -- what is counted, by whom, and how often is too often.
 *
 * Shape   The member "windows" of a rules file (rx-alert(1), WINDOWS), or one
 *         rule made of the command line: that of agent/rules/thresholds.json,
 *         whose bytes are built in, with what the options say put over it.
 * Owner   Texts are loans of the struct conf, or of the options; the tables of
 *         limits are given back by window_rules_release().
 * Limits  WINDOW_RULES_MAX rules, WINDOW_BY_MAX members that make a key,
 *         WINDOW_LIMITS_MAX limits in a table.
 * Errors  -1; the conf's why tells it.
 */
#ifndef RX_ALERT_WINDOW_RULES_H
#define RX_ALERT_WINDOW_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/conf.h"

#define WINDOW_RULES_MAX 50
#define WINDOW_BY_MAX 8
#define WINDOW_LIMITS_MAX 1000
#define WINDOW_LIMIT_MAX 1000000

/* The limit where the last member of the key has this text. */
struct window_limit {
	struct span text;
	uint32_t limit;
};

struct window_rule {
	const char *name;
	const char *by[WINDOW_BY_MAX]; /* names, or pointers (RFC 6901) */
	size_t n_by;
	int64_t length_ns, cooldown_ns, late_ns, idle_ns;
	uint32_t limit; /* of every other text */
	struct window_limit *limits; /* sorted by text */
	size_t n_limits;
};

struct window_rules {
	struct window_rule *rule;
	size_t n;
	char *names; /* private: what --by was cut into */
};

#define WINDOW_OPTION_LIMITS 100

/* What the command line says, over the first rule. */
struct window_options {
	int64_t length_ns; /* 0: it asks for no window */
	int64_t cooldown_ns, late_ns; /* -1: as in the rule */
	const char *by; /* "user_id,signal_type"; NULL: as in the rule */
	const char *limits[WINDOW_OPTION_LIMITS]; /* "20", "login_failed=5" */
	size_t n_limits;
	char why[CONF_WHY]; /* after -1: a sentence with the option in it */
};

int window_rules_read(struct window_rules *, const struct conf_at *list);

int window_rules_adjust(struct window_rules *, struct window_options *);
void window_rules_release(struct window_rules *);

uint32_t window_rule_limit(const struct window_rule *, struct span text);

/* What a member of the key is called in an anomaly: the end of its pointer. */
const char *window_rule_label(const struct window_rule *, size_t i);

#endif
