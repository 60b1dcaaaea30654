/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/multiline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"

struct multiline {
	enum { BY_START, BY_CONTINUE, BY_INDENT } by;
	struct rex *rex;
};

static struct rex *
compile(const char *pattern, char why[REX_WHY])
{
	struct rex *rex = rex_new();

	if (rex_add(rex, span_of(pattern), 0, why) == 0) {
		rex_compile(rex);
		return rex;
	}
	rex_free(rex);
	return NULL;
}

struct multiline *
multiline_new(const char *how, char why[REX_WHY])
{
	static const char *const kinds[] = {
		[BY_START] = "start=",
		[BY_CONTINUE] = "continue=",
	};
	struct multiline *m = calloc(1, sizeof(*m));

	if (m == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (unsigned by = BY_START; by <= BY_CONTINUE; by++) {
		const size_t n = strlen(kinds[by]);

		if (strncmp(how, kinds[by], n) != 0)
			continue;
		m->by = by;
		if ((m->rex = compile(how + n, why)) != NULL)
			return m;
		free(m);
		return NULL;
	}
	m->by = BY_INDENT;
	if (strcmp(how, "indent") == 0)
		return m;
	snprintf(why, REX_WHY, "is not start=REGEX, continue=REGEX or indent");
	free(m);
	return NULL;
}

static bool
matches(struct multiline *m, struct span line)
{
	struct rex_hit hit;

	return rex_match(m->rex, line, &hit) == REX_YES;
}

static bool
begins(struct span line, const char *with)
{
	return span_starts(line, span_of(with));
}

static bool
begins_with_one(struct span line, const char *const *of)
{
	for (; *of != NULL; of++)
		if (begins(line, *of))
			return true;
	return false;
}

static const char python_header[] = "Traceback (most recent call last):";

/* What the Go runtime writes at the left margin of a trace. */
static const char *const go_begins[] = {
	"panic: ", "fatal error: ", "runtime: ", "SIGQUIT: quit", NULL
};
static const char *const go_goes_on[] = { "goroutine ", "[signal ",
	"created by ", "exit status ",
	"runtime stack:", "panic: ", "PC=", "...additional frames elided...",
	NULL };

/* "main.(*T).run(0x1, {0x2})": a name with a dot and no blank, then ( … ). */
static bool
is_go_call(struct span line)
{
	const char *end = line.len == 0 ? NULL : memchr(line.at, ' ', line.len);
	size_t n = end == NULL ? line.len : (size_t)(end - line.at);

	return line.len > 2 && line.at[line.len - 1] == ')' &&
	    memchr(line.at, '.', n) != NULL && memchr(line.at, '(', n) != NULL;
}

static bool
trace_begin(struct trace *tr, struct span line)
{
	tr->state = TRACE_NONE;
	if (begins(line, python_header))
		tr->state = TRACE_PYTHON;
	else if (begins_with_one(line, go_begins))
		tr->state = TRACE_GO;
	return true;
}

static bool
go_on_python(struct trace *tr, struct span line)
{
	static const char *const chained[] = {
		"During handling of the above exception",
		"The above exception was the direct cause", NULL
	};

	switch (tr->state) {
	case TRACE_FRAMES: tr->state = TRACE_RAISED; return true;
	case TRACE_RAISED:
		if (begins(line, python_header)) {
			tr->state = TRACE_PYTHON;
			return true;
		}
		return line.len == 0 || begins_with_one(line, chained);
	default: return false;
	}
}

static bool
trace_goes_on(struct trace *tr, struct span line)
{
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	if (line.len > 0 && (*line.at == ' ' || *line.at == '\t')) {
		if (tr->state == TRACE_PYTHON)
			tr->state = TRACE_FRAMES;
		return true;
	}
	if (begins(line, "Caused by: "))
		return true;
	if (begins(line, "goroutine ") && memchr(line.at, '[', line.len)) {
		tr->state = TRACE_GO;
		return true;
	}
	if (tr->state == TRACE_GO)
		return line.len == 0 || begins_with_one(line, go_goes_on) ||
		    is_go_call(line);
	return go_on_python(tr, line);
}

bool
multiline_begin(struct multiline *m, struct trace *tr, struct span line)
{
	if (m == NULL)
		return false;
	switch (m->by) {
	case BY_START: return matches(m, line);
	case BY_CONTINUE: return true;
	default: return trace_begin(tr, line);
	}
}

bool
multiline_continues(struct multiline *m, struct trace *tr, struct span line)
{
	switch (m->by) {
	case BY_START: return !matches(m, line);
	case BY_CONTINUE: return matches(m, line);
	default: return trace_goes_on(tr, line);
	}
}
