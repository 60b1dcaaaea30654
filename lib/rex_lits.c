/*
 * A pattern is read once, left to right.  A sequence needs all of its parts,
 * so the best part speaks for it; an alternation needs one of its branches, so
 * it has literals only when every branch has some.  "Best" is the part whose
 * shortest literal is longest.  The parts of a sequence are runs of ordinary
 * characters and groups; whatever else there is (classes, escapes, things that
 * may be absent) ends a run.
 */
#include "lib/rex_lits.h"

#include <stdint.h>
#include <string.h>

#include "lib/ascii.h"

#define DEEPEST 16 /* about 5 KiB of stack each */
#define SHORTEST 2 /* a shorter literal is everywhere */

struct parse {
	const char *at, *end;
	bool gave_up;
	unsigned depth;
};

/* A run of characters that is being read. */
struct run {
	char text[SCAN_LITERAL];
	size_t len;
};

struct repeat {
	bool given; /* there is a quantifier */
	bool optional; /* and it allows none */
};

static bool alternation(struct parse *, bool icase, struct lits *);

static bool
more(const struct parse *p)
{
	return !p->gave_up && p->at < p->end;
}

static char
peek(const struct parse *p, size_t ahead)
{
	return (size_t)(p->end - p->at) > ahead ? p->at[ahead] : '\0';
}

/* Past a {n}, {n,} or {n,m} at p; false when it is none, but text. */
static bool
counted(struct parse *p, struct repeat *r)
{
	const char *q = p->at + 1;
	bool zero = true;

	if (peek(p, 1) == ',') /* {,n}: versions of PCRE2 differ */
		p->gave_up = true;
	if (q == p->end || !is_digit(*q))
		return false;
	for (; q < p->end && is_digit(*q); q++)
		zero = zero && *q == '0';
	if (q < p->end && *q == ',')
		for (q++; q < p->end && is_digit(*q); q++)
			;
	if (q == p->end || *q != '}')
		return false;
	p->at = q + 1;
	*r = (struct repeat){ true, zero };
	return true;
}

/* PCRE2 takes no quantifier of a quantifier. */
static struct repeat
repeat(struct parse *p)
{
	struct repeat r = { false, false };

	switch (peek(p, 0)) {
	case '*':
	case '?':
		r = (struct repeat){ true, true };
		p->at++;
		break;
	case '+':
		r.given = true;
		p->at++;
		break;
	case '{':
		if (!counted(p, &r))
			return r;
		break;
	default: return r;
	}
	if (peek(p, 0) == '?' || peek(p, 0) == '+')
		p->at++;
	return r;
}

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

/* A class, from its [ to behind its ]. */
static void
skip_class(struct parse *p)
{
	p->at++;
	if (peek(p, 0) == '^')
		p->at++;
	if (peek(p, 0) == ']')
		p->at++;
	while (more(p) && *p->at != ']') {
		if (*p->at == '\\') {
			if (peek(p, 1) == 'Q')
				p->gave_up = true;
			p->at++;
		} else if (*p->at == '[' && peek(p, 1) != '\0' &&
		    strchr(":.=", peek(p, 1)) != NULL) {
			/* [:alpha:]: its ] is not the end. */
			const char *close =
			    memchr(p->at, ']', (size_t)(p->end - p->at));

			if (close == NULL || close[-1] != peek(p, 1))
				p->gave_up = true;
			else
				p->at = close;
		}
		p->at++;
	}
	p->at++;
}

/* \p{Lu} or \pL: at is on the p. */
static void
skip_property(struct parse *p)
{
	const char *close;

	p->at++;
	if (peek(p, 0) != '{') {
		p->at++;
		return;
	}
	close = memchr(p->at, '}', (size_t)(p->end - p->at));
	if (close == NULL)
		p->gave_up = true;
	else
		p->at = close + 1;
}

