/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/intake.h"

#include "lib/jstr.h"
#include "lib/mark.h"
#include "lib/num.h"
#include "lib/rtime.h"

void
intake_init(struct intake *in, struct window *window, const char *expected)
{
	*in = (struct intake){ .window = window, .expected = expected };
	record_init(&in->record);
	buf_init(&in->name);
	digest_nonce(in->nonce);
}

void
intake_release(struct intake *in)
{
	record_release(&in->record);
	buf_release(&in->name);
}

static enum taken
control(struct intake *in, struct span line)
{
	struct control c;

	if (control_parse(&c, line) < 0) {
		in->why = "a control record that cannot be read";
		return INTAKE_BROKEN;
	}
	if (c.kind == CONTROL_OPEN) {
		/* Else all would be delivered, again and again. */
		if (in->expected != NULL &&
		    !span_eq(c.claim.spool, span_of(in->expected))) {
			in->why = "comes from another spool than --ack names";
			return INTAKE_BROKEN;
		}
		in->spool = true;
		in->epoch = c.claim.epoch;
	}
	return INTAKE_PASSED;
}

static struct member *
find_rx(struct record *r)
{
	for (size_t i = 0; i < r->n_members; i++)
		if (span_eq(r->members[i].name, SPAN("_rx")))
			return &r->members[i];
	return NULL;
}

/* What stands before the member, and what after it, with one comma less. */
static void
cut_out(const struct record *r, const struct member *m, struct span *left,
    struct span *right)
{
	struct span line = r->line;
	const char *from = m->name.at - 1, *to, *end = line.at + line.len;
	bool quoted = m->value.type == VALUE_STRING;

	to = m->value.text.at + m->value.text.len + (quoted ? 1 : 0);
	if (m + 1 < r->members + r->n_members)
		to = m[1].name.at - 1;
	else if (m > r->members)
		from = m[-1].value.text.at + m[-1].value.text.len +
		    (m[-1].value.type == VALUE_STRING ? 1 : 0);
	*left = (struct span){ line.at, (size_t)(from - line.at) };
	*right = (struct span){ to, (size_t)(end - to) };
}

/* The id as it travels: unescaped, and short enough for AMQP. */
static struct span
travelling(struct intake *in, struct span id)
{
	char hex[DIGEST_HEX + 1];
	struct span name = id;

	buf_reset(&in->name);
	if (memchr(id.at, '\\', id.len) != NULL &&
	    jstr_unescape(&in->name, id) == 0)
		name = buf_span(&in->name);
	if (name.len <= MESSAGE_NAME)
		return name;
	digest_hex(&name, 1, hex);
	buf_reset(&in->name);
	buf_adds(&in->name, hex);
	return buf_span(&in->name);
}

/* The most severe first, in a queue that has priorities (x-max-priority). */
static uint8_t
priority_of(struct intake *in)
{
	static const char *const severities[] = { "info", "warn", "error",
		"failure", "critical" };
	struct value v;

	if (!record_get(&in->record, "severity", &v) || v.type != VALUE_STRING)
		return 0;
	for (uint8_t i = 0; i < sizeof(severities) / sizeof(*severities); i++)
		if (span_is(v.text, severities[i]))
			return i + 1;
	return 0;
}

/* Without a spool: from where the record came, or one of our own. */
static struct span
own_id(struct intake *in, const struct member *rx)
{
	char id[MARK_ID_MAX], digits[NUM_DIGITS];
	struct coord c;

	buf_reset(&in->name);
	if (rx != NULL && rx->value.type == VALUE_OBJECT &&
	    coord_parse(rx->value.text, &c) == 0) {
		buf_add(&in->name, (struct span){ id, coord_id(id, &c) });
	} else {
		buf_adds(&in->name, in->nonce);
		buf_addc(&in->name, ':');
		buf_add(&in->name,
		    (struct span){ digits, num_render(digits, ++in->unnamed) });
	}
	return buf_span(&in->name);
}

enum taken
intake_line(struct intake *in, struct span line)
{
	struct message m = { .timed = false };
	struct span left = line, right = { line.at + line.len, 0 };
	struct rtime_found time;
	struct delivery d;
	struct member *rx;
	struct value v;

	if (record_parse(&in->record, line) < 0) {
		in->why = in->record.why;
		return INTAKE_REFUSED;
	}
	if (record_is_control(line))
		return control(in, line);
	if ((rx = find_rx(&in->record)) != NULL)
		cut_out(&in->record, rx, &left, &right);
	if (rx != NULL && rx->value.type == VALUE_OBJECT &&
	    delivery_parse(rx->value.text, &d) == 0) {
		if (!in->spool) {
			in->spool = true;
			in->epoch = d.ep;
		} else if (d.ep != in->epoch) {
			in->why = "a record of another epoch";
			return INTAKE_BROKEN;
		}
		m.id = (struct outcome_id){ true, d.id, d.tag, d.ep, d.at };
		m.name = travelling(in, d.id);
	} else {
		m.name = own_id(in, rx);
	}
	if (record_get(&in->record, "timestamp", &v) &&
	    v.type == VALUE_STRING && rtime_parse(v.text, &time) == 0) {
		m.timed = true;
		m.seconds = time.ns / NUM_S;
	}
	m.priority = priority_of(in);
	if (in->name.failed) {
		in->why = "out of memory";
		return INTAKE_BROKEN;
	}
	window_add(in->window, &m, left, right);
	return INTAKE_TAKEN;
}
