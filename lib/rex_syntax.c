/* SPDX-License-Identifier: MIT */
#include "lib/rex_syntax.h"

#include <string.h>

#include "lib/ascii.h"

/* Past a {n}, {n,} or {n,m} at p; false when it is none, but text. */
static bool
counted(struct syntax *p, struct repeat *r)
{
	const char *q = p->at + 1;
	bool zero = true;

	if (syntax_peek(p, 1) == ',') /* {,n}: versions of PCRE2 differ */
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
struct repeat
syntax_repeat(struct syntax *p)
{
	struct repeat r = { false, false };

	switch (syntax_peek(p, 0)) {
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
	if (syntax_peek(p, 0) == '?' || syntax_peek(p, 0) == '+')
		p->at++;
	return r;
}

void
syntax_class(struct syntax *p)
{
	p->at++;
	if (syntax_peek(p, 0) == '^')
		p->at++;
	if (syntax_peek(p, 0) == ']')
		p->at++;
	while (syntax_more(p) && *p->at != ']') {
		if (*p->at == '\\') {
			if (syntax_peek(p, 1) == 'Q')
				p->gave_up = true;
			p->at++;
		} else if (*p->at == '[' && syntax_peek(p, 1) != '\0' &&
		    strchr(":.=", syntax_peek(p, 1)) != NULL) {
			/* [:alpha:]: its ] is not the end. */
			const char *close =
			    memchr(p->at, ']', (size_t)(p->end - p->at));

			if (close == NULL || close[-1] != syntax_peek(p, 1))
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
skip_property(struct syntax *p)
{
	const char *close;

	p->at++;
	if (syntax_peek(p, 0) != '{') {
		p->at++;
		return;
	}
	close = memchr(p->at, '}', (size_t)(p->end - p->at));
	if (close == NULL)
		p->gave_up = true;
	else
		p->at = close + 1;
}

char
syntax_escape(struct syntax *p)
{
	char c = syntax_peek(p, 1);

	p->at++;
	if (is_digit(c)) {
		while (is_digit(syntax_peek(p, 0)))
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

/* (?flags) or (?flags:  at is on the first flag. */
static bool
flags(struct syntax *p, bool *icase)
{
	bool on = true, now = *icase;

	for (;; p->at++) {
		switch (syntax_peek(p, 0)) {
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
skip_past(struct syntax *p, char c)
{
	const char *found = memchr(p->at, c, (size_t)(p->end - p->at));

	if (found == NULL)
		p->gave_up = true;
	else
		p->at = found + 1;
}

void
syntax_opening(
    struct syntax *p, bool *icase, bool *outer_icase, bool *needed, bool *open)
{
	*needed = *open = true;
	p->at++;
	if (syntax_peek(p, 0) == '*') {
		p->gave_up = true;
		return;
	}
	if (syntax_peek(p, 0) != '?')
		return;
	p->at++;
	switch (syntax_peek(p, 0)) {
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
		if (syntax_peek(p, 1) != '<')
			p->gave_up = true;
		skip_past(p, '>');
		return;
	case '<':
		if (syntax_peek(p, 1) != '=' && syntax_peek(p, 1) != '!') {
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
