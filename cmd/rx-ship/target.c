#include "cmd/rx-ship/target.h"

#include <string.h>

static const struct {
	const char *prefix;
	struct target *(*open)(
	    char *url, bool blank, const struct settings *, const char **why);
} kinds[] = {
	{ "amqp:", amqp_open },
	{ "amqps:", amqp_open },
	{ "file:", file_open },
	{ "http:", http_open },
	{ "https:", http_open },
	{ "loki+http:", http_open },
	{ "loki+https:", http_open },
};

struct target *
target_open(
    char *url, bool blank, const struct settings *settings, const char **why)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strncmp(url, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return kinds[i].open(url, blank, settings, why);
	*why = "is of no kind known here: amqp://…, amqps://…, http://…, "
	       "https://…, "
	       "loki+http://…, loki+https://… or file:…";
	return NULL;
}
