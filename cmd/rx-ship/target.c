/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/target.h"

#include <string.h>

static const struct {
	const char *prefix;
	struct target *(*open)(
	    char *url, bool blank, const struct settings *, const char **why);
	bool whole; /* it is all of the URL */
} kinds[] = {
	{ "-", stdout_open, true },
	{ "file:-", stdout_open, true },
	{ "amqp:", amqp_open, false },
	{ "amqps:", amqp_open, false },
	{ "file:", file_open, false },
	{ "http:", http_open, false },
	{ "https:", http_open, false },
	{ "loki+http:", http_open, false },
	{ "loki+https:", http_open, false },
};

struct target *
target_open(
    char *url, bool blank, const struct settings *settings, const char **why)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *prefix = kinds[i].prefix;

		if (kinds[i].whole ? strcmp(url, prefix) == 0
				   : strncmp(url, prefix, strlen(prefix)) == 0)
			return kinds[i].open(url, blank, settings, why);
	}
	*why = "is of no kind known here: amqp://…, amqps://…, http://…, "
	       "https://…, loki+http://…, loki+https://…, file:… or -";
	return NULL;
}
