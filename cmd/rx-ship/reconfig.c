/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/reconfig.h"

#include <string.h>

#include "cmd/rx-ship/options_part.h"
#include "lib/diag.h"
#include "lib/num.h"

static const struct cli_config *started;
static bool kept[OPTIONS_TIMES];

void
reconfig_start(const struct cli_config *config)
{
	started = config;
}

void
reconfig_keep(int ch)
{
	for (size_t i = 0; i < OPTIONS_TIMES; i++)
		if (options_times[i].ch == ch)
			kept[i] = true;
}

const char *
reconfig_path(void)
{
	return started == NULL ? NULL : started->path;
}

/* The place in options_times, or OPTIONS_TIMES; *value is behind the "=". */
static size_t
time_of(const char *arg, struct span *value)
{
	size_t len = strcspn(arg, "="), i = 0;

	while (i < OPTIONS_TIMES &&
	    !span_is((struct span){ arg, len }, options_times[i].name))
		i++;
	*value = span_of(arg[len] == '=' ? arg + len + 1 : "");
	return i;
}

static bool
is_time(const char *arg)
{
	struct span value;

	return time_of(arg, &value) < OPTIONS_TIMES;
}

/* All of them into s, or none: false, and it was told. */
static bool
read_times(const struct cli_config *new, struct settings *s)
{
	struct settings read = *s;
	struct span value;
	const char *why;
	int64_t ns;

	for (size_t i = 0; i < new->n; i++) {
		size_t at = time_of(new->args[i], &value);
		const struct options_time *t = &options_times[at];

		if (at == OPTIONS_TIMES)
			continue;
		if (num_duration(value, &ns, &why) == 0) {
			why = "is out of range";
			if (ns >= t->min && ns <= t->max) {
				if (!kept[at])
					*options_time_of(t, &read) =
					    ns / t->unit;
				continue;
			}
		}
		warn("%s: %s %.*s %s; the options stay as they were",
		    started->path, t->name, (int)value.len, value.at, why);
		return false;
	}
	*s = read;
	return true;
}

void
reconfig(struct settings *s)
{
	struct cli_config new;
	char why[CONF_WHY];

	if (started == NULL)
		return;
	if (cli_config_read(&options_cli, 'c', started->path, &new, why) < 0) {
		warn("%s; the options stay as they were", why);
		return;
	}
	if (read_times(&new, s)) {
		cli_config_differs(started, &new, is_time);
		info("%s was read again", started->path);
	}
	cli_config_release(&new);
}
