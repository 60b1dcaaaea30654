/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/control.h"

#include "cmd/rx-serve/limit.h"
#include "lib/diag.h"
#include "lib/record.h"

static const struct control_command {
	const char *name;
	enum stream_kind stream;
	void (*run)(struct stream *);
} commands[] = {
	{ "start_livelogs", STREAM_LOGS, stream_start },
	{ "stop_livelogs", STREAM_LOGS, stream_stop },
	{ "start_telemetry", STREAM_TELEMETRY, stream_start },
	{ "stop_telemetry", STREAM_TELEMETRY, stream_stop },
};
#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static struct limit limit;

void
control_init(void)
{
	limit_init(&limit, CONTROL_A_MINUTE);
}

static const struct control_command *
find(struct span body)
{
	const struct control_command *found = NULL;
	struct record record;
	struct value v;

	record_init(&record);
	if (record_parse(&record, body) == 0 && record.n_members == 1 &&
	    record_get(&record, "command", &v) && v.type == VALUE_STRING)
		for (size_t i = 0; i < N_COMMANDS; i++)
			if (span_is(v.text, commands[i].name))
				found = &commands[i];
	record_release(&record);
	return found;
}

void
control_answer(struct exchange *x, const struct exchange_about *about)
{
	const struct control_command *command = find(x->body);
	struct stream *stream;
	struct buf body;
	unsigned retry_s = limit_take(&limit, span_of(x->grant.name), 1);

	if (retry_s > 0) {
		exchange_refuse(x, 429, "too many commands");
		x->refusal.retry_s = retry_s;
	} else if (command == NULL)
		exchange_refuse(x, 400,
		    "one member, command: start_livelogs, stop_livelogs, "
		    "start_telemetry or stop_telemetry");
	else if ((stream = about->streams[command->stream]) == NULL)
		exchange_refuse(x, 409, "rx-serve has no command for it");
	else {
		command->run(stream);
		info("control: %s by %s", command->name, x->grant.name);
		buf_init(&body);
		buf_addf(&body,
		    "{\"status\":\"ok\",\"command\":\"%s\",\"state\":\"%s\"}\n",
		    command->name, stream_state(stream));
		http_json(x->out, 200, &body);
		buf_release(&body);
	}
}
