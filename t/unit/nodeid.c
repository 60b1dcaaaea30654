/* SPDX-License-Identifier: MIT */
/* nodeid [GIVEN]: the id or "no: why".  nodeid --ip; nodeid --state. */
#include "lib/nodeid.h"

#include <stdio.h>
#include <string.h>

int
main(int argc, char *argv[])
{
	char id[NODEID_MAX + 1], why[NODEID_WHY], dir[4096];

	if (argc > 1 && strcmp(argv[1], "--ip") == 0)
		return nodeid_ip(id) == 0 ? (puts(id), 0) : 1;
	if (argc > 1 && strcmp(argv[1], "--state") == 0)
		return nodeid_state_dir(dir, sizeof(dir)) == 0 ? (puts(dir), 0)
							       : 1;
	if (nodeid_get(argc > 1 ? argv[1] : NULL, id, why) == 0)
		puts(id);
	else
		printf("no: %s\n", why);
	return 0;
}
