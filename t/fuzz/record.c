/* SPDX-License-Identifier: MIT */
/*
 * record -- lib/record on any bytes, beside jansson: both take a text or refuse
 * it; what is spliced in is there, and the rest is a record still.
 */
#include <jansson.h>
#include <stdlib.h>

#include "lib/record.h"
#include "t/fuzz/fuzz.h"

static struct record record, again;
static struct buf out, text;

/*
 * Numbers that no double holds, half a pair of surrogates and names with a NUL in
 * them are JSON, too: of these jansson does not know what is to be made.
 */
static bool
jansson_takes(struct span s, bool or_may_not_know)
{
	json_error_t e;
	json_t *json = json_loadb(
	    s.at, s.len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &e);
	bool taken = json != NULL && json_is_object(json);

	if (json == NULL && or_may_not_know)
		taken = json_error_code(&e) == json_error_numeric_overflow ||
		    json_error_code(&e) == json_error_null_byte_in_key ||
		    strstr(e.text, "invalid Unicode") != NULL;

	json_decref(json);
	return taken;
}

static void
look_inside(struct value v, unsigned depth)
{
	struct walk w;
	struct member m;

	FUZZ_TRUE(depth <= RECORD_DEPTH);
	if (v.type == VALUE_STRING) {
		buf_reset(&text);
		FUZZ_TRUE(value_text(&v, &text) == 0);
	}
	if (v.type != VALUE_OBJECT && v.type != VALUE_ARRAY)
		return;
	walk_init(&w, v.text);
	while (walk_next(&w, &m))
		look_inside(m.value, depth + 1);
}

static void
splice(void)
{
	const struct change changes[] = { { SPAN("severity"), SPAN("\"x\"") },
		{ SPAN("n"), SPAN("[1]") } };
	struct value v;

	buf_reset(&out);
	record_splice(&record, changes, 2, &out);
	if (out.len > RECORD_MAX)
		return;
	FUZZ_TRUE(record_parse(&again, buf_span(&out)) == 0);
	FUZZ_TRUE(record_get(&again, "severity", &v) && span_is(v.text, "x"));
	FUZZ_TRUE(record_get(&again, "n", &v) && v.type == VALUE_ARRAY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = fuzz_copy(data, size);

	if (record_parse(&record, s) == 0) {
		FUZZ_TRUE(jansson_takes(s, true));
		look_inside(
		    (struct value){ .text = s, .type = VALUE_OBJECT }, 0);
		splice();
	} else if (strcmp(record.why, "nested too deep") != 0 &&
	    strcmp(record.why, "more than 10000 members") != 0 &&
	    memchr(s.at, '\0', s.len) == NULL) /* of which jansson takes one */
		FUZZ_TRUE(!jansson_takes(s, false));
	return 0;
}
