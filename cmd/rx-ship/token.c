/* SPDX-License-Identifier: MIT */
/*
 * The token itself: where it comes from, until when it is good, how it travels.
 */
#include "cmd/rx-ship/token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cmd/rx-ship/token_part.h"
#include "lib/diag.h"
#include "lib/jwt.h"
#include "lib/num.h"
#include "lib/rtime.h"
#include "lib/secret.h"

int64_t
token_wall_ms(void)
{
	return rtime_now_ns() / (int64_t)NUM_MS;
}

/* "Bearer x" and "x" are one token; what no header can carry is none. */
static int
trim(struct span *s, const char **why)
{
	while (s->len > 0 && strchr(" \t\r\n", s->at[s->len - 1]) != NULL)
		s->len--;
	while (s->len > 0 && (*s->at == ' ' || *s->at == '\t'))
		*s = span_skip(*s, 1);
	if (s->len > 7 && strncasecmp(s->at, "bearer ", 7) == 0)
		*s = span_skip(*s, 7);
	while (s->len > 0 && *s->at == ' ')
		*s = span_skip(*s, 1);
	*why = s->len == 0 ? "holds no token" : "is longer than a token";
	if (s->len == 0 || s->len > JWT_MAX)
		return -1;
	for (size_t i = 0; i < s->len; i++)
		if (s->at[i] <= ' ' || s->at[i] > '~') {
			*why = "holds a character that no token has";
			return -1;
		}
	return 0;
}

/* Until when; expires_at (0: not said) comes before what the token says. */
static void
plan(struct token *t, int64_t expires_at_ms)
{
	int64_t now_ms = token_wall_ms(), iat, exp;

	t->expires_ms = t->life_ms = 0;
	if (expires_at_ms > now_ms) {
		t->expires_ms = expires_at_ms;
		t->life_ms = expires_at_ms - now_ms;
	} else if (jwt_life(buf_span(&t->value), &iat, &exp) == 0 &&
	    exp < INT64_MAX / (int64_t)NUM_S) { /* else: practically never */
		int64_t life_s = iat != 0 ? exp - iat : 0;
		/* One clock says it is from the future, or dead on arrival. */
		bool skewed =
		    life_s > 0 && (iat * 1000 > now_ms || exp * 1000 <= now_ms);

		t->expires_ms = skewed ? now_ms + life_s * 1000 : exp * 1000;
		t->life_ms = life_s > 0 ? life_s * 1000 : exp * 1000 - now_ms;
	}
}

int
token_take(
    struct token *t, struct span text, int64_t expires_at_ms, const char **why)
{
	if (trim(&text, why) < 0)
		return -1;
	if (span_eq(text, buf_span(&t->value))) {
		if (expires_at_ms != 0) /* the same lives longer now */
			plan(t, expires_at_ms);
		return 0;
	}
	secret_release(&t->value);
	buf_add(&t->value, text);
	if (t->value.failed) {
		*why = "out of memory";
		return -1;
	}
	t->version++;
	plan(t, expires_at_ms);
	return 0;
}

static int
read_file(struct token *t, const char **why)
{
	struct buf text;
	struct stat st;
	int result;

	/* The stamp first: what is written meanwhile is seen next time. */
	if (stat(t->source->file, &st) == 0) {
		t->stamp = st.st_mtim;
		t->inode = st.st_ino;
	}
	buf_init(&text);
	if ((result = secret_read(t->source->file, &text, why)) == 0)
		result = token_take(t, buf_span(&text), 0, why);
	secret_release(&text);
	return result;
}

bool
token_look(struct token *t)
{
	uintmax_t before = t->version;
	const char *why;
	struct stat st;

	if (t->source->file == NULL || stat(t->source->file, &st) < 0)
		return false;
	if (st.st_ino == t->inode &&
	    memcmp(&st.st_mtim, &t->stamp, sizeof(t->stamp)) == 0)
		return false;
	if (read_file(t, &why) < 0)
		warn("token file %s %s; going on with the old token",
		    t->source->file, why);
	else if (t->version != before)
		info("token read again from %s", t->source->file);
	return t->version != before;
}

void
token_header(const struct token *t, struct buf *headers)
{
	if (t->value.len == 0)
		return;
	buf_adds(headers, "Authorization: Bearer ");
	buf_add(headers, buf_span(&t->value));
	buf_addc(headers, '\0');
}

struct token *
token_open(const struct token_source *source, struct web *web,
    const struct backoff *backoff, int64_t timeout_ms, const char **why)
{
	struct token *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		*why = strerror(errno);
		return NULL;
	}
	t->source = source;
	t->web = web;
	t->backoff = *backoff;
	t->early = backoff_part(&t->backoff);
	t->timeout_ms = timeout_ms;
	t->lock = -1;
	buf_init(&t->value);
	buf_init(&t->headers);
	buf_init(&t->again);
	command_init(&t->command);
	if (web_call_init(&t->call) < 0) {
		*why = strerror(errno);
		token_free(t);
		return NULL;
	}
	if (source->given != NULL &&
	    token_take(t, span_of(source->given), 0, why) < 0) {
		token_free(t);
		return NULL;
	}
	/* With another source, the file may come into being by it. */
	if (source->file != NULL && read_file(t, why) < 0 &&
	    (errno != ENOENT || source->command == NULL)) {
		token_free(t);
		return NULL;
	}
	return t;
}

void
token_free(struct token *t)
{
	if (t == NULL)
		return;
	token_unlock(t);
	web_call_release(&t->call);
	command_release(&t->command);
	secret_release(&t->value);
	secret_release(&t->headers);
	secret_release(&t->again);
	free(t);
}
