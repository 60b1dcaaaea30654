#include "cmd/rx-ship/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-ship/endpoint.h"
#include "lib/cli_config.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/settle.h"
#include "lib/url.h"

enum {
	OPT_ACK = CLI_LONG,
	OPT_BACKOFF,
	OPT_BATCH,
	OPT_BATCH_SIZE,
	OPT_BODY,
	OPT_CA,
	OPT_CERT,
	OPT_CHECK,
	OPT_CONNECTIONS,
	OPT_EXCHANGE,
	OPT_GZIP,
	OPT_HEADER,
	OPT_HEARTBEAT,
	OPT_KEY,
	OPT_LABEL,
	OPT_LINGER,
	OPT_MAX_ATTEMPTS,
	OPT_METADATA,
	OPT_NO_REFRESH,
	OPT_OLD,
	OPT_ONCE,
	OPT_PRESET,
	OPT_REDIRECTS,
	OPT_REFRESH_URL,
	OPT_ROTATE_EVERY,
	OPT_ROTATE_SIZE,
	OPT_ROUTING_KEY,
	OPT_STATS,
	OPT_SYNC,
	OPT_TENANT,
	OPT_TIMEOUT,
	OPT_ANSWER_TIMEOUT,
	OPT_TOKEN,
	OPT_TOKEN_CMD,
	OPT_TOKEN_FILE,
	OPT_URL_FILE,
	OPT_WINDOW,
	OPT_WINDOW_SIZE
};

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
	{ OPT_METADATA, "metadata", "NAME=TEXT", "Loki: structured metadata" },
	{ OPT_NO_REFRESH, "no-refresh", NULL, "renew no token" },
	{ OPT_OLD, "old", "HOW",
	    "Loki: what is too old: reject, drop, clamp [reject]" },
	{ OPT_ONCE, "once", NULL, "do not try again, end" },
	{ OPT_PRESET, "preset", "NAME",
	    "http: telemetry heartbeat ticket system-info webhook" },
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

static struct cli cli = {
	.name = "rx-ship",
	.synopsis =
	    "[-hqVv] [-c FILE] [--ack DB] [--answer-timeout DURATION] "
	    "[--backoff STEPS] [--batch N] [--batch-size SIZE] "
	    "[--body FORM] [--ca FILE] [--cert FILE] [--check] [--connections "
	    "N] "
	    "[--drain DURATION] [--exchange NAME] [--gzip] [--header HEADER] "
	    "[--heartbeat DURATION] [--key FILE] [--label NAME=TEXT] "
	    "[--linger DURATION] [--log-format FORMAT] "
	    "[--max-attempts N] [--metadata NAME=TEXT] [--no-refresh] "
	    "[--old HOW] [--once] [--preset NAME] [--redirects N] "
	    "[--refresh-url URL] [--rotate-every DURATION] [--rotate-size "
	    "SIZE] [--routing-key TEXT] [--stats FILE] [--sync "
	    "MODE] "
	    "[--telemetry-jwt-token TOKEN] [--tenant NAME] "
	    "[--timeout DURATION] [--token-cmd COMMAND] "
	    "[--token-file FILE] [--url-file FILE] [--window N] "
	    "[--window-size SIZE] [URL ...]",
	.about = "Deliver records, and account for each.",
	.options = options,
	.examples = "examples:\n"
		    "  rx-ship --url-file /etc/rx/url <records\n"
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
		cli_usage(&cli, "--backoff %s %s", text, why);
}

static int
read_word(const char *option, const char *text, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	cli_usage(&cli, "--%s %s is not known", option, text);
}

static void
read_header(struct http_settings *s, const char *text)
{
	size_t name = strcspn(text, ":");

	/* tchar of RFC 9110 section 5.6.2 */
	if (name == 0 || text[name] == '\0' ||
	    strspn(text,
		"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ") != name)
		cli_usage(&cli, "--header %s is not NAME: TEXT", text);
	if (s->n_headers == REQUEST_HEADERS - 1)
		cli_usage(&cli, "more than %d headers", REQUEST_HEADERS - 1);
	s->headers[s->n_headers++] = text;
}

static void
read_pair(const char **list, size_t *n, const char *option, const char *text)
{
	if (*n == LOKI_LABELS)
		cli_usage(&cli, "more than %d times --%s", LOKI_LABELS, option);
	list[(*n)++] = text;
}

/* A token in argv can be read by others until it is blanked. */
static void
read_token(struct http_settings *s, char *text)
{
	free(s->token.given);
	if ((s->token.given = strdup(text)) == NULL)
		die_sys(EX_TEMPFAIL, "unable to keep the token");
	explicit_bzero(text, strlen(text));
	warn("a token on the command line can be read by others;"
	     " use --token-file");
}

