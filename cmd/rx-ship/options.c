/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-ship/options_part.h"
#include "cmd/rx-ship/reconfig.h"
#include "lib/cli_config.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/settle.h"

static const struct cli_option options[] = {
	{ OPT_ACK, "ack", "DB", "settle in this spool, say nothing" },
	{ OPT_ANSWER_TIMEOUT, "answer-timeout", "DURATION",
	    "http: a whole request, 10ms to 1h [30s]" },
	{ OPT_BACKOFF, "backoff", "STEPS",
	    "waits between two tries [1s..60s]" },
	{ OPT_BATCH, "batch", "N", "records a request [500, Loki 1000]" },
	{ OPT_BATCH_SIZE, "batch-size", "SIZE",
	    "bytes of records a request, 1k to 4M [1M]" },
	{ OPT_BODY, "body", "FORM",
	    "http: json (one record), ndjson or array [json]" },
	{ OPT_CA, "ca", "FILE", "authorities to trust, PEM [the system's]" },
	{ OPT_CERT, "cert", "FILE", "our own certificate, PEM" },
	{ OPT_CHECK, "check", NULL, "see whether it would start, and end" },
	{ 'c', "config", "FILE", "options, under \"rx-ship\"" },
	{ OPT_CONNECTIONS, "connections", "N",
	    "amqp: so many at a time, 1 to 16 [1]" },
	{ OPT_EXCHANGE, "exchange", "NAME",
	    "amqp: publish there [to the queue]" },
	{ OPT_FUTURE, "future", "HOW",
	    "Loki: what is too new: reject, drop, clamp [reject]" },
	{ OPT_GZIP, "gzip", NULL, "compress requests, or closed segments" },
	{ OPT_HEADER, "header", "HEADER", "http: one more, NAME: TEXT" },
	{ OPT_HEARTBEAT, "heartbeat", "DURATION",
	    "amqp: signs of life, 1s to 1h [10s]" },
	{ OPT_KEY, "key", "FILE", "the key of --cert, PEM" },
	{ OPT_LABEL, "label", "NAME=TEXT",
	    "Loki: [job=rx host={node_id} label={label}]" },
	{ OPT_LINGER, "linger", "DURATION",
	    "wait for a fuller batch, to 1m [0, Loki 1s]" },
	{ OPT_MAX_ATTEMPTS, "max-attempts", "N",
	    "--ack: refusals until a record is dead, 0: never [10]" },
	{ OPT_MAX_FUTURE, "max-future", "DURATION",
	    "--future clamp: so far ahead, to 1d [5m]" },
	{ OPT_METADATA, "metadata", "NAME=TEXT", "Loki: structured metadata" },
	{ OPT_NET, "net", NULL, "--check: ask the targets, too" },
	{ OPT_NO_REFRESH, "no-refresh", NULL, "renew no token" },
	{ OPT_OLD, "old", "HOW",
	    "Loki: what is too old: reject, drop, clamp [reject]" },
	{ OPT_ONCE, "once", NULL, "do not try again, end" },
	{ OPT_PRESET, "preset", "NAME",
	    "http: telemetry, heartbeat, ticket and others" },
	{ OPT_REDIRECTS, "redirects", "N", "http: follow so many [0]" },
	{ OPT_REFRESH_URL, "refresh-url", "URL", "renews the token" },
	{ OPT_ROTATE_EVERY, "rotate-every", "DURATION",
	    "file: a segment for each, 1s to 366d" },
	{ OPT_ROTATE_SIZE, "rotate-size", "SIZE",
	    "file: bytes of a segment, from 4k" },
	{ OPT_ROUTING_KEY, "routing-key", "TEXT",
	    "amqp: with --exchange; {member} is filled in" },
	{ OPT_STATS, "stats", "FILE", "own counters, as Prometheus text" },
	{ OPT_SYNC, "sync", "MODE", "file: batch, each or interval [batch]" },
	{ OPT_TENANT, "tenant", "NAME", "Loki: X-Scope-OrgID" },
	{ OPT_TIMEOUT, "timeout", "DURATION",
	    "to connect and log in, 10ms to 1h [10s]" },
	{ OPT_TOKEN, "telemetry-jwt-token", "TOKEN",
	    "a bearer token; others can read it" },
	{ OPT_TOKEN_CMD, "token-cmd", "COMMAND", "prints a bearer token" },
	{ OPT_TOKEN_FILE, "token-file", "FILE", "holds a bearer token" },
	{ OPT_URL_FILE, "url-file", "FILE", "read the URL from FILE" },
	{ OPT_WINDOW, "window", "N", "records held at most [5000]" },
	{ OPT_WINDOW_SIZE, "window-size", "SIZE",
	    "bytes held at most, about [16M]" },
	{ 0, NULL, NULL, NULL },
};

struct cli options_cli = {
	.name = "rx-ship",
	.synopsis = "[-c FILE] [--ack DB] [--batch N] [--ca FILE] [--check] "
		    "[--gzip] [--net] [--once] [--preset NAME] "
		    "[--token-file FILE] [--url-file FILE] [option ...] "
		    "[URL ...]",
	.about = "Deliver records, and account for each.",
	.options = options,
	.examples = "  rx-ship --url-file /etc/rx/url <records\n"
		    "  rx-spool emit q.db | rx-ship --ack q.db "
		    "amqp://localhost/queue\n"
		    "  rx-ship --preset telemetry --token-file token "
		    "https://backend:5001 <records\n"
		    "  rx-ship --gzip loki+http://localhost:3100 <records\n"
		    "  rx-ship file:/var/log/records.ndjson <records\n",
};

