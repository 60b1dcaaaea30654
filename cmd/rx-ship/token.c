#include "cmd/rx-ship/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/jwt.h"
#include "lib/newfile.h"
#include "lib/num.h"
#include "lib/record.h"
#include "lib/rtime.h"
#include "lib/secret.h"
#include "lib/stop.h"

#define MARGIN_MS 300000 /* before the end, or */
#define MARGIN_PART 5 /* a fifth of its life */
#define FLOOR_MS 30000
#define FLOOR_LEAST_MS 1000 /* whatever life an answer promises */
#define LOCKED_MS 30000 /* patience with another process that renews */
#define LOOK_MS 200 /* while another renews */
#define REAP_MS 20
#define STEP_MS 60000 /* a stepped clock is seen after this */

static int64_t
wall_ms(void)
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
	int64_t now_ms = wall_ms(), iat, exp;

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

static int
take(struct token *t, struct span text, int64_t expires_at_ms, const char **why)
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
		result = take(t, buf_span(&text), 0, why);
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

static void
unlock(struct token *t)
{
	if (t->lock >= 0)
		close(t->lock);
	t->lock = -1;
}

static void
end_renewal(struct token *t, int64_t now_ms)
{
	int64_t floor_ms = t->life_ms / MARGIN_PART;

	unlock(t);
	t->step = TOKEN_IDLE;
	t->wanted = t->failed = false;
	backoff_reset(&t->backoff);
	t->told[0] = '\0';
	if (floor_ms > FLOOR_MS || t->life_ms <= 0)
		floor_ms = FLOOR_MS;
	if (floor_ms < FLOOR_LEAST_MS)
		floor_ms = FLOOR_LEAST_MS;
	t->due_ms = now_ms + floor_ms;
}

static void
fail(struct token *t, int64_t now_ms, const char *why)
{
	unlock(t);
	t->step = TOKEN_IDLE;
	t->wanted = false;
	t->failed = true;
	t->failures++;
	t->due_ms = now_ms + backoff_next_ms(&t->backoff);
	if (strcmp(t->told, why) == 0)
		return;
	snprintf(t->told, sizeof(t->told), "%s", why);
	warn("unable to renew the token: %s; going on with the old one", why);
}

static void
store(struct token *t)
{
	struct buf text;

	if (t->source->file == NULL)
		return;
	buf_init(&text);
	buf_add(&text, buf_span(&t->value));
	buf_addc(&text, '\n');
	if (text.failed ||
	    newfile_replace(t->source->file, buf_span(&text), 0600) < 0)
		warn_sys(
		    "unable to store the new token in %s", t->source->file);
	else
		(void)token_look(t);
	secret_release(&text);
}

static void
renewed(struct token *t, int64_t now_ms)
{
	t->renewals++;
	store(t);
	if (t->expires_ms == 0)
		info("token renewed");
	else
		info("token renewed, good for %jd s",
		    (intmax_t)((t->expires_ms - wall_ms()) / 1000));
	end_renewal(t, now_ms);
}

/* {"token": "...", "expires_at": "..."} */
static int
read_answer(struct token *t, const char **why)
{
	struct rtime_found until = { .ns = 0 };
	struct record record;
	struct value v;
	int result = -1;

	record_init(&record);
	buf_reset(&t->again);
	if (record_parse(&record, buf_span(&t->call.answer)) < 0) {
		*why = "the answer is no JSON object";
	} else if (!record_get(&record, "token", &v) ||
	    v.type != VALUE_STRING || value_text(&v, &t->again) < 0) {
		*why = "the answer names no token";
	} else {
		if (record_get(&record, "expires_at", &v) &&
		    v.type == VALUE_STRING)
			(void)rtime_parse(v.text, &until);
		result = take(
		    t, buf_span(&t->again), until.ns / (int64_t)NUM_MS, why);
	}
	secret_release(&t->again);
	secret_release(&t->call.answer);
	record_release(&record);
	return result;
}

static void run_command(struct token *, int64_t now_ms);

static void
end_refresh(struct token *t, int64_t now_ms)
{
	const char *why = t->call.why;
	char status[64];

	t->step = TOKEN_IDLE;
	if (t->call.end == WEB_ANSWERED && t->call.status / 100 == 2) {
		if (read_answer(t, &why) == 0) {
			renewed(t, now_ms);
			return;
		}
	} else if (t->call.end == WEB_ANSWERED) {
		snprintf(status, sizeof(status), "the answer has status %u",
		    t->call.status);
		why = status;
	}
	/* A host that slept past the end cannot refresh any more. */
	if (t->source->command != NULL)
		run_command(t, now_ms);
	else
		fail(t, now_ms, why);
}

static void
refresh(struct token *t, int64_t now_ms)
{
	buf_reset(&t->headers);
	token_header(t, &t->headers);
	buf_adds(&t->headers, "Content-Type: application/json");
	buf_addc(&t->headers, '\0');
	t->call.url = t->source->refresh_url;
	t->call.headers = &t->headers;
	t->call.body = SPAN("{}");
	t->call.connect_ms = t->call.total_ms = t->timeout_ms;
	if (t->headers.failed || web_start(t->web, &t->call) < 0)
		fail(t, now_ms, "out of memory");
	else
		t->step = TOKEN_REFRESHING;
}

