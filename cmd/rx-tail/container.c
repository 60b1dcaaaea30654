/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/container.h"

#include <stdlib.h>

#include "cmd/rx-tail/container_format.h"
#include "lib/diag.h"
#include "lib/jstr.h"

static const struct span stream_names[STREAMS] = {
	[STREAM_STDOUT] = { "stdout", 6 },
	[STREAM_STDERR] = { "stderr", 6 },
};

bool
stream_of(struct span name, enum stream *stream)
{
	for (unsigned i = STREAM_STDOUT; i < STREAMS; i++)
		if (span_eq(name, stream_names[i])) {
			*stream = i;
			return true;
		}
	return false;
}

void
owner_text(struct buf *b, const char *name, struct span value)
{
	if (value.len == 0)
		return;
	buf_addf(b, ",\"%s\":", name);
	jstr_add(b, value);
}

/* One rendering for each stream, so that a record copies one text. */
static void
render(struct container *c)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		struct buf *b = &c->members[i];

		buf_reset(b);
		owner_text(b, "stream", stream_names[i]);
		buf_add(b, buf_span(&c->owner.members));
		if (b->failed)
			die(EX_TEMPFAIL, "out of memory");
	}
}

struct container *
container_new(enum format format, const char *path)
{
	struct container *c = calloc(1, sizeof(*c));

	if (c == NULL)
		die(EX_TEMPFAIL, "out of memory");
	c->format = format;
	c->path = path;
	record_init(&c->rec);
	if (format == FORMAT_CRI)
		cri_owner(path, &c->owner);
	else
		docker_owner(path, &c->owner);
	render(c);
	return c;
}

void
container_free(struct container *c)
{
	if (c == NULL)
		return;
	record_release(&c->rec);
	buf_release(&c->text);
	buf_release(&c->owner.name);
	buf_release(&c->owner.members);
	for (unsigned i = 0; i < STREAMS; i++)
		buf_release(&c->members[i]);
	free(c);
}

bool
container_decode(struct container *c, struct span line, struct decoded *d)
{
	*d = (struct decoded){ .stream = STREAM_NONE };
	return c->format == FORMAT_CRI ? cri_decode(line, d)
				       : docker_decode(c, line, d);
}

bool
container_refresh(struct container *c, int64_t now_ns)
{
	struct owner now = { .looked_ns = now_ns };

	if (c->format == FORMAT_CRI ||
	    (now_ns - c->owner.looked_ns < META_LOOK_NS &&
		now_ns >= c->owner.looked_ns))
		return false;
	c->owner.looked_ns = now_ns;
	if (!docker_owner_changed(c->path, &c->owner) &&
	    now_ns - c->read_ns < META_TTL_NS && now_ns >= c->read_ns)
		return false;
	c->read_ns = now_ns;
	docker_owner(c->path, &now);
	if (!now.known && c->owner.known) { /* it is going: keep what we know */
		buf_release(&now.name);
		buf_release(&now.members);
		return false;
	}
	buf_release(&c->owner.name);
	buf_release(&c->owner.members);
	c->owner = now;
	render(c);
	return true;
}

const char *
container_name(const struct container *c)
{
	return c->owner.name.len == 0 ? NULL : c->owner.name.at;
}

struct span
container_members(const struct container *c, enum stream stream)
{
	return buf_span(&c->members[stream]);
}
