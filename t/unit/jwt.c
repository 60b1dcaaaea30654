/* SPDX-License-Identifier: MIT */
/*
 * jwt [lines] <TOKEN: the second in which it ends, or "unknown"; of each line.
 */
#include "lib/jwt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void
tell(struct span token)
{
	int64_t iat, exp;

	if (jwt_life(token, &iat, &exp) < 0)
		puts("unknown");
	else
		printf("%" PRId64 "\n", exp);
}

int
main(int argc, char *argv[])
{
	static char text[JWT_MAX + 2];
	size_t len;

	(void)argv;
	if (argc == 1) {
		len = fread(text, 1, sizeof(text), stdin);
		tell((struct span){ text, len });
		return 0;
	}
	while (fgets(text, sizeof(text), stdin) != NULL)
		tell((struct span){ text, strcspn(text, "\n") });
	return 0;
}
