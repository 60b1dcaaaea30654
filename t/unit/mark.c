/* SPDX-License-Identifier: MIT */
/*
 * mark -- drive lib/mark over standard input, a line at a time.
 *
 *   mark echo    a control record: parse it, render it again, or "refused"
 *   mark rx      the value of a leading _rx and what follows it
 *   mark coord   a record: the message id and the end of its coordinates
 *   mark emit    a record with delivery coordinates: rendered again
 */
#include <inttypes.h>
#include <stdio.h>

#include "lib/mark.h"
#include "t/unit/slurp.h"

#define MAX 64

/* The renderers take C strings where the tools have some. */
static const char *
string(struct span s)
{
	static char texts[4][256];
	static unsigned next;
	char *to = texts[next++ % 4];

	if (s.len >= sizeof texts[0])
		errx(2, "too long for this driver");
	memcpy(to, s.at, s.len);
	to[s.len] = '\0';
	return to;
}

static size_t
entries(struct span pos, struct entry *to)
{
	struct walk w;
	struct member m;
	size_t n = 0;

	for (walk_init(&w, pos); walk_next(&w, &m);)
		if (n == MAX || entry_parse(m.value.text, &to[n++]) < 0)
			return SIZE_MAX;
	return n;
}

static size_t
claims(struct span list, struct claim *to)
{
	struct walk w;
	struct member m;
	size_t n = 0;

	for (walk_init(&w, list); walk_next(&w, &m);)
		if (n == MAX || claim_parse(m.value.text, &to[n++]) < 0)
			return SIZE_MAX;
	return n;
}

static int
echo(struct buf *b, struct span line)
{
	static struct entry pos[MAX];
	static struct claim claim[MAX];
	struct control c;
	size_t n = 0, n_pos = 0;

	if (control_parse(&c, line) < 0)
		return -1;
	if (c.kind == CONTROL_BEGIN && (n = claims(c.claims, claim)) > MAX)
		return -1;
	if (c.pos.len > 0 && (n_pos = entries(c.pos, pos)) > MAX)
		return -1;
	switch (c.kind) {
	case CONTROL_BEGIN:
		mark_begin(b, string(c.nonce), claim, n, pos, n_pos);
		break;
	case CONTROL_MARK:
		mark_mark(b, string(c.nonce), c.q, c.full, pos, n_pos);
		break;
	case CONTROL_GAP:
		mark_gap(b, string(c.nonce), string(c.src), c.from,
		    c.to_known ? &c.to : NULL, string(c.why), c.path);
		break;
	case CONTROL_CLAIM:
		mark_claim(b, &c.claim, c.new_lane, pos, n_pos);
		break;
	case CONTROL_OPEN: mark_open(b, c.claim.spool, c.claim.epoch); break;
	case CONTROL_OUT: mark_out(b, &c); break;
	}
	return 0;
}

static int
coord(struct buf *b, struct span rx)
{
	struct coord c;
	char id[MARK_ID_MAX];

	if (rx.len == 0 || coord_parse(rx, &c) < 0)
		return -1;
	buf_add(b, (struct span){ id, coord_id(id, &c) });
	buf_addf(b, " %" PRIu64, c.e);
	if (c.has_f)
		buf_addf(b, " f%" PRIu64, c.f);
	buf_addc(b, '\n');
	return 0;
}

static int
emit(struct buf *b, struct span rx, struct span rest)
{
	struct delivery d;

	if (rx.len == 0 || delivery_parse(rx, &d) < 0)
		return -1;
	buf_adds(b, "{\"_rx\":");
	delivery_render(b, &d);
	buf_add(b, rest);
	buf_addc(b, '\n');
	return 0;
}

int
main(int argc, char *argv[])
{
	const char *verb = argc > 1 ? argv[1] : "";
	struct span all, left, line, rx, rest;
	struct buf b;
	int error;

	buf_init(&b);
	for (left = all = slurp(STDIN_FILENO); slurp_line(&left, &line);) {
		buf_reset(&b);
		rx = mark_rx(line, &rest);
		if (strcmp(verb, "echo") == 0)
			error = echo(&b, line);
		else if (strcmp(verb, "coord") == 0)
			error = coord(&b, rx);
		else if (strcmp(verb, "emit") == 0)
			error = emit(&b, rx, rest);
		else if (strcmp(verb, "rx") == 0) {
			error = 0;
			buf_add(&b, rx);
			buf_addc(&b, '|');
			buf_add(&b, rest);
			buf_addc(&b, '\n');
		} else
			errx(2, "no such verb: %s", verb);
		if (error < 0 || b.failed)
			puts("refused");
		else
			fwrite(b.at, 1, b.len, stdout);
	}
	slurp_free(all);
	buf_release(&b);
	return 0;
}
