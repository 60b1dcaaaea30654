/* SPDX-License-Identifier: MIT */
/* pointer POINTER ... <RECORD: the value each points at; "-" for none. */
#include <stdio.h>
#include <unistd.h>

#include "lib/pointer.h"

#include "t/unit/slurp.h"

int
main(int argc, char *argv[])
{
	struct span text = slurp(STDIN_FILENO);
	struct value whole, v;
	struct record r;
	struct buf scratch;

	buf_init(&scratch);
	record_init(&r);
	if (record_parse(&r, text) < 0)
		return 2;
	whole = (struct value){ r.line, VALUE_OBJECT, false };
	for (int i = 1; i < argc; i++)
		if (pointer_find(whole, span_of(argv[i]), &scratch, &v))
			printf("%.*s\n", (int)v.text.len, v.text.at);
		else
			puts(pointer_is(span_of(argv[i])) ? "-" : "no pointer");
	record_release(&r);
	buf_release(&scratch);
	slurp_free(text);
	return 0;
}
