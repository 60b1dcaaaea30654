/* SPDX-License-Identifier: MIT */
/* num KIND TEXT: the value, or "no: why". */
#include "lib/num.h"

#include <stdio.h>
#include <string.h>

int
main(int argc, char *argv[])
{
	const char *why = NULL;
	struct span text;
	uint64_t u = 0;
	int64_t ns = 0;
	double share = 0;

	if (argc != 3)
		return 64;
	text = span_of(argv[2]);
	if (strcmp(argv[1], "u64") == 0 && num_u64(text, &u, &why) == 0)
		printf("%ju\n", (uintmax_t)u);
	else if (strcmp(argv[1], "duration") == 0 &&
	    num_duration(text, &ns, &why) == 0)
		printf("%jd\n", (intmax_t)ns);
	else if (strcmp(argv[1], "size") == 0 && num_size(text, &u, &why) == 0)
		printf("%ju\n", (uintmax_t)u);
	else if (strcmp(argv[1], "rate") == 0 &&
	    num_rate(text, &u, &ns, &why) == 0)
		printf("%ju %jd\n", (uintmax_t)u, (intmax_t)ns);
	else if (strcmp(argv[1], "ratio") == 0 &&
	    num_ratio(text, &share, &why) == 0)
		printf("%.6f\n", share);
	else
		printf("no: %s\n", why != NULL ? why : "unknown kind");
	return 0;
}
