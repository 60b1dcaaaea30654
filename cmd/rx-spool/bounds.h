/* SPDX-License-Identifier: MIT */
/*
 * bounds -- how much a lane may hold, what happens beyond that, and how often
 *           one of its records may be refused.
 *
 * From    the option; else the lane's section of the configuration; else, for
 *         the lane error, messaging.rabbitmq there; else the preset;
 *         else the default.
 * File    {"spool": {"max_queue_size": 10000, "lanes": {"error": {"preset":
 *         "error", "max_records": 5000, "max_bytes": "100M", "max_age": "7d",
 *         "max_attempts": 10, "full": "oldest", "priority": "severity"}}},
 *         "messaging": {"rabbitmq": {"queue_max_size": 5000, "max_retries":
 *         10, "retry_enabled": true}}}; other sections are other tools'.
 *         The max_records of all lanes are at most max_queue_size.
 * Errors  What the file says wrongly ends the process with EX_CONFIG; read
 *         again, at HUP, it is told and nothing changes.
 */
#ifndef RX_BOUNDS_H
#define RX_BOUNDS_H

#include <stdint.h>

#include "lib/cli.h"
#include "lib/store.h"

#define BOUNDS_UNSET UINT64_MAX

struct bounds {
	/* 0: no bound; BOUNDS_UNSET before bounds_settle() */
	uint64_t max_records, max_bytes, max_attempts, max_age_ms;
	int policy; /* enum store_policy, or -1 */
	const char *priority; /* the member that tells, or NULL */
	const char *preset, *config; /* as options named them, or NULL */
};

#define BOUNDS_OPTIONS \
	{ 'c', "config", "FILE", "take the bounds of the lane from there" }, \
	    { OPT_FULL, "full", "POLICY", \
		    "block, or drop oldest, newest, random [block]" }, \
	    { OPT_MAX_AGE, "max-age", "DURATION", \
		    "drop what is older, 0: nothing [0]" }, \
	    { OPT_MAX_BYTES, "max-bytes", "SIZE", \
		    "bound of the lane, 0: none [100M]" }, \
	    { OPT_MAX_RECORDS, "max-records", "N", \
		    "bound of the lane, 0: none [0]" }, \
	    { OPT_PRESET, "preset", "NAME", "bounds for error or telemetry" }, \
	{ \
		OPT_PRIORITY, "priority", "MEMBER", \
		    "critical and failure there go first, drop last" \
	}

void bounds_init(struct bounds *);
void bounds_option(struct bounds *, const struct cli *, int option);
/* What the lane is to have, by what the options ask for and the file says. */
void bounds_settle(struct bounds *, const struct bounds *asked,
    const struct cli *, const char *lane);
/* Again, from the file as it is now; -1, told: all stays as it was. */
int bounds_again(struct bounds *, const struct bounds *asked, const char *lane);

#endif
