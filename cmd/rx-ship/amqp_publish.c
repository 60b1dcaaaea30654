/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-ship/amqp_target.h"
#include "lib/crash.h"
#include "lib/diag.h"

/* Encoded bytes that may wait for the socket; more only costs memory. */
#define OUT_ENOUGH (256 * 1024)

#define UNROUTABLE "unroutable: "
#define PERSISTENT 2

/* The method frame, for the key as it stands in key_text. */
static void
put_publish(struct amqp *a, struct buf *dst)
{
	const char *exchange = a->target.settings->amqp.exchange;
	struct span key = buf_span(&a->key_text);
	amqp_basic_publish_t publish = {
		.exchange = exchange == NULL ? amqp_empty_bytes
					     : amqp_bytes_of(span_of(exchange)),
		.mandatory = 1,
	};

	if (exchange == NULL)
		key = span_of(a->url.queue);
	if (key.len > AMQP_SHORT)
		key.len = AMQP_SHORT;
	publish.routing_key = amqp_bytes_of(key);
	amqp_put_method(dst, AMQP_CHANNEL, AMQP_BASIC_PUBLISH_METHOD, &publish);
}

int
amqp_publish_init(struct amqp *a)
{
	buf_init(&a->publish);
	buf_init(&a->key_text);
	record_init(&a->record);
	if (!a->key.varies)
		template_fill(&a->key, NULL, &a->key_text);
	put_publish(a, &a->publish);
	a->orders = calloc(a->target.settings->window, sizeof(*a->orders));
	if (a->publish.failed || a->orders == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
amqp_publish_release(struct amqp *a)
{
	buf_release(&a->publish);
	buf_release(&a->key_text);
	record_release(&a->record);
	free(a->orders);
}

/* A new channel counts from 1. */
void
amqp_publish_start(struct amqp *a)
{
	a->oldest = a->tag = 1;
	a->flow_stopped = a->return_header = false;
	a->return_left = 0;
}

static uint64_t *
order_of(struct amqp *a, uint64_t tag)
{
	return &a->orders[tag % a->target.settings->window];
}

static void
put_message(struct amqp *a, const struct message *m)
{
	struct buf *out = &a->link.out;
	amqp_basic_properties_t p = {
		._flags = AMQP_BASIC_CONTENT_TYPE_FLAG |
		    AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
		    AMQP_BASIC_APP_ID_FLAG,
		.content_type = amqp_bytes_of(SPAN("application/json")),
		.delivery_mode = PERSISTENT,
		.message_id = amqp_bytes_of(m->name),
		.app_id = amqp_bytes_of(SPAN("rx")),
	};

	if (m->priority > 0) {
		p._flags |= AMQP_BASIC_PRIORITY_FLAG;
		p.priority = m->priority;
	}
	if (m->timed) {
		p._flags |= AMQP_BASIC_TIMESTAMP_FLAG;
		p.timestamp = (uint64_t)m->seconds;
	}
	if (a->key.varies) {
		/* It was checked when it was read. */
		(void)record_parse(&a->record, m->body);
		buf_reset(&a->key_text);
		template_fill(&a->key, &a->record, &a->key_text);
		put_publish(a, out);
	} else {
		buf_add(out, buf_span(&a->publish));
	}
	amqp_put_header(out, AMQP_CHANNEL, m->body.len, &p);
	amqp_put_body(out, AMQP_CHANNEL, m->body, a->frame_max);
}

bool
amqp_publish(struct amqp *a)
{
	struct window *w = a->target.window;
	uint64_t first = a->tag;
	struct message *m;

	while (!a->link.blocked && !a->flow_stopped &&
	    link_pending(&a->link) < OUT_ENOUGH &&
	    a->tag - a->oldest < a->target.settings->window &&
	    (m = window_next(w, a->now_ms)) != NULL) {
		put_message(a, m);
		*order_of(a, a->tag++) = m->order;
		m->by = a->number;
		window_sent(w, m, a->now_ms);
		a->target.sent++;
	}
	if (!link_write(&a->link, a->now_ms))
		return false;
	for (; first < a->tag; first++)
		CRASH("ship.sent");
	return true;
}

/* What the broker says of the message with this tag, if it is still open. */
static void
settle(struct amqp *a, uint64_t tag, bool taken)
{
	struct message *m = window_find(a->target.window, *order_of(a, tag));

	*order_of(a, tag) = 0;
	if (m == NULL) /* returned, and acknowledged afterwards */
		return;
	if (taken) {
		debug("%s: delivered %.*s", a->target.name, (int)m->name.len,
		    m->name.at);
		window_accept(a->target.window, m, a->now_ms);
	} else {
		window_refuse(a->target.window, m, a->now_ms, "nack");
	}
}

static bool
on_confirm(struct amqp *a, uint64_t tag, bool multiple, bool taken)
{
	if (multiple && tag == 0)
		tag = a->tag - 1;
	if (tag >= a->tag || (!multiple && tag == 0))
		return link_fail(
		    &a->link, "the broker confirmed what was not sent");
	if (tag < a->oldest)
		return true; /* said twice */
	for (uint64_t t = multiple ? a->oldest : tag; t <= tag; t++)
		if (*order_of(a, t) != 0)
			settle(a, t, taken);
	while (a->oldest < a->tag && *order_of(a, a->oldest) == 0)
		a->oldest++;
	return true;
}

/* method, header, body: a returned message comes back whole. */
static bool
on_return(struct amqp *a, const amqp_basic_return_t *back)
{
	snprintf(a->return_why, sizeof(a->return_why), UNROUTABLE "%u %.*s",
	    back->reply_code, (int)back->reply_text.len,
	    (const char *)back->reply_text.bytes);
	url_hide(&a->url.url, a->return_why);
	a->return_header = true;
	return true;
}

static bool
on_returned_header(struct amqp *a, const amqp_frame_t *frame)
{
	const amqp_basic_properties_t *p = frame->payload.properties.decoded;
	struct message *m = NULL;

	a->return_header = false;
	a->return_left = frame->payload.properties.body_size;
	if (p->_flags & AMQP_BASIC_MESSAGE_ID_FLAG)
		m = window_named(a->target.window, amqp_span_of(p->message_id));
	if (m == NULL)
		return link_fail(
		    &a->link, "the broker returned what was not sent");
	warn_every(&a->returns, "returned by %s: %s", a->target.name,
	    a->return_why + strlen(UNROUTABLE));
	window_reject(a->target.window, m, a->return_why);
	return true;
}

static void
set_blocked(struct amqp *a, bool blocked, amqp_bytes_t reason)
{
	char why[AMQP_SHORT + 1];

	link_set_blocked(&a->link, blocked, a->now_ms);
	snprintf(why, sizeof(why), "%.*s", (int)reason.len,
	    (const char *)reason.bytes);
	url_hide(&a->url.url, why);
	if (blocked)
		warn("blocked by %s: %s", a->target.name, why);
	else
		info("unblocked by %s", a->target.name);
}

static bool
on_flow(struct amqp *a, const amqp_channel_flow_t *flow)
{
	amqp_channel_flow_ok_t ok = { .active = flow->active };

	a->flow_stopped = !flow->active;
	amqp_put_method(
	    &a->link.out, AMQP_CHANNEL, AMQP_CHANNEL_FLOW_OK_METHOD, &ok);
	return true;
}

static bool
on_method(struct amqp *a, const amqp_method_t *method)
{
	switch (method->id) {
	case AMQP_BASIC_ACK_METHOD: {
		const amqp_basic_ack_t *ack = method->decoded;

		return on_confirm(a, ack->delivery_tag, ack->multiple, true);
	}
	case AMQP_BASIC_NACK_METHOD: {
		const amqp_basic_nack_t *nack = method->decoded;

		return on_confirm(a, nack->delivery_tag, nack->multiple, false);
	}
	case AMQP_BASIC_RETURN_METHOD: return on_return(a, method->decoded);
	case AMQP_CONNECTION_BLOCKED_METHOD: {
		const amqp_connection_blocked_t *blocked = method->decoded;

		set_blocked(a, true, blocked->reason);
		return true;
	}
	case AMQP_CONNECTION_UNBLOCKED_METHOD:
		set_blocked(a, false, amqp_empty_bytes);
		return true;
	case AMQP_CHANNEL_FLOW_METHOD: return on_flow(a, method->decoded);
	case AMQP_CHANNEL_CLOSE_METHOD: {
		const amqp_channel_close_t *close = method->decoded;

		return amqp_closed_by(
		    a, "channel", close->reply_code, close->reply_text);
	}
	default:
		return link_fail(&a->link,
		    "the broker said what nobody asked (method %#x)",
		    (unsigned)method->id);
	}
}

bool
amqp_publish_frame(struct amqp *a, const amqp_frame_t *frame)
{
	switch (frame->frame_type) {
	case AMQP_FRAME_METHOD:
		if (a->return_header || a->return_left > 0)
			break;
		return on_method(a, &frame->payload.method);
	case AMQP_FRAME_HEADER:
		if (!a->return_header)
			break;
		return on_returned_header(a, frame);
	case AMQP_FRAME_BODY:
		if (frame->payload.body_fragment.len > a->return_left)
			break;
		a->return_left -= frame->payload.body_fragment.len;
		return true;
	default: return true; /* a heartbeat: heard is enough */
	}
	return link_fail(&a->link, "the broker's frames are out of order");
}
