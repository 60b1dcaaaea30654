/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/pieces.h"

#include "cmd/rx-tail/join.h"

bool
pieces_take(struct pieces *p, const struct decoded *d)
{
	bool goes_on;

	for (int i = 0; i < STREAMS; i++)
		if (d->timed && p->open[i] &&
		    d->when.ns - p->since_ns[i] >= JOIN_APART_NS)
			p->open[i] = false;
	goes_on = p->open[d->stream];
	if (d->partial && !goes_on)
		p->since_ns[d->stream] = d->when.ns;
	p->open[d->stream] = d->partial;
	return goes_on;
}

bool
pieces_whole(const struct pieces *p)
{
	for (int i = 0; i < STREAMS; i++)
		if (p->open[i])
			return false;
	return true;
}
