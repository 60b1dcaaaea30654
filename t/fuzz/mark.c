/* SPDX-License-Identifier: MIT */
/*
 * mark -- lines of a stream: what is understood of a control record, an entry, a
 * coordinate or a delivery is the same when it was written and read again.
 */
#include "lib/mark.h"
#include "t/fuzz/fuzz.h"

static struct record record, second;
static struct buf out, again;

static void
one_entry(struct span object)
{
	struct pair pairs[PAIRS_MAX];
	struct entry entry, other;
	size_t n;

	if (entry_parse(object, &entry) < 0)
		return;
	buf_reset(&out);
	entry_render(&out, &entry);
	FUZZ_TRUE(record_parse(&second, buf_span(&out)) == 0);
	FUZZ_TRUE(entry_parse(buf_span(&out), &other) == 0);
	FUZZ_TRUE(other.o == entry.o && other.gen == entry.gen &&
	    other.fr == entry.fr && other.x == entry.x &&
	    strcmp(other.src, entry.src) == 0 &&
	    span_eq(other.path, entry.path));
	if (entry.older.len == 0)
		return;
	n = pairs_parse(entry.older, pairs);
	FUZZ_TRUE(n <= PAIRS_MAX);
	buf_reset(&again);
	pairs_render(&again, pairs, n);
	FUZZ_TRUE(pairs_parse(buf_span(&again), pairs) == n);
}

static void
one_control(struct span line)
{
	struct control c, other;
	struct claim claim;
	struct member m;
	struct walk walk;

	if (control_parse(&c, line) < 0)
		return;
	if (c.kind == CONTROL_BEGIN || c.kind == CONTROL_MARK ||
	    c.kind == CONTROL_CLAIM)
		for (walk_init(&walk, c.pos); walk_next(&walk, &m);)
			one_entry(m.value.text);
	if (c.kind == CONTROL_BEGIN)
		for (walk_init(&walk, c.claims); walk_next(&walk, &m);)
			(void)claim_parse(m.value.text, &claim);
	if (c.kind != CONTROL_OUT)
		return;
	FUZZ_TRUE(c.to_tag >= c.tag);
	buf_reset(&out);
	mark_out(&out, &c);
	FUZZ_TRUE(out.len > 0 && out.at[out.len - 1] == '\n');
	out.len--;
	FUZZ_TRUE(record_parse(&second, buf_span(&out)) == 0);
	FUZZ_TRUE(control_parse(&other, buf_span(&out)) == 0);
	FUZZ_TRUE(other.kind == c.kind && other.tag == c.tag &&
	    other.to_tag == c.to_tag && other.ep == c.ep &&
	    other.state == c.state && span_eq(other.id, c.id));
}

static void
one_data(struct span line)
{
	struct span rest, rx = mark_rx(line, &rest);
	struct delivery delivery, other;
	char id[MARK_ID_MAX];
	struct coord coord;

	if (rx.len == 0)
		return;
	if (coord_parse(rx, &coord) == 0) {
		FUZZ_TRUE(coord.o <= coord.e);
		FUZZ_TRUE(coord_id(id, &coord) < sizeof(id));
	}
	if (delivery_parse(rx, &delivery) == 0) {
		buf_reset(&out);
		delivery_render(&out, &delivery);
		FUZZ_TRUE(delivery_parse(buf_span(&out), &other) == 0 &&
		    other.tag == delivery.tag && other.ep == delivery.ep &&
		    other.at == delivery.at && span_eq(other.id, delivery.id));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = fuzz_copy(data, size);

	if (record_parse(&record, line) < 0)
		return 0;
	if (record_is_control(line))
		one_control(line);
	else
		one_data(line);
	return 0;
}
