/* SPDX-License-Identifier: MIT */
#include "explain.h"

#include <sysexits.h>

#include "lib/diag.h"
#include "lib/jstr.h"

#include "match.h"
#include "patterns.h"

static struct buf said;

struct buf *
explain_more(void)
{
	return &said;
}

void
explain_hit(struct buf *b, struct span text, const struct rex_hit *hit)
{
	size_t end = hit->end < hit->start ? hit->start : hit->end;

	buf_addf(b, ",\"start\":%zu,\"end\":%zu,\"text\":", hit->start, end);
	jstr_add(b, (struct span){ text.at + hit->start, end - hit->start });
}

static void
say_pattern(struct job *j, struct item *it)
{
	struct rex_hit hit;
	enum rex_answer answer = rex_match(j->rex, it->text, &hit);

	buf_adds(&said, ",\"pattern\":{\"matched\":");
	buf_adds(&said, answer == REX_YES ? "true" : "false");
	if (answer == REX_LIMIT)
		buf_adds(&said, ",\"limit\":true");
	if (answer == REX_YES) {
		buf_adds(&said, ",\"which\":");
		jstr_add(&said, span_of(patterns_name(hit.pattern)));
		explain_hit(&said, it->text, &hit);
	}
	if (j->invert)
		buf_adds(&said, ",\"inverted\":true");
	buf_addc(&said, '}');
}

static void
say_severity(struct item *it, struct span inherited)
{
	struct rex_hit hit = { .end = 0 };
	const char *from;
	enum severity s = severity_explain(it->text, inherited, &from, &hit);

	buf_adds(&said, ",\"severity\":{\"class\":");
	buf_add(&said, severity_json(s));
	buf_addf(&said, ",\"from\":\"%s\"", from);
	if (hit.end > 0)
		explain_hit(&said, it->text, &hit);
	buf_addc(&said, '}');
}

void
explain_place(struct job *j, const struct item *it, struct buf *b)
{
	buf_addf(b, "{\"line\":%ju", number_of(&j->number, it->line.at));
	if (j->operands) {
		buf_adds(b, ",\"file\":");
		jstr_add(b, span_of(j->name));
	}
}

void
explain_start(struct job *j, struct item *it)
{
	it->why = NULL;
	buf_reset(&said);
	explain_place(j, it, &said);
	if (j->searching)
		say_pattern(j, it);
	say_severity(it, judge_inherited(j, it));
}

void
explain_out(struct item *it, const char *step)
{
	buf_addf(&said, ",\"out\":{\"step\":\"%s\"", step);
	if (it->why != NULL) {
		buf_adds(&said, ",\"why\":");
		jstr_add(&said, span_of(it->why));
	}
	buf_addc(&said, '}');
}

void
explain_end(struct job *j, struct item *it, bool kept)
{
	if (it->severity != SEVERITY_NONE && kept) {
		buf_adds(&said, ",\"written_as\":");
		buf_add(&said, severity_json(it->severity));
	}
	buf_addf(&said, ",\"kept\":%s}", kept ? "true" : "false");
	if (said.failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_line(&j->out, buf_span(&said));
}
