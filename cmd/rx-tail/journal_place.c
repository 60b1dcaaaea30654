/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/journal_place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-tail/journal.h"
#include "cmd/rx-tail/journal_lib.h"
#include "lib/diag.h"

#ifdef HAVE_LIBSYSTEMD

static struct sequence *sequences;
static size_t n_sequences;

/* "s=ID;i=NUMBER;…": where the current entry is. */
static bool
cursor_parse(const char *cursor, char id[40], uint64_t *number)
{
	const char *i = strstr(cursor, ";i=");
	size_t len = i == NULL ? 0 : (size_t)(i - cursor) - 2;

	if (i == NULL || strncmp(cursor, "s=", 2) != 0 || len >= 40 ||
	    strlen(cursor) >= JOURNAL_CURSOR)
		return false;
	memcpy(id, cursor + 2, len);
	id[len] = '\0';
	errno = 0;
	*number = strtoull(i + 3, NULL, 16);
	return errno == 0 && *number < MARK_OFFSET_MAX - 1;
}

static struct sequence *
sequence_of(const struct tail *t, const char *id)
{
	const struct span parts[] = { SPAN("rx1"), span_of(t->node_id),
		SPAN("journal"), span_of(id) };
	struct sequence *s;

	for (size_t i = 0; i < n_sequences; i++)
		if (strcmp(sequences[i].id, id) == 0)
			return &sequences[i];
	s = realloc(sequences, (n_sequences + 1) * sizeof(*s));
	if (s == NULL)
		die(EX_TEMPFAIL, "out of memory");
	sequences = s;
	s = &sequences[n_sequences++];
	*s = (struct sequence){ .o = 0 };
	snprintf(s->id, sizeof(s->id), "%s", id);
	digest_b32(parts, sizeof(parts) / sizeof(*parts), s->src);
	return s;
}

bool
journal_resume(struct tail *t, const struct entry *e)
{
	char cursor[JOURNAL_CURSOR], id[40];
	struct sequence *s;
	uint64_t number;

	if (!t->journal || *e->head != '\0' || e->path.len >= sizeof(cursor))
		return false;
	memcpy(cursor, e->path.at, e->path.len);
	cursor[e->path.len] = '\0';
	if (!cursor_parse(cursor, id, &number))
		return false;
	if (e->x)
		return true; /* it was told as lost */
	s = sequence_of(t, id);
	s->o = e->o;
	memcpy(s->cursor, cursor, sizeof(s->cursor));
	return true;
}

struct sequence *
place_here(struct tail *t, char cursor[JOURNAL_CURSOR], uint64_t *number)
{
	char *text, id[40];
	bool ok;

	if (sd.sd_journal_get_cursor(sd.journal, &text) < 0)
		return NULL;
	if ((ok = cursor_parse(text, id, number)))
		snprintf(cursor, JOURNAL_CURSOR, "%s", text);
	free(text);
	return ok ? sequence_of(t, id) : NULL;
}

void
place_passed(
    struct sequence *s, const char cursor[JOURNAL_CURSOR], uint64_t number)
{
	memcpy(s->cursor, cursor, sizeof(s->cursor));
	s->o = number + 1;
	s->moved = true;
	s->over = false;
}

/* The current entry is the first that is left behind where one was. */
static void
lost(struct tail *t, size_t i)
{
	char cursor[JOURNAL_CURSOR];
	uint64_t number = 0;
	const struct sequence *at = place_here(t, cursor, &number);
	struct sequence *s = &sequences[i]; /* there may be one more now */
	bool same = at == s && number >= s->o;

	if (same && number == s->o)
		return; /* only what was read is gone */
	cut_gap(t, s->src, s->o, same ? &number : NULL, GAP_DELETED,
	    SPAN("journal"));
	if (same)
		s->o = number;
	s->over = !same;
	s->moved = true;
}

void
place_find_lost(struct tail *t)
{
	const size_t n = n_sequences; /* others may turn up */

	for (size_t i = 0; i < n; i++) {
		const char *cursor = sequences[i].cursor;

		journal_lib_check(
		    sd.sd_journal_seek_cursor(sd.journal, cursor), "seek");
		if (sd.sd_journal_next(sd.journal) <= 0 ||
		    sd.sd_journal_test_cursor(sd.journal, cursor) <= 0)
			lost(t, i);
	}
}

bool
place_is_resumed(void)
{
	return n_sequences > 0;
}

void
place_back(void)
{
	const char *at = NULL;
	uint64_t earliest = UINT64_MAX, us;

	for (size_t i = 0; i < n_sequences; i++) {
		const char *cursor = sequences[i].cursor;

		if (*cursor == '\0')
			continue;
		if (at == NULL)
			at = cursor; /* nothing may follow any of them yet */
		journal_lib_check(
		    sd.sd_journal_seek_cursor(sd.journal, cursor), "seek");
		if (sd.sd_journal_next(sd.journal) > 0 &&
		    sd.sd_journal_get_realtime_usec(sd.journal, &us) >= 0 &&
		    us < earliest) {
			earliest = us;
			at = cursor;
		}
	}
	journal_lib_check(sd.sd_journal_seek_cursor(sd.journal, at), "seek");
}

void
place_end(struct tail *t)
{
	const uint64_t skip = t->last_n + 1;
	char cursor[JOURNAL_CURSOR];
	struct sequence *s;
	uint64_t number;

	journal_lib_check(sd.sd_journal_seek_tail(sd.journal), "seek");
	if ((uint64_t)sd.sd_journal_previous_skip(sd.journal, skip) < skip)
		journal_lib_check(sd.sd_journal_seek_head(sd.journal), "seek");
	else if ((s = place_here(t, cursor, &number)) != NULL)
		place_passed(s, cursor, number);
}

void
journal_tell(struct tail *t, bool moved,
    void (*tell)(struct tail *, const struct entry *))
{
	for (size_t i = 0; i < n_sequences; i++) {
		struct sequence *s = &sequences[i];
		struct entry e = {
			.o = s->o, .path = span_of(s->cursor), .x = s->over
		};

		if (*s->cursor == '\0' || ((moved || s->over) && !s->moved))
			continue;
		s->moved = false;
		memcpy(e.src, s->src, sizeof(e.src));
		tell(t, &e);
	}
}

#endif
