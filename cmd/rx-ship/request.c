/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/request.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cmd/rx-ship/loki.h"

/* Fast and small enough: what is saved beyond is not worth its time. */
#define GZIP_LEVEL 5
#define GZIP_WINDOW (15 + 16) /* 16: with gzip's head, zlib.h */

static const char *const content_types[] = {
	[REQUEST_JSON] = "Content-Type: application/json",
	[REQUEST_NDJSON] = "Content-Type: application/x-ndjson",
	[REQUEST_ARRAY] = "Content-Type: application/json",
	[REQUEST_LOKI] = "Content-Type: application/json",
};

int
request_init(struct request *r, const struct request_form *form)
{
	*r = (struct request){ .form = form };
	buf_init(&r->body);
	buf_init(&r->path);
	buf_init(&r->headers);
	buf_init(&r->other);
	buf_init(&r->packed);
	record_init(&r->record);
	r->messages = calloc(form->batch, sizeof(struct message *));
	/* A batch stands between brackets and commas. */
	r->parts = calloc(2 * form->batch + 1, sizeof(*r->parts));
	return r->messages == NULL || r->parts == NULL ? -1 : 0;
}

void
request_release(struct request *r)
{
	if (r->deflate != NULL)
		deflateEnd(r->deflate);
	free(r->deflate);
	free(r->messages);
	free(r->parts);
	record_release(&r->record);
	buf_release(&r->body);
	buf_release(&r->path);
	buf_release(&r->headers);
	buf_release(&r->other);
	buf_release(&r->packed);
}

void
request_forget(struct request *r)
{
	r->n = 0;
}

static bool
varies(const struct request_form *form)
{
	bool any = form->path.varies;

	for (size_t i = 0; i < form->n_headers; i++)
		any |= form->headers[i].varies;
	return any;
}

/* Path and headers as this message wants them. */
static void
fill(struct request *r, const struct message *m, struct buf *dst)
{
	const struct request_form *form = r->form;

	buf_reset(dst);
	/* It was checked when it was read. */
	if (varies(form))
		(void)record_parse(&r->record, m->body);
	template_fill(&form->path, &r->record, dst);
	buf_addc(dst, '\0');
	for (size_t i = 0; i < form->n_headers; i++) {
		template_fill(&form->headers[i], &r->record, dst);
		buf_addc(dst, '\0');
	}
}

/* Puts the bytes of fill() where they belong. */
static void
split_path(struct request *r)
{
	size_t len = strlen(r->other.at) + 1;

	buf_reset(&r->path);
	buf_reset(&r->headers);
	buf_add(&r->path, (struct span){ r->other.at, len });
	buf_add(&r->headers, span_skip(buf_span(&r->other), len));
	r->own = r->headers.len;
}

static bool
same_way(struct request *r, const struct message *m)
{
	size_t len = r->path.len;

	if (!varies(r->form))
		return true;
	fill(r, m, &r->other);
	return !r->other.failed && r->other.len >= len &&
	    span_eq((struct span){ r->other.at, len }, buf_span(&r->path)) &&
	    span_eq(span_skip(buf_span(&r->other), len), buf_span(&r->headers));
}

bool
request_gather(struct request *r, struct window *w, int64_t now_ms,
    size_t limit, uint64_t behind)
{
	size_t bytes = 0;
	struct message *m;

	if (limit > r->form->batch)
		limit = r->form->batch;
	r->n = 0;
	while (r->n < limit && (m = window_next(w, now_ms)) != NULL) {
		if (r->form->loki != NULL &&
		    loki_rejects(r->form->loki, w, m, now_ms))
			continue;
		if (r->n == 0) {
			fill(r, m, &r->other);
			if (r->other.failed)
				return false;
			split_path(r);
		} else if ((behind != 0 && m->order >= behind) ||
		    bytes + m->body.len > r->form->bytes || !same_way(r, m)) {
			break;
		}
		bytes += m->body.len;
		r->messages[r->n++] = m;
		window_sent(w, m, now_ms);
	}
	return r->n > 0;
}

static void
put_part(struct request *r, struct span part)
{
	r->parts[r->n_parts++] = part;
}

static void
render_records(struct request *r)
{
	bool array = r->form->body == REQUEST_ARRAY;
	struct span between = array ? SPAN(",") : SPAN("\n");

	if (r->form->body == REQUEST_JSON) {
		put_part(r, r->messages[0]->body);
		return;
	}
	if (array)
		put_part(r, SPAN("["));
	for (size_t i = 0; i < r->n; i++) {
		if (i > 0)
			put_part(r, between);
		put_part(r, r->messages[i]->body);
	}
	put_part(r, array ? SPAN("]") : between);
}

/* Replaces the parts by one, their gzip form. */
static int
pack(struct request *r)
{
	z_stream *z = r->deflate;
	char *room;

	if (z == NULL) {
		if ((z = calloc(1, sizeof(*z))) == NULL)
			return -1;
		if (deflateInit2(z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8,
			Z_DEFAULT_STRATEGY) != Z_OK) {
			free(z);
			return -1;
		}
		r->deflate = z;
	}
	for (size_t i = 0; r->n_parts > 1 && i < r->n_parts; i++)
		buf_add(&r->body, r->parts[i]);
	if (r->n_parts > 1)
		r->parts[0] = buf_span(&r->body);
	buf_reset(&r->packed);
	room = buf_room(&r->packed, deflateBound(z, r->parts->len));
	if (room == NULL || r->body.failed)
		return -1;
	z->next_in = (z_const Bytef *)r->parts->at;
	z->avail_in = (uInt)r->parts->len;
	z->next_out = (Bytef *)room;
	z->avail_out = (uInt)(r->packed.size - r->packed.len);
	if (deflate(z, Z_FINISH) != Z_STREAM_END)
		return -1;
	buf_took(&r->packed, z->total_out);
	(void)deflateReset(z);
	r->parts[0] = buf_span(&r->packed);
	r->n_parts = 1;
	return 0;
}

int
request_render(struct request *r)
{
	buf_reset(&r->body);
	r->headers.len = r->own;
	r->n_parts = 0;
	if (r->form->loki != NULL) {
		loki_render(r->form->loki, r->messages, r->n, &r->body);
		put_part(r, buf_span(&r->body));
	} else {
		render_records(r);
	}
	buf_adds(&r->headers, content_types[r->form->body]);
	buf_addc(&r->headers, '\0');
	if (r->form->gzip) {
		buf_adds(&r->headers, "Content-Encoding: gzip");
		buf_addc(&r->headers, '\0');
	}
	if (request_add_key(r) < 0 || r->body.failed || r->path.failed ||
	    r->headers.failed)
		return -1;
	return r->form->gzip ? pack(r) : 0;
}
