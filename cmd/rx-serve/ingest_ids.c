/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/ingest_ids.h"

#include <string.h>

#include "cmd/rx-serve/events.h"
#include "lib/ascii.h"

struct span
ingest_id(struct span s)
{
	struct span none = { NULL, 0 };

	if (s.len > EVENT_ID)
		return none;
	for (size_t i = 0; i < s.len; i++)
		if (!is_letter(s.at[i]) && !is_digit(s.at[i]) &&
		    strchr("._-:/+=@", s.at[i]) == NULL)
			return none;
	return s;
}

struct span
ingest_trace(struct span s)
{
	struct span none = { NULL, 0 };

	if (s.len != 55)
		return none;
	for (size_t i = 0; i < s.len; i++)
		if (i == 2 || i == 35 || i == 52
			? s.at[i] != '-'
			: hex_value(s.at[i]) < 0 || is_upper(s.at[i]))
			return none;
	return s;
}
