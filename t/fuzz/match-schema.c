/* SPDX-License-Identifier: MIT */
/*
 * match-schema -- a JSON Schema, a NUL, and a record that is checked against
 * it.  A schema is refused with a reason or used; a verdict is the same twice,
 * and one of no says why, and where by a pointer.
 */
#include "cmd/rx-match/schema_node.h"
#include "lib/diag.h"
#include "lib/pointer.h"
#include "t/fuzz/memfile.h"

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	diag_init("fuzz");
	return setenv("RX_NO_LIBHS", "1", 1);
}

static void
check(struct schema *s, struct span line)
{
	struct record r;
	struct value v = { .text = line, .type = VALUE_OBJECT };
	bool fits;

	record_init(&r);
	if (record_parse(&r, line) == 0) {
		v.text = r.line;
		fits = schema_check(s, v);
		if (!fits) {
			FUZZ_TRUE(*s->why != '\0');
			FUZZ_TRUE(s->where.len == 0 ||
			    pointer_is(buf_span(&s->where)));
		}
		FUZZ_TRUE(schema_check(s, v) == fits);
	}
	record_release(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = fuzz_copy(data, size), text = fuzz_first(&all);
	struct schema schema;

	if (schema_load(&schema, memfile(text)) == 0)
		check(&schema, all);
	else
		FUZZ_TRUE(*schema.conf.why != '\0');
	schema_free(&schema);
	return 0;
}
