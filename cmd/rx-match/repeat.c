/* SPDX-License-Identifier: MIT */
#include "repeat.h"

#include <stdint.h>
#include <string.h>

#include "lib/ascii.h"

#include "alike.h"
#include "steps.h"

#define WAYS 4 /* places for lines as long, with their hint in one place */
#define SETS_LOG2 4
#define SETS (1 << SETS_LOG2)
#define NUMBERS 8

_Static_assert(SETS *WAYS == REPEATS, "places");

static struct repeat {
	size_t len, hint; /* 0: none */
	enum severity severity;
	/* Where numbers of several digits begin: there may be no 0. */
	size_t n_numbers;
	uint16_t numbers[NUMBERS];
	char line[REPEAT_LINE];
} repeats[SETS][WAYS];
static unsigned oldest[SETS];

static bool
has_digit(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_digit(s.at[i]))
			return true;
	return false;
}

bool
repeat_usable(const struct job *j)
{
	return j->records && j->format == FORMAT_JSON && !j->invert &&
	    !j->explaining && !steps_any() && j->finder != NULL &&
	    !j->finder->words->digits && j->member.rest.len == 0 &&
	    !has_digit(j->member.top);
}

static size_t
set_of(size_t len, size_t hint)
{
	return (uint32_t)(len * 0x9e3779b1u + hint * 0x85ebca6bu) >>
	    (32 - SETS_LOG2);
}

static bool
is_number(const struct repeat *r, const char *line)
{
	for (size_t i = 0; i < r->n_numbers; i++)
		if (line[r->numbers[i]] == '0')
			return false;
	return true;
}

bool
repeat_find(struct span line, const char *hint, enum severity *severity)
{
	const size_t at = (size_t)(hint - line.at);
	const struct repeat *r = repeats[set_of(line.len, at)];

	for (const struct repeat *end = r + WAYS; r < end; r++)
		if (r->len == line.len && r->hint == at &&
		    is_alike(r->line, line.at, line.len) &&
		    is_number(r, line.at)) {
			*severity = r->severity;
			return true;
		}
	return false;
}

/* \u0041 is a letter by its digits. */
static bool
has_code(struct span line)
{
	const char *at, *end = line.at + line.len;

	for (const char *p = line.at; p < end; p = at + 2) {
		at = memchr(p, '\\', (size_t)(end - p));
		if (at == NULL)
			return false;
		if (at[1] == 'u') /* there is a brace at the end */
			return true;
	}
	return false;
}

static bool
may_have_numbers(const struct record *r)
{
	for (size_t i = 0; i < r->n_members; i++)
		switch (r->members[i].value.type) {
		case VALUE_NUMBER:
		case VALUE_OBJECT:
		case VALUE_ARRAY: return true;
		default: break;
		}
	return false;
}

/* In the text of a record; false: there are too many. */
static bool
find_numbers(struct repeat *r)
{
	bool string = false;
	char before = '\0';

	for (size_t i = 0; i + 1 < r->len; i++) {
		const char c = r->line[i];

		if (string && c == '\\')
			i++;
		else if (c == '"')
			string = !string;
		else if (!string && is_digit(c) && !is_digit(before) &&
		    is_digit(r->line[i + 1])) {
			if (r->n_numbers == NUMBERS)
				return false;
			r->numbers[r->n_numbers++] = (uint16_t)i;
		}
		before = c;
	}
	return true;
}

void
repeat_keep(struct item *it, const char *hint)
{
	const struct span line = it->record.line;
	const size_t at = (size_t)(hint - line.at), set = set_of(line.len, at);
	struct repeat *r = &repeats[set][oldest[set]];
	struct value v;

	if (it->limited || it->seen.by_digits || line.len < LANES ||
	    line.len > REPEAT_LINE || line.at[line.len - 1] != '}' ||
	    it->record.n_members == 0 || has_code(line) ||
	    record_get(&it->record, "severity", &v))
		return;
	r->len = line.len;
	r->hint = at;
	r->severity = it->severity;
	memcpy(r->line, line.at, line.len);
	r->n_numbers = 0;
	if (may_have_numbers(&it->record) && !find_numbers(r))
		r->len = 0;
	oldest[set] = (oldest[set] + 1) % WAYS;
}

void
repeat_forget(void)
{
	for (size_t set = 0; set < SETS; set++)
		for (size_t way = 0; way < WAYS; way++)
			repeats[set][way].len = 0;
}
