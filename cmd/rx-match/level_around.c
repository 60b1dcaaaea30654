/* SPDX-License-Identifier: MIT */
#include "level_around.h"

#include "level_words.h"

static bool
is_date_word(struct span w)
{
	static const char names[] = " Jan Feb Mar Apr May Jun Jul Aug Sep Oct "
				    "Nov Dec Mon Tue Wed Thu Fri Sat Sun ";
	char name[6] = { ' ', 0, 0, 0, ' ', 0 };

	if (w.len != 3)
		return false;
	memcpy(name + 1, w.at, 3);
	return strstr(names, name) != NULL;
}

/* A word of prose: has a lower-case letter and blanks around it. */
static bool
is_prose(struct head *h, size_t from, size_t to)
{
	struct span w = { h->text.at + from, to - from };
	char prev = head_before(h, from, 1), next = head_at(h, to);

	if ((prev != '\0' && !is_blank(prev)) || !is_blank(next))
		return false;
	return (w.len == 1 || is_lower(w.at[1])) && !is_date_word(w) &&
	    level_find(w) == NULL;
}

unsigned
head_prose(struct head *h)
{
	size_t i;

	while ((i = level_map_next(&h->map, h->read)) < h->from) {
		char c = h->text.at[i];

		h->read = i + 1;
		if (is_letter(c)) {
			h->read = level_map_word_end(&h->map, i);
			if (h->prose < 2 && h->brackets == 0)
				h->prose += is_prose(h, i, h->read);
		} else if (c == '[') {
			h->brackets++;
		} else if (c == ']' && h->brackets > 0) {
			h->brackets--;
		} else if (c == ':' && h->brackets == 0 &&
		    is_blank(head_at(h, i + 1))) {
			/* "sshd[7]: " and "kernel: " begin a new part. */
			h->prose = 0;
		}
	}
	return h->prose;
}

bool
head_part_begins(struct head *h, size_t i)
{
	size_t back = head_blanks_back(h, i);
	char prev = head_before(h, back, 1);

	if (back == 0)
		return true;
	if (back == i)
		return one_of(prev, "]|>");
	return is_digit(prev) || one_of(prev, ":])>|-,;") ||
	    (back >= 3 && memcmp(h->text.at + back - 3, "PHP", 3) == 0);
}
