/* SPDX-License-Identifier: MIT */
#include "lib/crash.h"

#ifdef RX_CRASH_POINTS

#include <signal.h>
#include <stdlib.h>
#include <string.h>

void
crash_pass(const char *point)
{
	static const char *wanted;
	static size_t wanted_len;
	static unsigned long left;

	if (wanted == NULL) {
		const char *colon;

		if ((wanted = getenv("RX_CRASH")) == NULL)
			wanted = "";
		colon = strchr(wanted, ':');
		wanted_len =
		    colon == NULL ? strlen(wanted) : (size_t)(colon - wanted);
		left = colon == NULL ? 1 : strtoul(colon + 1, NULL, 10);
	}
	if (left == 0 || strlen(point) != wanted_len ||
	    strncmp(point, wanted, wanted_len) != 0)
		return;
	if (--left == 0)
		raise(SIGKILL);
}

uint64_t
crash_size(const char *name, uint64_t bytes)
{
	const char *text = getenv(name);

	return text == NULL ? bytes : strtoull(text, NULL, 10);
}

#else
/* ISO C wants something in every translation unit. */
extern int crash_points_are_off;
#endif
