/* SPDX-License-Identifier: MIT */
#include "cmd/rx-metrics/live.h"

#include <stdbool.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/num.h"

#define INTERVAL_MIN NUM_S
#define INTERVAL_MAX (3600 * NUM_S)

#define IN(form) (1u << (form))
#define SAMPLES (IN(FORM_NESTED) | IN(FORM_FLAT) | IN(FORM_PROMETHEUS))

static const struct {
	const char *argument;
	unsigned forms;
} live[LIVE_N] = {
	[LIVE_BEAT] = { "--heartbeat=", IN(FORM_BEAT) },
	[LIVE_INTERVAL] = { "--interval=", SAMPLES },
	[LIVE_ONLY] = { "--only=", IN(FORM_NESTED) | IN(FORM_PROMETHEUS) },
	[LIVE_TOP] = { "--top=", IN(FORM_NESTED) },
};

/* For cli_config_differs(), whose question has no room for it. */
static enum form form;

static int
take_interval(const char *arg, int64_t *ns, const char **why)
{
	int64_t given;

	if (num_duration(span_of(arg), &given, why) < 0)
		return -1;
	*why = "out of range, 1s to 1h";
	if (given < INTERVAL_MIN || given > INTERVAL_MAX)
		return -1;
	*ns = given;
	return 0;
}

static int
take_parts(const char *list, unsigned *parts, const char **why)
{
	static const struct {
		const char *name;
		enum part part;
	} names[] = { { "cpu", PART_CPU }, { "mem", PART_MEMORY },
		{ "memory", PART_MEMORY }, { "disk", PART_DISK },
		{ "net", PART_NETWORK }, { "network", PART_NETWORK },
		{ "proc", PART_PROCESSES }, { "processes", PART_PROCESSES },
		{ "cgroup", PART_CGROUP } };
	const size_t n_names = sizeof(names) / sizeof(*names);
	size_t n, i;

	for (*parts = 0;; list += n + 1) {
		n = strcspn(list, ",");
		for (i = 0; i < n_names; i++)
			if (strlen(names[i].name) == n &&
			    memcmp(names[i].name, list, n) == 0)
				break;
		if (i == n_names) {
			*why = "not all are parts; they are cpu, mem, disk, "
			       "net, proc and cgroup";
			return -1;
		}
		*parts |= names[i].part;
		if (list[n] == '\0')
			return 0;
	}
}

static int
take_top(const char *arg, size_t *top, const char **why)
{
	uint64_t n;

	if (num_u64(span_of(arg), &n, why) < 0)
		return -1;
	*why = "out of range, 0 to 100";
	if (n > TOP_MAX)
		return -1;
	*top = (size_t)n;
	return 0;
}

int
live_take(
    struct live *l, enum live_option option, const char *arg, const char **why)
{
	switch (option) {
	case LIVE_ONLY: return take_parts(arg, &l->parts, why);
	case LIVE_TOP: return take_top(arg, &l->top, why);
	default: return take_interval(arg, &l->interval_ns, why);
	}
}

/* Which one an argument of the file is, LIVE_N: none of this form. */
static enum live_option
option_of(const char *arg)
{
	enum live_option o;

	for (o = 0; o < LIVE_N; o++)
		if (live[o].forms & IN(form) &&
		    strncmp(arg, live[o].argument, strlen(live[o].argument)) ==
			0)
			break;
	return o;
}

static bool
is_live(const char *arg)
{
	return option_of(arg) != LIVE_N;
}

static int
take_file(struct live *l, const struct cli_config *file)
{
	const char *why;

	for (size_t i = 0; i < file->n; i++) {
		enum live_option o = option_of(file->args[i]);

		if (o != LIVE_N &&
		    live_take(l, o, strchr(file->args[i], '=') + 1, &why) < 0) {
			warn("%s: %s: %s; the options stay as they were",
			    file->path, file->args[i], why);
			return -1;
		}
	}
	return 0;
}

int
live_again(struct live *l, enum form f, const struct cli *cli, int letter,
    const struct cli_config *started, const char *const own[LIVE_N])
{
	struct live now = LIVE_DEFAULT, was = *l;
	struct cli_config file;
	char why[CONF_WHY];
	const char *unused;
	int got;

	form = f;
	if (cli_config_read(cli, letter, started->path, &file, why) < 0) {
		warn("%s; the options stay as they were", why);
		return -1;
	}
	if (f == FORM_BEAT) /* it has no default: the file must say it still */
		now.interval_ns = was.interval_ns;
	cli_config_differs(started, &file, is_live);
	got = take_file(&now, &file);
	cli_config_release(&file);
	if (got < 0)
		return -1;
	for (enum live_option o = 0; o < LIVE_N; o++)
		if (own[o] != NULL)
			live_take(&now, o, own[o], &unused); /* it was right */
	*l = now;
	return now.interval_ns != was.interval_ns || now.parts != was.parts ||
	    now.top != was.top;
}
