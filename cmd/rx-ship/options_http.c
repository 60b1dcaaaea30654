/* SPDX-License-Identifier: MIT */
/*
 * The options that only targets of HTTP have.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-ship/endpoint.h"
#include "cmd/rx-ship/options_part.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/url.h"

int
options_word(const char *option, const char *text, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	cli_usage(&options_cli, "--%s %s is not known", option, text);
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
		cli_usage(&options_cli, "--header %s is not NAME: TEXT", text);
	if (s->n_headers == REQUEST_HEADERS - 1)
		cli_usage(
		    &options_cli, "more than %d headers", REQUEST_HEADERS - 1);
	s->headers[s->n_headers++] = text;
}

static void
read_pair(const char **list, size_t *n, const char *option, const char *text)
{
	if (*n == LOKI_LABELS)
		cli_usage(&options_cli, "more than %d times --%s", LOKI_LABELS,
		    option);
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

void
options_http(struct http_settings *s, int ch)
{
	static const char *const bodies[] = { "json", "ndjson", "array", NULL };
	static const char *const policies[] = { "reject", "drop", "clamp",
		NULL };

	switch (ch) {
	case OPT_BATCH:
		s->batch = num_opt_u64("--batch", optarg, 1, 100000);
		break;
	case OPT_BATCH_SIZE:
		s->batch_bytes =
		    num_opt_size("--batch-size", optarg, 1024, 4 << 20);
		break;
	case OPT_BODY:
		s->body =
		    (enum request_body)options_word("body", optarg, bodies);
		s->has_body = true;
		break;
	case OPT_CA: s->tls.ca = optarg; break;
	case OPT_CERT: s->tls.cert = optarg; break;
	case OPT_FUTURE:
		s->times.future =
		    (enum loki_policy)options_word("future", optarg, policies);
		break;
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
		s->times.old =
		    (enum loki_policy)options_word("old", optarg, policies);
		break;
	case OPT_PRESET:
		if (endpoint_of(optarg) == NULL)
			cli_usage(
			    &options_cli, "--preset %s is not known", optarg);
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
