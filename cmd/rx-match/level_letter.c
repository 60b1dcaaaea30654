/* SPDX-License-Identifier: MIT */
/*
 * A level that is a letter: before digits, as glog writes it, before a tag, as
 * Android does, or alone.
 */
#include "level_around.h"
#include "level_words.h"

static enum severity
of_letter(char c)
{
	switch (c) {
	case 'F': return SEVERITY_CRITICAL;
	case 'E': return SEVERITY_ERROR;
	case 'W': return SEVERITY_WARN;
	case 'I':
	case 'N':
	case 'D':
	case 'V':
	case 'T': return SEVERITY_INFO;
	default: return SEVERITY_NONE;
	}
}

/* E0102 15:04:05 and E20240102 15:04:05: h->to is behind the letter. */
static bool
before_date(struct head *h)
{
	size_t i = h->to;

	if (!head_part_begins(h, h->from))
		return false;
	while (is_digit(head_at(h, i)))
		i++;
	if (i - h->to != 4 && i - h->to != 8)
		return false;
	return head_at(h, i) == ' ' && is_digit(head_at(h, i + 1)) &&
	    is_digit(head_at(h, i + 2)) && head_at(h, i + 3) == ':';
}

/* E/Tag( 12):  E/Tag: */
static bool
before_tag(struct head *h)
{
	size_t i = h->to + 1, from = i;

	if (head_at(h, h->to) != '/' || !head_part_begins(h, h->from))
		return false;
	while (is_word(head_at(h, i)) || one_of(head_at(h, i), ".$-"))
		i++;
	if (i - from < 2)
		return false;
	i = head_blanks_on(h, i);
	return head_at(h, i) == '(' ||
	    (head_at(h, i) == ':' && head_at(h, i + 1) == ' ');
}

static bool
letter_is_placed(struct head *h)
{
	char prev = head_before(h, h->from, 1), next = head_at(h, h->to);
	size_t back = head_blanks_back(h, h->from);

	if ((prev == '[' && next == ']') || (prev == '<' && next == '>'))
		return true;
	if (h->from == 0 && (next == ':' || next == ','))
		return head_at(h, h->to + 1) == ' ';
	if (before_tag(h))
		return true;
	/* 1702 2395 E Tag:  2018-05-15T10:00:00.000+0000 I NETWORK */
	return is_blank(prev) && is_blank(next) && back > 0 &&
	    is_digit(head_before(h, back, 1)) &&
	    is_letter(head_at(h, head_blanks_on(h, h->to)));
}

enum severity
head_doubled(struct head *h)
{
	if (h->to - h->from != 2 ||
	    head_at(h, h->from) != head_at(h, h->from + 1) ||
	    head_before(h, h->from, 1) != '(' || head_at(h, h->to) != ')')
		return SEVERITY_NONE;
	return of_letter(head_at(h, h->from));
}

enum severity
head_letter(struct head *h)
{
	if (is_digit(head_at(h, h->to)))
		return before_date(h) ? of_letter(head_at(h, h->from))
				      : SEVERITY_NONE;
	if (is_word(head_at(h, h->to)) || !letter_is_placed(h) ||
	    head_prose(h) > 0)
		return SEVERITY_NONE;
	return of_letter(head_at(h, h->from));
}