static void
end_command(struct token *t, int64_t now_ms)
{
	const char *why = t->command.why;
	char text[128];

	if (t->command.ok && take(t, buf_span(&t->command.out), 0, &why) == 0) {
		renewed(t, now_ms);
	} else {
		snprintf(text, sizeof(text), "the command %s", why);
		fail(t, now_ms, text);
	}
	secret_release(&t->command.out);
}

static void
run_command(struct token *t, int64_t now_ms)
{
	if (command_start(
		&t->command, t->source->command, now_ms + t->timeout_ms) < 0) {
		fail(t, now_ms, strerror(errno));
		return;
	}
	if (web_watch(t->web, t->command.fd) < 0) {
		fail(t, now_ms, strerror(errno));
		command_release(&t->command);
		return;
	}
	t->step = TOKEN_RUNNING;
}

/* 1: it is ours, 0: another process renews, -1: there is no lock to take. */
static int
try_lock(struct token *t)
{
	char path[4096];

	if (t->lock < 0) {
		snprintf(path, sizeof(path), "%s.lock", t->source->file);
		t->lock =
		    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (t->lock < 0)
			return -1;
	}
	return flock(t->lock, LOCK_EX | LOCK_NB) == 0;
}

static bool
can_renew(const struct token *t)
{
	return !t->source->no_refresh &&
	    (t->source->refresh_url != NULL || t->source->command != NULL);
}

static void
renew(struct token *t, int64_t now_ms)
{
	int locked = 1;

	if (token_look(t)) {
		end_renewal(t, now_ms);
		return;
	}
	if (!can_renew(t)) {
		fail(t, now_ms,
		    t->value.len == 0 ? "there is none"
				      : "nothing here renews it");
		return;
	}
	if (t->source->file != NULL)
		locked = try_lock(t);
	if (locked == 0 && now_ms < t->until_ms) {
		t->step = TOKEN_LOCKED;
		return;
	}
	/* Another may have renewed it while the lock was waited for. */
	if (locked == 1 && token_look(t))
		end_renewal(t, now_ms);
	else if (t->source->refresh_url != NULL && t->value.len > 0)
		refresh(t, now_ms);
	else if (t->source->command != NULL)
		run_command(t, now_ms);
	else
		fail(t, now_ms, "there is none to refresh");
}

/* When by the wall clock; INT64_MAX: its end is not known. */
static int64_t
renew_at_ms(const struct token *t)
{
	int64_t margin = t->life_ms / MARGIN_PART;

	if (!can_renew(t))
		return INT64_MAX;
	if (t->value.len == 0)
		return 0;
	if (t->expires_ms == 0)
		return INT64_MAX;
	return t->expires_ms - (margin < MARGIN_MS ? margin : MARGIN_MS);
}

void
token_poll(struct token *t, int64_t now_ms, int64_t *until_ms)
{
	int64_t due_ms = t->due_ms, left_ms;

	switch (t->step) {
	case TOKEN_REFRESHING: return;
	case TOKEN_LOCKED: due_ms = now_ms + LOOK_MS; break;
	case TOKEN_RUNNING:
		due_ms =
		    t->command.fd < 0 ? now_ms + REAP_MS : t->command.until_ms;
		break;
	case TOKEN_IDLE:
		if (renew_at_ms(t) == INT64_MAX)
			return;
		left_ms = renew_at_ms(t) - wall_ms();
		if (left_ms > STEP_MS)
			left_ms = STEP_MS;
		if (now_ms + left_ms > due_ms)
			due_ms = now_ms + left_ms;
		break;
	}
	if (due_ms < *until_ms)
		*until_ms = due_ms;
}

void
token_work(struct token *t, int64_t now_ms)
{
	switch (t->step) {
	case TOKEN_IDLE:
		if (t->wanted ||
		    (now_ms >= t->due_ms && wall_ms() >= renew_at_ms(t))) {
			t->until_ms = now_ms + LOCKED_MS;
			renew(t, now_ms);
		}
		break;
	case TOKEN_LOCKED: renew(t, now_ms); break;
	case TOKEN_REFRESHING:
		if (!t->call.busy)
			end_refresh(t, now_ms);
		break;
	case TOKEN_RUNNING: {
		int fd = t->command.fd;

		if (command_work(&t->command, now_ms)) {
			web_unwatch(t->web, fd);
			end_command(t, now_ms);
		} else if (t->command.fd < 0) {
			web_unwatch(t->web, fd);
		}
		break;
	}
	}
}

void
token_refused(struct token *t, int64_t now_ms)
{
	t->wanted = true;
	token_work(t, now_ms);
}

bool
token_refreshes(const struct token *t)
{
	return t->step == TOKEN_REFRESHING;
}

bool
token_busy(const struct token *t)
{
	return t->wanted || t->step != TOKEN_IDLE;
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

void
token_hide(const struct token *t, char *text, size_t len)
{
	size_t n = t->value.len;
	char *at = text;

	while (n > 0 && len >= n &&
	    (at = memmem(at, len - (size_t)(at - text), t->value.at, n)) !=
		NULL) {
		memset(at, '*', n);
		at += n;
	}
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
	    take(t, span_of(source->given), 0, why) < 0) {
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
	unlock(t);
	web_call_release(&t->call);
	command_release(&t->command);
	secret_release(&t->value);
	secret_release(&t->headers);
	secret_release(&t->again);
	free(t);
}
