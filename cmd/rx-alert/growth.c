/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/growth.h"

#include <string.h>

void
growth_forget(struct growth *g)
{
	g->n = 0;
}

bool
growth_add(struct growth *g, int64_t over_ns, int64_t ns, double value,
    double *per_minute)
{
	bool old_enough = g->n > 0 && ns - g->point[0].ns >= over_ns;

	if (old_enough)
		*per_minute = (value - g->point[0].value) * 60e9 /
		    (double)(ns - g->point[0].ns);
	if (g->n > 0 &&
	    ns - g->point[g->n - 1].ns <
		(over_ns + GROWTH_POINTS - 2) / (GROWTH_POINTS - 1))
		return old_enough;
	/* The second is old enough too: the first is not needed any more. */
	while (g->n == GROWTH_POINTS ||
	    (g->n > 1 && ns - g->point[1].ns >= over_ns))
		memmove(g->point, g->point + 1, --g->n * sizeof(g->point[0]));
	g->point[g->n++] = (struct growth_point){ ns, value };
	return old_enough;
}
