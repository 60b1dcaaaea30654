/* SPDX-License-Identifier: MIT */
/* common -- what the verbs of rx-spool share. */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-spool/spool.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/rtime.h"
#include "lib/stop.h"

struct store *
spool_open(const char *path, const struct store_options *options)
{
	char why[STORE_WHY];
	struct store *st;
	int status = store_open(&st, path, options, why);

	if (status == STORE_FULL)
		die(EX_TEMPFAIL, "%s", why);
	if (status == STORE_NONE)
		die(EX_IOERR, "%s", why);
	if (status != 0)
		die(status, "%s", why);
	return st;
}

int
spool_check_start(const char *path)
{
	const struct store_options how = { .read_only = true, .wait_ms = -1 };
	char why[STORE_WHY];
	struct store *st;
	int status = store_open(&st, path, &how, why);

	store_close(st);
	/* What is not there is made, what is old is brought up to date. */
	if (status != 0 && status != STORE_NONE && status != EX_TEMPFAIL)
		die(status == STORE_FULL ? EX_TEMPFAIL : status, "%s", why);
	return EX_OK;
}

static void
allow_directory(const char *file, const char *how)
{
	char *copy = strdup(file);

	if (copy == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if (confine_allow(dirname(copy), how) < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
	free(copy);
}

void
spool_confine(const char *path, const char *stats, const char *config)
{
	allow_directory(path, "rwc");
	if (stats != NULL)
		allow_directory(stats, "rwc");
	if (config != NULL)
		allow_directory(config, "r"); /* HUP reads it again */
	if (confine("stdio rpath wpath cpath flock") < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
}

void
spool_check(struct store *st, int status)
{
	if (status == STORE_FULL || status == STORE_HELD)
		die(EX_TEMPFAIL, "%s", store_why(st));
	if (status == STORE_NONE)
		die(EX_DATAERR, "%s", store_why(st));
	if (status != 0)
		die(status, "%s", store_why(st));
}

void
spool_close(struct store *st)
{
	spool_check(st, store_finish(st));
	store_close(st);
}

void
spool_operands(const struct cli *cli, int argc, char *argv[], const char **path,
    const char **lane)
{
	if (argc < 1)
		cli_usage(cli, "no DB named");
	if (argc > (lane != NULL ? 2 : 1))
		cli_usage(cli, "too many operands");
	*path = argv[0];
	if (lane == NULL)
		return;
	*lane = argc > 1 ? argv[1] : "main";
	if (!store_lane_valid(*lane))
		cli_usage(cli,
		    "%s is no lane: 1 to %d letters, digits, '_', '-', '.'",
		    *lane, STORE_LANE_MAX);
}

bool
spool_sync_normal(const char *arg)
{
	if (strcmp(arg, "full") == 0)
		return false;
	if (strcmp(arg, "normal") == 0)
		return true;
	die(EX_USAGE, "--sync %s: full or normal", arg);
}

void
spool_wait_tell(struct spool_wait *w, const char *why)
{
	int64_t now = stop_now_ms();

	if (w->told_ms != 0 && now - w->told_ms < SPOOL_TELL_MS)
		return;
	warn("%s: waiting for room", why);
	w->told_ms = now;
}

int64_t
spool_now_ms(void)
{
	return rtime_now_ns() / NUM_MS;
}

/* What follows the brace and blanks. */
static struct span
members_of(struct span record)
{
	struct span rest;
	size_t at = 0;

	while (at < record.len && record.at[at] != '{')
		at++;
	if (at + 1 >= record.len)
		die(EX_DATAERR, "the spool is damaged: a record is none");
	rest = span_skip(record, at + 1);
	while (rest.len > 1 && strchr(" \t\r", rest.at[0]) != NULL)
		rest = span_skip(rest, 1);
	return rest;
}

struct span
spool_rest(struct buf *head, struct span record)
{
	struct span rest;

	if (mark_rx(record, &rest).len > 0)
		return rest;
	/* It brought none: its members follow ours. */
	rest = members_of(record);
	if (rest.at[0] != '}')
		buf_addc(head, ',');
	return rest;
}
