/* SPDX-License-Identifier: MIT */
/*
 * rx-ship -- deliver records to a message broker or a file, and account for
 * each.  What is accounted for, and how: PROTOCOL.md 11 and window.h.
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/rx-ship/ack.h"
#include "cmd/rx-ship/counters.h"
#include "cmd/rx-ship/failover.h"
#include "cmd/rx-ship/loop.h"
#include "cmd/rx-ship/options.h"
#include "cmd/rx-ship/outcome.h"
#include "cmd/rx-ship/reconfig.h"
#include "cmd/rx-ship/target.h"
#include "cmd/rx-ship/window.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/secret.h"
#include "lib/stats.h"
#include "lib/stop.h"

static char versions[192];

static struct target *
from_file(const char *path, const struct settings *settings, const char **why)
{
	struct target *target;
	struct buf url;

	buf_init(&url);
	if (secret_read(path, &url, why) < 0) {
		if (errno != 0)
			die_sys(errno == EACCES ? EX_NOPERM : EX_CONFIG,
			    "--url-file %s %s", path, *why);
		die(EX_NOPERM, "--url-file %s %s", path, *why);
	}
	target = target_open(url.at, false, settings, why);
	secret_release(&url);
	return target;
}

/* The arguments, in order of preference. */
static struct target *
from_arguments(
    char **urls, size_t n, const struct settings *settings, const char **why)
{
	struct target *targets[FAILOVER_MAX], *all;

	if (n > FAILOVER_MAX)
		options_usage("more than 8 URLs");
	for (size_t i = 0; i < n; i++) {
		targets[i] = target_open(urls[i], true, settings, why);
		if (targets[i] == NULL)
			return NULL;
	}
	if (n == 1)
		return targets[0];
	if ((all = failover_new(targets, n, settings)) == NULL)
		die_sys(EX_TEMPFAIL, "unable to hold %zu targets", n);
	return all;
}

/* Arguments, --url-file, RX_URL, in this order. */
static struct target *
open_target(const struct choice *c, char **urls, size_t n)
{
	struct target *target;
	const char *why;
	char *from_env;

	if (n > 0 && c->url_file != NULL)
		options_usage("URLs are arguments, or one in --url-file");
	if (n > 0) {
		target = from_arguments(urls, n, &c->settings, &why);
	} else if (c->url_file != NULL) {
		target = from_file(c->url_file, &c->settings, &why);
	} else if ((from_env = getenv("RX_URL")) != NULL) {
		target = target_open(from_env, false, &c->settings, &why);
		/* Nor shall /proc tell it. */
		explicit_bzero(from_env, strlen(from_env));
	} else {
		options_usage("no URL");
	}
	if (target == NULL) {
		die_of_memory();
		die(EX_CONFIG, "the URL %s", why);
	}
	return target;
}

/* A new file takes the place of path: its directory must let it. */
static int
can_replace(const char *path)
{
	char *copy = strdup(path);
	int result = copy == NULL ? -1 : access(dirname(copy), W_OK | X_OK);

	free(copy);
	return result;
}

static int
check(const struct choice *c, struct target *target)
{
	char why[STORE_WHY];
	int status = c->ack == NULL ? 0 : ack_check(c->ack, why);

	if (status != 0)
		die(status < 0 ? EX_TEMPFAIL : status, "%s", why);
	if (c->stats != NULL && can_replace(c->stats) < 0)
		die_sys(EX_IOERR, "unable to write %s", c->stats);
	if (target->ops->check != NULL &&
	    (status = target->ops->check(target, why, sizeof(why))) != 0)
		die(status, "%s", why);
	info("%s: %s", target->name, target->about);
	if (!c->net || target->ops->probe == NULL)
		return EX_OK;
	stop_ignore_pipe();
	return target->ops->probe(target);
}

static void
allow_directory(const char *path, const char *permissions)
{
	char *copy;

	if (path == NULL)
		return;
	if ((copy = strdup(path)) == NULL ||
	    confine_allow(dirname(copy), permissions) < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
	free(copy);
}

/* From here on: what the target needs, and the directory of the spool. */
static void
give_up_the_rest(const struct choice *c, const struct target *target)
{
	char promises[160];

	snprintf(promises, sizeof(promises), "%s%s%s%s", target->promises,
	    c->ack == NULL ? "" : " rpath wpath cpath flock",
	    c->stats == NULL ? "" : " wpath cpath",
	    reconfig_path() == NULL ? "" : " rpath");
	if (target->named) {
		allow_directory(c->ack, "rwc");
		allow_directory(c->stats, "rwc");
		allow_directory(reconfig_path(), "r");
	}
	if (confine(promises) < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
}

int
main(int argc, char *argv[])
{
	struct choice c = { .settings = {
				.timeout_ms = 10000,
				.heartbeat_s = 10,
				.window = 5000,
				.window_bytes = 16 << 20,
				.linger_ms = -1,
				.http = { .batch_bytes = 1 << 20,
				    .answer_ms = 30000,
				    .times = { .max_future_ns = 300 * NUM_S } },
			    },
		.max_attempts = SETTLE_ATTEMPTS };
	struct outcome outcome;
	struct window window;
	struct target *target;
	struct ack ack;
	int stop_fd, status;

	diag_init("rx-ship");
	umask(0077);
	snprintf(versions, sizeof(versions), "librabbitmq %s\n%s\n%s",
	    target_versions(), web_version(), store_versions());
	backoff_init(&c.settings.backoff, 1000, 60000, backoff_seed("rx-ship"));
	options_read(&c, &argc, &argv, versions);
	target = open_target(&c, argv + optind, (size_t)(argc - optind));
	if (c.check) {
		status = check(&c, target);
		target->ops->free(target);
		options_release(&c);
		return status;
	}

	outcome_init(&outcome, STDOUT_FILENO);
	if (window_init(&window, c.settings.window, c.settings.window_bytes,
		&c.settings.backoff, &outcome) < 0)
		die_sys(EX_TEMPFAIL, "unable to hold records");
	target->window = &window;
	stop_ignore_pipe();
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	if (c.ack != NULL)
		ack_open(&ack, c.ack, c.max_attempts);
	if (c.stats != NULL)
		stats_to(c.stats, counters_render, target);
	give_up_the_rest(&c, target);

	status = loop_run(
	    target, &c.settings, &window, c.ack == NULL ? NULL : &ack, stop_fd);
	stats_end();
	if (c.ack != NULL)
		ack_close(&ack);
	target->ops->free(target);
	window_release(&window);
	outcome_release(&outcome);
	options_release(&c);
	return status;
}