static void
read_backoff(struct choice *c, const char *text)
{
	const char *why;

	if (backoff_parse(&c->settings.backoff, span_of(text),
		backoff_seed("rx-ship"), &why) < 0)
		cli_usage(&options_cli, "--backoff %s %s", text, why);
}

const struct options_time options_times[OPTIONS_TIMES] = {
	{ OPT_ANSWER_TIMEOUT, "--answer-timeout", 10 * NUM_MS, 3600 * NUM_S,
	    NUM_MS, offsetof(struct settings, http.answer_ms) },
	{ OPT_HEARTBEAT, "--heartbeat", NUM_S, 3600 * NUM_S, NUM_S,
	    offsetof(struct settings, heartbeat_s) },
	{ OPT_LINGER, "--linger", 0, 60 * NUM_S, NUM_MS,
	    offsetof(struct settings, linger_ms) },
	{ OPT_MAX_FUTURE, "--max-future", 0, 24 * 3600 * NUM_S, 1,
	    offsetof(struct settings, http.times.max_future_ns) },
	{ OPT_TIMEOUT, "--timeout", 10 * NUM_MS, 3600 * NUM_S, NUM_MS,
	    offsetof(struct settings, timeout_ms) },
};

static bool
read_time(struct settings *s, int ch)
{
	const struct options_time *t = options_times;

	while (t < options_times + OPTIONS_TIMES && t->ch != ch)
		t++;
	if (t == options_times + OPTIONS_TIMES)
		return false;
	*options_time_of(t, s) =
	    num_opt_duration(t->name, optarg, t->min, t->max) / t->unit;
	return true;
}

static void
read_sync(struct file_settings *f, const char *text)
{
	static const char *const syncs[] = { "batch", "each", "interval",
		NULL };

	f->interval_ms = 1000;
	if (text[0] >= '0' && text[0] <= '9') {
		f->sync = FILE_SYNC_INTERVAL;
		f->interval_ms =
		    num_opt_duration("--sync", text, NUM_MS, 60 * NUM_S) /
		    NUM_MS;
	} else {
		f->sync = (enum file_sync)options_word("sync", text, syncs);
	}
}

static void
check_together(const struct choice *c)
{
	const struct token_source *t = &c->settings.http.token;

	if (c->net && !c->check)
		cli_usage(&options_cli, "--net goes with --check");
	if (t->given != NULL && t->file != NULL)
		cli_usage(
		    &options_cli, "one token: an argument or --token-file");
	if (t->refresh_url != NULL && t->file == NULL && t->command == NULL &&
	    t->given == NULL)
		cli_usage(
		    &options_cli, "--refresh-url needs a token to begin with");
	if (c->settings.amqp.routing_key != NULL &&
	    c->settings.amqp.exchange == NULL)
		cli_usage(&options_cli, "--routing-key needs --exchange");
	if ((c->settings.http.tls.cert == NULL) !=
	    (c->settings.http.tls.key == NULL))
		cli_usage(&options_cli, "--cert and --key belong together");
}

void
options_read(struct choice *c, int *n_args, char **args[], const char *versions)
{
	struct settings *s = &c->settings;
	const struct cli_config *config;
	int ch;

	options_cli.versions = versions;
	config = cli_config(&options_cli, 'c', n_args, args);
	reconfig_start(config);
	while ((ch = cli_next(&options_cli, *n_args, *args)) != -1) {
		if (config != NULL && (size_t)optind > config->n + 1)
			reconfig_keep(ch);
		switch (ch) {
		case OPT_ACK: c->ack = optarg; break;
		case OPT_BACKOFF: read_backoff(c, optarg); break;
		case OPT_CHECK: c->check = true; break;
		case OPT_NET: c->net = true; break;
		case OPT_CONNECTIONS:
			s->amqp.connections = (unsigned)num_opt_u64(
			    "--connections", optarg, 1, 16);
			break;
		case 'c': break; /* read before all others */
		case OPT_GZIP: s->gzip = true; break;
		case OPT_EXCHANGE: s->amqp.exchange = optarg; break;
		case OPT_ROUTING_KEY: s->amqp.routing_key = optarg; break;
		case OPT_MAX_ATTEMPTS:
			c->max_attempts =
			    num_opt_u64("--max-attempts", optarg, 0, 1000000);
			break;
		case OPT_ONCE: s->once = true; break;
		case OPT_STATS: c->stats = optarg; break;
		case OPT_ROTATE_EVERY:
			s->file.period_ns = num_opt_duration("--rotate-every",
			    optarg, NUM_S, 366 * 24 * 3600 * NUM_S);
			break;
		case OPT_ROTATE_SIZE:
			s->file.max_bytes = num_opt_size(
			    "--rotate-size", optarg, 4096, (uint64_t)1 << 50);
			break;
		case OPT_SYNC: read_sync(&s->file, optarg); break;
		case OPT_URL_FILE: c->url_file = optarg; break;
		case OPT_WINDOW:
			s->window = num_opt_u64("--window", optarg, 1, 1000000);
			break;
		case OPT_WINDOW_SIZE:
			s->window_bytes = num_opt_size(
			    "--window-size", optarg, 1024, (uint64_t)1 << 32);
			break;
		default:
			if (!read_time(s, ch))
				options_http(&s->http, ch);
			break;
		}
	}
	check_together(c);
}

void
options_release(struct choice *c)
{
	char *token = c->settings.http.token.given;

	if (token != NULL)
		explicit_bzero(token, strlen(token));
	free(token);
}

void
options_usage(const char *why)
{
	cli_usage(&options_cli, "%s", why);
}
