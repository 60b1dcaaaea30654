/* SPDX-License-Identifier: MIT */
/*
 * A pattern is read once, left to right.  A sequence needs all of its parts,
 * so the best part speaks for it; an alternation needs one of its branches, so
 * it has literals only when every branch has some.  "Best" is the part whose
 * shortest literal is longest.  The parts of a sequence are runs of ordinary
 * characters and groups; whatever else there is (classes, escapes, things that
 * may be absent) ends a run.
 */
#include "lib/rex_lits.h"

#include <string.h>

#include "lib/rex_syntax.h"

#define DEEPEST 16 /* about 5 KiB of stack each */
#define SHORTEST 2 /* a shorter literal is everywhere */

/* A run of characters that is being read. */
struct run {
	char text[SCAN_LITERAL];
	size_t len;
};

static bool alternation(struct syntax *, bool icase, struct lits *);

static size_t
shortest(const struct lits *l)
{
	size_t least = l->n == 0 ? 0 : SCAN_LITERAL;

	for (size_t i = 0; i < l->n; i++)
		if (l->len[i] < least)
			least = l->len[i];
	return least;
}

static bool
better(const struct lits *a, const struct lits *b)
{
	size_t la = shortest(a), lb = shortest(b);

	return la != lb ? la > lb : a->n < b->n;
}

static void
end_run(struct run *r, struct lits *best)
{
	struct lits one = { .n = 1 };

	if (r->len >= SHORTEST) {
		memcpy(one.text[0], r->text, r->len);
		one.len[0] = r->len;
		if (better(&one, best))
			*best = one;
	}
	r->len = 0;
}

static bool
ordinary(char c, bool icase)
{
	if (c < ' ' || c == 0x7f || (c & 0x80) != 0)
		return false;
	if (c == '"' || c == '\\' || c == '/')
		return false;
	return !(icase && ((c | 0x20) == 'k' || (c | 0x20) == 's'));
}

static void
group(struct syntax *p, bool *icase, struct lits *best)
{
	bool inner = *icase, needed, open, some;
	struct lits found;

	syntax_opening(p, &inner, icase, &needed, &open);
	if (p->gave_up || !open)
		return;
	if (++p->depth > DEEPEST) {
		p->gave_up = true;
		return;
	}
	some = alternation(p, inner, &found);
	p->depth--;
	if (syntax_peek(p, 0) != ')')
		p->gave_up = true;
	p->at++;
	if (syntax_repeat(p).optional || !needed || !some)
		return;
	if (better(&found, best))
		*best = found;
}

static void
character(
    struct syntax *p, char c, bool icase, struct run *run, struct lits *best)
{
	struct repeat r = syntax_repeat(p);

	if (r.optional || !ordinary(c, icase) || run->len == SCAN_LITERAL)
		end_run(run, best);
	if (!r.optional && ordinary(c, icase))
		run->text[run->len++] = c;
	if (r.given)
		end_run(run, best);
}

static void
sequence(struct syntax *p, bool *icase, struct lits *best)
{
	struct run run = { .len = 0 };

	best->n = 0;
	while (syntax_more(p) && *p->at != '|' && *p->at != ')') {
		char c = *p->at;

		switch (c) {
		case '(':
			end_run(&run, best);
			group(p, icase, best);
			continue;
		case '[':
			syntax_class(p);
			c = '\0';
			break;
		case '\\': c = syntax_escape(p); break;
		case '.':
		case '^':
		case '$':
			c = '\0';
			p->at++;
			break;
		default:
			p->at++;
			while (syntax_more(p) && (*p->at & 0xc0) == 0x80)
				p->at++; /* the rest of a character */
		}
		character(p, c, *icase, &run, best);
	}
	end_run(&run, best);
}

/* true: found holds literals, one of which is in each match. */
static bool
alternation(struct syntax *p, bool icase, struct lits *found)
{
	struct lits branch;
	bool all = true;

	found->n = 0;
	for (;;) {
		sequence(p, &icase, &branch);
		all = all && branch.n > 0 && found->n + branch.n <= SCAN_MAX;
		for (size_t i = 0; all && i < branch.n; i++, found->n++) {
			memcpy(found->text[found->n], branch.text[i],
			    branch.len[i]);
			found->len[found->n] = branch.len[i];
		}
		if (!syntax_more(p) || *p->at != '|')
			return all && !p->gave_up;
		p->at++;
	}
}

bool
rex_lits(struct span pattern, bool icase, struct lits *found)
{
	struct syntax p = { pattern.at, pattern.at + pattern.len, false, 0 };

	return alternation(&p, icase, found) && p.at == p.end;
}