/* Behind a backslash: a literal character, or '\0' for anything else. */
static char
escape(struct parse *p)
{
	char c = peek(p, 1);

	p->at++;
	if (is_digit(c)) {
		while (is_digit(peek(p, 0)))
			p->at++;
		return '\0';
	}
	if (c == 'p' || c == 'P') {
		skip_property(p);
		return '\0';
	}
	if (is_letter(c)) {
		/* One letter, no argument; others do more. */
		if (strchr("dDwWsShHvVRXbBAzZKntrfea", c) == NULL)
			p->gave_up = true;
		p->at++;
		return '\0';
	}
	p->at++;
	return c;
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

/* (?flags) or (?flags:  at is on the first flag. */
static bool
flags(struct parse *p, bool *icase)
{
	bool on = true, now = *icase;

	for (;; p->at++) {
		switch (peek(p, 0)) {
		case '^': now = false; break;
		case '-': on = false; break;
		case 'i': now = on; break;
		case 'm':
		case 's':
		case 'n':
		case 'U':
		case 'J': break;
		case ')':
		case ':': *icase = now; return true;
		default: p->gave_up = true; return false;
		}
	}
}

static void
skip_past(struct parse *p, char c)
{
	const char *found = memchr(p->at, c, (size_t)(p->end - p->at));

	if (found == NULL)
		p->gave_up = true;
	else
		p->at = found + 1;
}

/*
 * What stands behind ( until the group's own text.  needed: the group takes
 * part in the match; open: there is a group at all.
 */
static void
opening(
    struct parse *p, bool *icase, bool *outer_icase, bool *needed, bool *open)
{
	*needed = *open = true;
	p->at++;
	if (peek(p, 0) == '*') {
		p->gave_up = true;
		return;
	}
	if (peek(p, 0) != '?')
		return;
	p->at++;
	switch (peek(p, 0)) {
	case ':':
	case '|':
	case '>': p->at++; return;
	case '=':
	case '!':
		p->at++;
		*needed = false;
		return;
	case '\'':
		p->at++;
		skip_past(p, '\'');
		return;
	case 'P':
		if (peek(p, 1) != '<')
			p->gave_up = true;
		skip_past(p, '>');
		return;
	case '<':
		if (peek(p, 1) != '=' && peek(p, 1) != '!') {
			skip_past(p, '>');
			return;
		}
		p->at += 2;
		*needed = false;
		return;
	default:
		if (!flags(p, icase))
			return;
		if (*p->at == ')') {
			/* Holds for the rest of the group around it. */
			*outer_icase = *icase;
			*open = false;
		}
		p->at++;
	}
}

static void
group(struct parse *p, bool *icase, struct lits *best)
{
	bool inner = *icase, needed, open, some;
	struct lits found;

	opening(p, &inner, icase, &needed, &open);
	if (p->gave_up || !open)
		return;
	if (++p->depth > DEEPEST) {
		p->gave_up = true;
		return;
	}
	some = alternation(p, inner, &found);
	p->depth--;
	if (peek(p, 0) != ')')
		p->gave_up = true;
	p->at++;
	if (repeat(p).optional || !needed || !some)
		return;
	if (better(&found, best))
		*best = found;
}

static void
character(
    struct parse *p, char c, bool icase, struct run *run, struct lits *best)
{
	struct repeat r = repeat(p);

	if (r.optional || !ordinary(c, icase) || run->len == SCAN_LITERAL)
		end_run(run, best);
	if (!r.optional && ordinary(c, icase))
		run->text[run->len++] = c;
	if (r.given)
		end_run(run, best);
}

static void
sequence(struct parse *p, bool *icase, struct lits *best)
{
	struct run run = { .len = 0 };

	best->n = 0;
	while (more(p) && *p->at != '|' && *p->at != ')') {
		char c = *p->at;

		switch (c) {
		case '(':
			end_run(&run, best);
			group(p, icase, best);
			continue;
		case '[':
			skip_class(p);
			c = '\0';
			break;
		case '\\': c = escape(p); break;
		case '.':
		case '^':
		case '$':
			c = '\0';
			p->at++;
			break;
		default:
			p->at++;
			while (more(p) && (*p->at & 0xc0) == 0x80)
				p->at++; /* the rest of a character */
		}
		character(p, c, *icase, &run, best);
	}
	end_run(&run, best);
}

/* true: found holds literals, one of which is in each match. */
static bool
alternation(struct parse *p, bool icase, struct lits *found)
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
		if (!more(p) || *p->at != '|')
			return all && !p->gave_up;
		p->at++;
	}
}

bool
rex_lits(struct span pattern, bool icase, struct lits *found)
{
	struct parse p = { pattern.at, pattern.at + pattern.len, false, 0 };

	return alternation(&p, icase, found) && p.at == p.end;
}
