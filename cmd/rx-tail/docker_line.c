/* SPDX-License-Identifier: MIT */
/*
 * docker_line -- a line of Docker's json-file driver.
 *
 * The text of a piece loses its newline, which says that the line is complete.
 */
#include <stdlib.h>

#include "cmd/rx-tail/container_format.h"
#include "lib/diag.h"
#include "lib/jstr.h"

/* Both or none: other JSON that happens to have a "log" is not Docker's. */
static bool
origin(struct record *rec, struct decoded *d)
{
	struct value stream, time;
	bool has_stream = record_get(rec, "stream", &stream);

	d->timed = record_get(rec, "time", &time);
	if (has_stream != d->timed)
		return false;
	return !d->timed ||
	    (stream.type == VALUE_STRING && time.type == VALUE_STRING &&
		stream_of(stream.text, &d->stream) &&
		rtime_parse(time.text, &d->when) == 0);
}

bool
docker_decode(struct container *c, struct span line, struct decoded *d)
{
	struct value log;

	if (record_parse(&c->rec, line) < 0 ||
	    !record_get(&c->rec, "log", &log) || log.type != VALUE_STRING ||
	    !origin(&c->rec, d))
		return false;
	d->text = log.text;
	if (log.escaped) {
		buf_reset(&c->text);
		if (value_text(&log, &c->text) < 0)
			die(EX_TEMPFAIL, "out of memory");
		d->text = buf_span(&c->text);
	}
	d->partial = d->text.len == 0 || d->text.at[d->text.len - 1] != '\n';
	if (!d->partial)
		d->text.len--;
	return true;
}
