/* SPDX-License-Identifier: MIT */
/*
 * The renewal of a token, in steps: a lock, a request or a command, the answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cmd/rx-ship/token_part.h"
#include "lib/diag.h"
#include "lib/newfile.h"
#include "lib/num.h"
#include "lib/record.h"
#include "lib/rtime.h"
#include "lib/secret.h"

#define MARGIN_MS 300000 /* before the end, or */
#define MARGIN_PART 5 /* a fifth of its life */
#define EARLY 0.2 /* of that at most, besides: not all at once */
#define FLOOR_MS 30000
#define FLOOR_LEAST_MS 1000 /* whatever life an answer promises */
#define LOCKED_MS 30000 /* patience with another process that renews */
#define LOOK_MS 200 /* while another renews */
#define REAP_MS 20
#define STEP_MS 60000 /* a stepped clock is seen after this */

void
token_unlock(struct token *t)
{
	if (t->lock >= 0)
		close(t->lock);
	t->lock = -1;
}

static void
end_renewal(struct token *t, int64_t now_ms)
{
	int64_t floor_ms = t->life_ms / MARGIN_PART;

	token_unlock(t);
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
	token_unlock(t);
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
		    (intmax_t)((t->expires_ms - token_wall_ms()) / 1000));
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
		result = token_take(
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
	static const struct span nothing = { "{}", 2 };

	buf_reset(&t->headers);
	token_header(t, &t->headers);
	buf_adds(&t->headers, "Content-Type: application/json");
	buf_addc(&t->headers, '\0');
	t->call.url = t->source->refresh_url;
	t->call.headers = &t->headers;
	t->call.body = &nothing;
	t->call.n_body = 1;
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

	if (t->command.ok &&
	    token_take(t, buf_span(&t->command.out), 0, &why) == 0) {
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
	if (margin > MARGIN_MS)
		margin = MARGIN_MS;
	return t->expires_ms - margin -
	    (int64_t)(t->early * EARLY * (double)margin);
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
		left_ms = renew_at_ms(t) - token_wall_ms();
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
		    (now_ms >= t->due_ms &&
			token_wall_ms() >= renew_at_ms(t))) {
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

void
token_leave(struct token *t)
{
	if (t->step == TOKEN_RUNNING) {
		web_unwatch(t->web, t->command.fd);
		command_release(&t->command);
	}
	token_unlock(t);
	t->step = TOKEN_IDLE;
	t->wanted = false;
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
