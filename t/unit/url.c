/* SPDX-License-Identifier: MIT */
/* url TEXT: its parts, one a line; url hide TEXT FOREIGN: what is left. */
#include <stdio.h>
#include <string.h>

#include "lib/url.h"

static void
part(const char *name, const char *value)
{
	if (value != NULL)
		printf("%s=%s\n", name, value);
}

int
main(int argc, char *argv[])
{
	struct url u;
	const char *why;

	if (argc == 4 && strcmp(argv[1], "hide") == 0) {
		if (url_parse(&u, argv[2], &why) < 0)
			return 1;
		url_hide(&u, argv[3]);
		puts(argv[3]);
		url_release(&u);
		return 0;
	}
	if (argc != 2)
		return 64;
	if (url_parse(&u, argv[1], &why) < 0) {
		printf("no: %s\n", why);
		return 1;
	}
	part("scheme", u.scheme);
	part("user", u.user);
	part("password", u.password);
	part("host", u.host);
	if (u.port != 0)
		printf("port=%u\n", u.port);
	part("path", u.path);
	part("query", u.query);
	part("shown", u.shown);
	url_blank(&u, argv[1]);
	part("blanked", argv[1]);
	url_release(&u);
	return 0;
}
