/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cmd/rx-ship/amqp_target.h"

#define NOT_FOUND 404

static amqp_bytes_t
text(const char *s)
{
	return amqp_bytes_of(span_of(s));
}

static void
say(struct amqp *a, unsigned channel, amqp_method_number_t id, void *method)
{
	amqp_put_method(&a->link.out, channel, id, method);
}

static bool
offers_plain(amqp_bytes_t mechanisms)
{
	const char *at = mechanisms.bytes, *end = at + mechanisms.len;

	while (at < end) {
		const char *blank = memchr(at, ' ', (size_t)(end - at));
		size_t n = (size_t)((blank == NULL ? end : blank) - at);

		if (span_eq((struct span){ at, n }, SPAN("PLAIN")))
			return true;
		at += n + 1;
	}
	return false;
}

static amqp_table_entry_t
capability(const char *name)
{
	return (amqp_table_entry_t){ .key = text(name),
		.value = {
		    .kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1 } };
}

static amqp_table_entry_t
property(const char *name, const char *value)
{
	return (amqp_table_entry_t){ .key = text(name),
		.value = { .kind = AMQP_FIELD_KIND_UTF8,
		    .value.bytes = text(value) } };
}

static bool
on_start(struct amqp *a, const amqp_connection_start_t *start)
{
	amqp_table_entry_t can[] = { capability("publisher_confirms"),
		capability("connection.blocked"),
		capability("authentication_failure_close") };
	amqp_table_entry_t about[] = { property("product", "rx-ship"),
		property("version", RX_VERSION),
		{ .key = text("capabilities"),
		    .value = { .kind = AMQP_FIELD_KIND_TABLE,
			.value.table = { 3, can } } } };
	amqp_connection_start_ok_t ok = {
		.client_properties = { 3, about },
		.mechanism = text("PLAIN"),
		.locale = text("en_US"),
	};
	struct buf login;

	if (!offers_plain(start->mechanisms))
		return link_fail(&a->link, "no login by password offered");
	buf_init(&login);
	buf_addc(&login, '\0');
	buf_adds(&login, a->url.user);
	buf_addc(&login, '\0');
	buf_adds(&login, a->url.password);
	ok.response = amqp_bytes_of(buf_span(&login));
	say(a, 0, AMQP_CONNECTION_START_OK_METHOD, &ok);
	if (login.at != NULL)
		explicit_bzero(login.at, login.size);
	buf_release(&login);
	a->step = STEP_TUNE;
	return true;
}

/* The smaller of two limits, of which 0 is none. */
static uint64_t
lesser(uint64_t a, uint64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

static bool
on_tune(struct amqp *a, const amqp_connection_tune_t *tune)
{
	uint64_t heartbeat_s =
	    lesser((uint64_t)a->target.settings->heartbeat_s, tune->heartbeat);
	uint64_t frame_max = lesser(LINK_FRAME_MAX, tune->frame_max);
	amqp_connection_tune_ok_t ok = {
		.channel_max = AMQP_CHANNEL,
		.frame_max = (uint32_t)frame_max,
		.heartbeat = (uint16_t)heartbeat_s,
	};
	amqp_connection_open_t open = { .virtual_host = text(a->url.vhost) };

	/* The login has left; do not keep it. */
	explicit_bzero(a->link.out.at, a->link.out.size);
	if (frame_max < AMQP_FRAME_MIN_SIZE)
		return link_fail(&a->link, "the broker wants tiny frames");
	a->frame_max = frame_max;
	say(a, 0, AMQP_CONNECTION_TUNE_OK_METHOD, &ok);
	say(a, 0, AMQP_CONNECTION_OPEN_METHOD, &open);
	a->step = STEP_OPEN;
	return link_tuned(
	    &a->link, (int)frame_max, (int64_t)heartbeat_s * 1000);
}

static bool
open_channel(struct amqp *a)
{
	amqp_channel_open_t open = { .out_of_band = amqp_empty_bytes };

	say(a, AMQP_CHANNEL, AMQP_CHANNEL_OPEN_METHOD, &open);
	a->step = STEP_CHANNEL;
	return true;
}

/*
 * A queue that exists is taken as it is: declaring it again with arguments
 * that differ from its own would be an error.
 */
static bool
on_channel(struct amqp *a)
{
	const char *exchange = a->target.settings->amqp.exchange;
	amqp_exchange_declare_t look = {
		.exchange = text(exchange == NULL ? "" : exchange),
		.type = text(""),
		.passive = 1,
		.arguments = amqp_empty_table,
	};
	amqp_queue_declare_t declare = {
		.queue = text(a->url.queue),
		.passive = !a->declare,
		.durable = 1,
		.arguments = amqp_empty_table,
	};

	if (exchange != NULL)
		say(a, AMQP_CHANNEL, AMQP_EXCHANGE_DECLARE_METHOD, &look);
	else
		say(a, AMQP_CHANNEL, AMQP_QUEUE_DECLARE_METHOD, &declare);
	a->step = STEP_QUEUE;
	return true;
}

static bool
on_queue(struct amqp *a)
{
	amqp_confirm_select_t select = { .nowait = 0 };

	say(a, AMQP_CHANNEL, AMQP_CONFIRM_SELECT_METHOD, &select);
	a->step = STEP_CONFIRM;
	return true;
}

static bool
on_channel_closed(struct amqp *a, const amqp_channel_close_t *close)
{
	amqp_channel_close_ok_t ok = { 0 };

	if (a->step != STEP_QUEUE || close->reply_code != NOT_FOUND ||
	    a->url.passive || a->declare ||
	    a->target.settings->amqp.exchange != NULL)
		return amqp_closed_by(
		    a, "channel", close->reply_code, close->reply_text);
	a->declare = true;
	if (a->looks) {
		a->step = STEP_READY;
		return true;
	}
	say(a, AMQP_CHANNEL, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
	return open_channel(a);
}

bool
amqp_login_frame(struct amqp *a, const amqp_frame_t *frame)
{
	static const struct {
		amqp_method_number_t id;
		enum step at;
	} expected[] = {
		{ AMQP_CONNECTION_START_METHOD, STEP_START },
		{ AMQP_CONNECTION_TUNE_METHOD, STEP_TUNE },
		{ AMQP_CONNECTION_OPEN_OK_METHOD, STEP_OPEN },
		{ AMQP_CHANNEL_OPEN_OK_METHOD, STEP_CHANNEL },
		{ AMQP_QUEUE_DECLARE_OK_METHOD, STEP_QUEUE },
		{ AMQP_EXCHANGE_DECLARE_OK_METHOD, STEP_QUEUE },
		{ AMQP_CONFIRM_SELECT_OK_METHOD, STEP_CONFIRM },
	};
	const amqp_method_t *method = &frame->payload.method;

	if (frame->frame_type == AMQP_FRAME_METHOD &&
	    method->id == AMQP_CHANNEL_CLOSE_METHOD)
		return on_channel_closed(a, method->decoded);
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		if (frame->frame_type != AMQP_FRAME_METHOD ||
		    expected[i].id != method->id || expected[i].at != a->step)
			continue;
		switch (a->step) {
		case STEP_START: return on_start(a, method->decoded);
		case STEP_TUNE: return on_tune(a, method->decoded);
		case STEP_OPEN: return open_channel(a);
		case STEP_CHANNEL: return on_channel(a);
		case STEP_QUEUE: return on_queue(a);
		default: a->step = STEP_READY; return true;
		}
	}
	return link_fail(&a->link, "the broker speaks no AMQP 0-9-1 we know");
}
