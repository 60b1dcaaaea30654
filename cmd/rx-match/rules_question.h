/* SPDX-License-Identifier: MIT */
/*
 * rules_question -- what rules_part.c needs to read one question of a condition
 *                   into parts.
 *
 * Owner   What is added belongs to the rules.
 * Errors  -1, or RULES_NONE, and conf->why says file:line:column: reason.
 */
#ifndef RX_MATCH_RULES_QUESTION_H
#define RX_MATCH_RULES_QUESTION_H

#include "rules.h"

/* What is asked, as the file names it: see rules_part.c. */
enum question {
	MATCHES,
	WORDS,
	KEYWORDS,
	IS,
	IS_NOT,
	ABOVE,
	AT_LEAST,
	BELOW,
	AT_MOST,
	IN,
	EXISTS,
	SEVERITY,
	QUESTIONS
};

/* A question while it is read: of which member, and how it was put. */
struct asked {
	struct rules *rules;
	size_t field;
	unsigned flags;
	const char *name;
};

/* A part behind the others, and the end of those that it holds: 0. */
size_t question_part(struct asked *, enum part_kind);
int question_close(struct rules *, size_t part);

int question_read(struct asked *, enum question, const struct conf_at *);

#endif
