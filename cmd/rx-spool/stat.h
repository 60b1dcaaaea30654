/* SPDX-License-Identifier: MIT */
/* stat -- what is told of a lane, and the forms it is told in. */
#ifndef RX_STAT_H
#define RX_STAT_H

#include "cmd/rx-spool/spool.h"

#define STAT_NEVER (-1.0) /* of a time: it does not come to that */

struct lane_stat {
	struct store_lane lane;
	struct store_depth depth;
	struct store_rates rates;
	double rate_s, day_s; /* what the rates are over */
	double oldest_s;
	double used; /* of the nearer bound, 0 to 1; below 0: there is none */
	double full_s; /* until it is full, at the rates of the last minute */
	double outage_s; /* until then, at the last day's, nothing going out */
};

/* Nothing is foretold from less: what a lane begins with is no rate of it. */
#define STAT_MINUTE_S 60
#define STAT_HOUR_S 3600 /* of the last day */
#define STAT_DAY_S 86400

struct spool_stat {
	const char *path, *uuid;
	struct store_size size;
	struct lane_stat *lanes;
	size_t n;
};

void stat_text(struct buf *, const struct spool_stat *);
void stat_json(struct buf *, const struct spool_stat *);
void stat_prometheus(struct buf *, const struct spool_stat *);

#endif
