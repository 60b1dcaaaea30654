/* SPDX-License-Identifier: MIT */
#include "level_memo.h"

#include <string.h>

#include "alike.h"

#define MEMO_HEADS 4
#define MEMO_HEAD 128

static struct {
	size_t len; /* 0: none */
	enum severity severity;
	char head[MEMO_HEAD];
} memos[MEMO_HEADS];
static size_t oldest;

enum severity
level_memo_find(struct span text)
{
	for (size_t i = 0; i < MEMO_HEADS; i++)
		if (memos[i].len > 0 && text.len >= memos[i].len &&
		    is_alike(text.at, memos[i].head, memos[i].len))
			return memos[i].severity;
	return SEVERITY_NONE;
}

void
level_memo_keep(struct span head, enum severity severity)
{
	if (head.len < LANES || head.len > MEMO_HEAD)
		return;
	memcpy(memos[oldest].head, head.at, head.len);
	memos[oldest].len = head.len;
	memos[oldest].severity = severity;
	oldest = (oldest + 1) % MEMO_HEADS;
}
