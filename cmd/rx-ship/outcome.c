/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/outcome.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "lib/jstr.h"

void
outcome_init(struct outcome *o, int fd)
{
	*o = (struct outcome){ .fd = fd };
	buf_init(&o->out);
	buf_init(&o->why);
	buf_init(&o->range_id);
}

void
outcome_release(struct outcome *o)
{
	buf_release(&o->out);
	buf_release(&o->why);
	buf_release(&o->range_id);
}

static void
end_range(struct outcome *o)
{
	if (!o->open)
		return;
	o->range.id = buf_span(&o->range_id);
	mark_out(&o->out, &o->range);
	o->open = false;
}

void
outcome_add(struct outcome *o, const struct outcome_id *id, uint64_t order,
    enum outcome_state state, const char *why)
{
	bool alone = state != OUTCOME_OK || id->at > 0;

	if (!id->wanted)
		return;
	o->told++;
	if (o->open && !alone && id->ep == o->range.ep &&
	    id->tag == o->range.to_tag + 1 && order == o->range_order + 1) {
		o->range.to_tag = id->tag;
		o->range_order = order;
		return;
	}
	end_range(o);
	o->range = (struct control){
		.kind = CONTROL_OUT,
		.tag = id->tag,
		.to_tag = id->tag,
		.ep = id->ep,
		.state = state,
	};
	o->range_order = order;
	buf_reset(&o->range_id);
	buf_add(&o->range_id, id->id);
	o->open = true;
	if (!alone)
		return;
	buf_reset(&o->why);
	if (buf_room(&o->why, JSTR_ESCAPE_MAX(strlen(why)) + 1) != NULL)
		buf_took(&o->why, jstr_escape(o->why.at, span_of(why), NULL));
	o->range.why = buf_span(&o->why);
	end_range(o);
}

size_t
outcome_pending(struct outcome *o)
{
	end_range(o);
	return o->out.len - o->done;
}

struct buf *
outcome_text(struct outcome *o)
{
	end_range(o);
	if (o->out.failed || o->range_id.failed || o->why.failed)
		return NULL;
	return &o->out;
}

int
outcome_write(struct outcome *o)
{
	size_t n = outcome_pending(o);
	ssize_t took;

	if (outcome_text(o) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if (n == 0)
		return 0;
	/* A pipe that is writable takes this much without waiting. */
	if (n > PIPE_BUF)
		n = PIPE_BUF;
	took = write(o->fd, o->out.at + o->done, n);
	if (took < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	o->done += (size_t)took;
	if (o->done == o->out.len) {
		buf_reset(&o->out);
		o->done = 0;
	}
	return 0;
}