/* It gets the token, and nothing else that could be a secret. */
static void
read_refresh_url(struct http_settings *s, char *text)
{
	struct url url;
	const char *why;

	if (url_parse(&url, text, &why) < 0)
		die(EX_CONFIG, "--refresh-url %s", why);
	if (url.user != NULL) {
		url_blank(&url, text);
		die(EX_CONFIG,
		    "--refresh-url has a user: a token is all it"
		    " gets");
	}
	if (strcmp(url.scheme, "http") != 0 && strcmp(url.scheme, "https") != 0)
		die(EX_CONFIG, "--refresh-url is neither http:// nor https://");
	url_release(&url);
	s->token.refresh_url = text;
}

static void
read_http(struct http_settings *s, int ch)
{
	static const char *const bodies[] = { "json", "ndjson", "array", NULL };
	static const char *const olds[] = { "reject", "drop", "clamp", NULL };

	switch (ch) {
	case OPT_ANSWER_TIMEOUT:
		s->answer_ms = num_opt_duration("--answer-timeout", optarg,
				   10 * NUM_MS, 3600 * NUM_S) /
		    NUM_MS;
		break;
	case OPT_BATCH:
		s->batch = num_opt_u64("--batch", optarg, 1, 100000);
		break;
	case OPT_BATCH_SIZE:
		s->batch_bytes =
		    num_opt_size("--batch-size", optarg, 1024, 4 << 20);
		break;
	case OPT_BODY:
		s->body = (enum request_body)read_word("body", optarg, bodies);
		s->has_body = true;
		break;
	case OPT_CA: s->tls.ca = optarg; break;
	case OPT_CERT: s->tls.cert = optarg; break;
	case OPT_HEADER: read_header(s, optarg); break;
	case OPT_KEY: s->tls.key = optarg; break;
	case OPT_LABEL:
		read_pair(s->labels, &s->n_labels, "label", optarg);
		break;
	case OPT_METADATA:
		read_pair(s->metadata, &s->n_metadata, "metadata", optarg);
		break;
	case OPT_NO_REFRESH: s->token.no_refresh = true; break;
	case OPT_OLD:
		s->old = (enum loki_old)read_word("old", optarg, olds);
		break;
	case OPT_PRESET:
		if (endpoint_of(optarg) == NULL)
			cli_usage(&cli, "--preset %s is not known", optarg);
		s->preset = optarg;
		break;
	case OPT_REDIRECTS:
		s->redirects =
		    (unsigned)num_opt_u64("--redirects", optarg, 0, 10);
		break;
	case OPT_REFRESH_URL: read_refresh_url(s, optarg); break;
	case OPT_TENANT: s->tenant = optarg; break;
	case OPT_TOKEN: read_token(s, optarg); break;
	case OPT_TOKEN_CMD: s->token.command = optarg; break;
	case OPT_TOKEN_FILE: s->token.file = optarg; break;
	}
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
		f->sync = (enum file_sync)read_word("sync", text, syncs);
	}
}

static void
check_together(const struct choice *c)
{
	const struct token_source *t = &c->settings.http.token;

	if (t->given != NULL && t->file != NULL)
		cli_usage(&cli, "one token: an argument or --token-file");
	if (t->refresh_url != NULL && t->file == NULL && t->command == NULL &&
	    t->given == NULL)
		cli_usage(&cli, "--refresh-url needs a token to begin with");
	if (c->settings.amqp.routing_key != NULL &&
	    c->settings.amqp.exchange == NULL)
		cli_usage(&cli, "--routing-key needs --exchange");
	if ((c->settings.http.tls.cert == NULL) !=
	    (c->settings.http.tls.key == NULL))
		cli_usage(&cli, "--cert and --key belong together");
}

void
options_read(struct choice *c, int *n_args, char **args[], const char *versions)
{
	struct settings *s = &c->settings;
	int ch;

	cli.versions = versions;
	cli_config(&cli, 'c', n_args, args);
	while ((ch = cli_next(&cli, *n_args, *args)) != -1)
		switch (ch) {
		case OPT_ACK: c->ack = optarg; break;
		case OPT_BACKOFF: read_backoff(c, optarg); break;
		case OPT_CHECK: c->check = true; break;
		case OPT_CONNECTIONS:
			s->amqp.connections = (unsigned)num_opt_u64(
			    "--connections", optarg, 1, 16);
			break;
		case 'c': break; /* read before all others */
		case OPT_GZIP: s->gzip = true; break;
		case OPT_EXCHANGE: s->amqp.exchange = optarg; break;
		case OPT_ROUTING_KEY: s->amqp.routing_key = optarg; break;
		case OPT_HEARTBEAT:
			s->heartbeat_s = num_opt_duration("--heartbeat", optarg,
					     NUM_S, 3600 * NUM_S) /
			    NUM_S;
			break;
		case OPT_LINGER:
			s->linger_ms = num_opt_duration(
					   "--linger", optarg, 0, 60 * NUM_S) /
			    NUM_MS;
			break;
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
		default: read_http(&s->http, ch); break;
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
	cli_usage(&cli, "%s", why);
}
