/* SPDX-License-Identifier: MIT */
/*
 * gone -- what a rule has fired about and what is there no more: a file system
 *         that was unmounted, an interface, a tool.
 *
 * Shape   gone_look() finds the watches of a node that fire for a subject which
 *         this record could name and does not, and that was not judged for longer
 *         than a gap: so one sample without it is not enough.
 * Not     Where the record does not have the object that the subjects are in, it
 *         says nothing about them; a subject that is named but has no value, such
 *         as a stale mount, is there.  A value that is no member among others is
 *         never gone.
 * Cost    A walk over all watches, so struct node has how many fire for a
 *         subject: the engine asks only when fewer were judged, and not more
 *         often than once a gap.
 */
#ifndef RX_ALERT_GONE_H
#define RX_ALERT_GONE_H

#include "cmd/rx-alert/engine.h"

/* After the rules had the record.  on_gone: the watch is calm already. */
void gone_look(struct engine *, struct node *, const struct step *,
    void (*on_gone)(
	void *arg, const struct rule *, struct watch *, struct span subject),
    void *arg);

#endif
