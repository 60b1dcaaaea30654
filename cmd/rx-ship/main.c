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
#include "cmd/rx-ship/loop.h"
#include "cmd/rx-ship/outcome.h"
#include "cmd/rx-ship/target.h"
#include "cmd/rx-ship/window.h"
#include "lib/cli.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/secret.h"
#include "lib/stop.h"

enum {
	OPT_ACK = CLI_LONG,
	OPT_BACKOFF,
	OPT_CHECK,
	OPT_HEARTBEAT,
	OPT_MAX_ATTEMPTS,
	OPT_ONCE,
	OPT_SYNC,
	OPT_TIMEOUT,
	OPT_URL_FILE,
	OPT_WINDOW,
	OPT_WINDOW_SIZE
};

static const struct cli_option options[] = {
	{ OPT_ACK, "ack", "DB", "settle in this spool, say nothing" },
	{ OPT_BACKOFF, "backoff", "STEPS",
	    "waits between two tries [1s..60s]" },
	{ OPT_CHECK, "check", NULL, "see whether it would start, and end" },
	{ OPT_HEARTBEAT, "heartbeat", "DURATION",
	    "signs of life, 1s to 1h [10s]" },
	{ OPT_MAX_ATTEMPTS, "max-attempts", "N",
	    "--ack: refusals until a record is dead, 0: never [10]" },
	{ OPT_ONCE, "once", NULL, "do not try again, end" },
	{ OPT_SYNC, "sync", "MODE", "file: batch or each [batch]" },
	{ OPT_TIMEOUT, "timeout", "DURATION",
	    "to connect and log in, 10ms to 1h [10s]" },
	{ OPT_URL_FILE, "url-file", "FILE", "read the URL from FILE" },
	{ OPT_WINDOW, "window", "N", "records held at most [5000]" },
	{ OPT_WINDOW_SIZE, "window-size", "SIZE",
	    "bytes held at most, about [16M]" },
	{ 0, NULL, NULL, NULL },
};

static char versions[128];

static const struct cli cli = {
	.name = "rx-ship",
	.synopsis = "[-hqVv] [--ack DB] [--backoff STEPS] [--check] "
		    "[--drain DURATION] [--heartbeat DURATION] "
		    "[--log-format FORMAT] [--max-attempts N] [--once] "
		    "[--sync MODE] [--timeout DURATION] [--url-file FILE] "
		    "[--window N] [--window-size SIZE] [URL]",
	.about = "Deliver records, and account for each.",
	.options = options,
	.examples = "examples:\n"
		    "  rx-ship --url-file /etc/rx/url <records\n"
		    "  rx-spool emit q.db | rx-ship amqp://localhost/queue | "
		    "rx-spool ack q.db\n"
		    "  rx-spool emit q.db | rx-ship --ack q.db "
		    "amqp://localhost/queue\n"
		    "  rx-ship file:/var/log/records.ndjson <records\n",
	.versions = versions,
};

struct choice {
	struct settings settings;
	const char *url_file;
	const char *ack; /* a spool; NULL: outcomes to standard output */
	uint64_t max_attempts;
	bool check;
};

static void
read_backoff(struct choice *c, const char *text)
{
	const char *why;

	if (backoff_parse(&c->settings.backoff, span_of(text),
		backoff_seed("rx-ship"), &why) < 0)
		cli_usage(&cli, "--backoff %s %s", text, why);
}

static void
read_options(struct choice *c, int argc, char *argv[])
{
	struct settings *s = &c->settings;
	int ch;

	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_ACK: c->ack = optarg; break;
		case OPT_BACKOFF: read_backoff(c, optarg); break;
		case OPT_CHECK: c->check = true; break;
		case OPT_HEARTBEAT:
			s->heartbeat_s = num_opt_duration("--heartbeat", optarg,
					     NUM_S, 3600 * NUM_S) /
			    NUM_S;
			break;
		case OPT_MAX_ATTEMPTS:
			c->max_attempts =
			    num_opt_u64("--max-attempts", optarg, 0, 1000000);
			break;
		case OPT_ONCE: s->once = true; break;
		case OPT_SYNC:
			s->sync_each = strcmp(optarg, "each") == 0;
			if (!s->sync_each && strcmp(optarg, "batch") != 0)
				cli_usage(
				    &cli, "--sync %s: batch or each", optarg);
			break;
		case OPT_TIMEOUT:
			s->timeout_ms = num_opt_duration("--timeout", optarg,
					    10 * NUM_MS, 3600 * NUM_S) /
			    NUM_MS;
			break;
		case OPT_URL_FILE: c->url_file = optarg; break;
		case OPT_WINDOW:
			s->window = num_opt_u64("--window", optarg, 1, 1000000);
			break;
		case OPT_WINDOW_SIZE:
			s->window_bytes = num_opt_size(
			    "--window-size", optarg, 1024, (uint64_t)1 << 32);
			break;
		}
}

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

/* An argument, --url-file, RX_URL, in this order. */
static struct target *
open_target(const struct choice *c, char *argument)
{
	struct target *target;
	const char *why;
	char *from_env;

	if (argument != NULL && c->url_file != NULL)
		cli_usage(&cli, "one URL: an argument or --url-file");
	if (argument != NULL) {
		target = target_open(argument, true, &c->settings, &why);
	} else if (c->url_file != NULL) {
		target = from_file(c->url_file, &c->settings, &why);
	} else if ((from_env = getenv("RX_URL")) != NULL) {
		target = target_open(from_env, false, &c->settings, &why);
		/* Nor shall /proc tell it. */
		explicit_bzero(from_env, strlen(from_env));
	} else {
		cli_usage(&cli, "no URL");
	}
	if (target == NULL)
		die(EX_CONFIG, "the URL %s", why);
	return target;
}

static int
check(const struct choice *c, const struct target *target)
{
	char why[STORE_WHY];
	int status = c->ack == NULL ? 0 : ack_check(c->ack, why);

	if (status != 0)
		die(status < 0 ? EX_TEMPFAIL : status, "%s", why);
	info("%s: %s", target->name, target->about);
	return EX_OK;
}

/* From here on: what the target needs, and the directory of the spool. */
static void
give_up_the_rest(const struct choice *c, const struct target *target)
{
	char promises[128];
	char *copy;

	snprintf(promises, sizeof(promises), "%s%s", target->promises,
	    c->ack == NULL ? "" : " rpath wpath cpath flock");
	if (c->ack != NULL && target->named) {
		if ((copy = strdup(c->ack)) == NULL ||
		    confine_allow(dirname(copy), "rwc") < 0)
			die_sys(EX_TEMPFAIL, "unable to give up privileges");
		free(copy);
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
			    },
		.max_attempts = SETTLE_ATTEMPTS };
	struct outcome outcome;
	struct window window;
	struct target *target;
	struct ack ack;
	int stop_fd, status;

	diag_init("rx-ship");
	umask(0077);
	snprintf(versions, sizeof(versions), "librabbitmq %s\n%s",
	    target_versions(), store_versions());
	backoff_init(&c.settings.backoff, 1000, 60000, backoff_seed("rx-ship"));
	read_options(&c, argc, argv);
	if (argc - optind > 1)
		cli_usage(&cli, "more than one URL");
	target = open_target(&c, argv[optind]);
	if (c.check) {
		status = check(&c, target);
		target->ops->free(target);
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
	give_up_the_rest(&c, target);

	status =
	    loop_run(target, &window, c.ack == NULL ? NULL : &ack, stop_fd);
	if (c.ack != NULL)
		ack_close(&ack);
	target->ops->free(target);
	window_release(&window);
	outcome_release(&outcome);
	return status;
}
