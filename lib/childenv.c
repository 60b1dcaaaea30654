/* SPDX-License-Identifier: MIT */
#include "lib/childenv.h"

#include <stdlib.h>

static const char *const kept[] = { "PATH", "HOME", "LANG", "LC_ALL", "TZ",
	"TMPDIR", "RX_STATE_DIR", "RX_NODE_ID" };
#define N_KEPT (sizeof(kept) / sizeof(*kept))

void
childenv(void)
{
	const char *values[N_KEPT];

	/* The strings stay where they are; clearenv(3) frees none of them. */
	for (size_t i = 0; i < N_KEPT; i++)
		values[i] = getenv(kept[i]);
	clearenv();
	for (size_t i = 0; i < N_KEPT; i++)
		if (values[i] != NULL)
			setenv(kept[i], values[i], 1);
}
