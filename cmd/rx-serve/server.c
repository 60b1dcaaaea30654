/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/server.h"

#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/rx-serve/auth.h"
#include "cmd/rx-serve/beneath.h"
#include "cmd/rx-serve/command.h"
#include "cmd/rx-serve/conn.h"
#include "cmd/rx-serve/control.h"
#include "cmd/rx-serve/counters.h"
#include "cmd/rx-serve/exchange.h"
#include "cmd/rx-serve/listener.h"
#include "cmd/rx-serve/net.h"
#include "cmd/rx-serve/peers.h"
#include "cmd/rx-serve/report.h"
#include "cmd/rx-serve/runner.h"
#include "cmd/rx-serve/tls.h"
#include "cmd/rx-serve/ws.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/notify.h"
#include "lib/stats.h"
#include "lib/stop.h"

#define OWN_FDS 32 /* what we hold beside connections */
#define LEAST_CLIENTS 4 /* fewer is no service */
#define GOODBYE_MS 1500 /* for clients to take their close frame */

static struct {
	struct listener listeners[EXPOSURE_MAX * ACCESS_PORTS];
	size_t n_listeners;
	struct stream streams[STREAMS];
	struct exchange_about about;
	struct net_watch stop;
	bool stopping;
} server;

static void
on_taken(struct listener *l, int fd, const struct address *peer)
{
	conn_take(fd, (enum exchange_port)l->kind, peer);
}

static void
on_stop(void *arg)
{
	(void)arg;
	server.stopping = true;
	net_unwatch(&server.stop);
}

static void
on_reload(void *arg)
{
	(void)arg;
	auth_reload();
	tls_reload();
	conn_check_grants();
}

static void
tell_status(void *arg)
{
	const struct conn_counts *n = conn_counts();

	(void)arg;
	info("%zu connections, %ju accepted, %ju refused, %ju turned away",
	    n->open, (uintmax_t)n->accepted, (uintmax_t)n->refused,
	    (uintmax_t)n->turned_away);
	for (int i = 0; i < STREAMS; i++) {
		const struct stream *s = server.about.streams[i];

		if (s != NULL)
			info("%s: %zu watch, %ju records, %ju left out, %ju "
			     "missed by slow clients, command started %ju "
			     "times",
			    stream_names[i], s->n_clients,
			    (uintmax_t)s->records, (uintmax_t)s->refused,
			    (uintmax_t)s->missed, (uintmax_t)s->command.starts);
	}
}

/* As many connections as asked for, or as there can be descriptors. */
static size_t
make_descriptors(size_t wanted, size_t addresses)
{
	struct rlimit limit;
	size_t own = OWN_FDS + (addresses - 1) * ACCESS_PORTS;
	rlim_t need = wanted + own;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die_sys(EX_TEMPFAIL, "unable to ask for descriptors");
	/* The library sizes its tables by it: neither more nor less. */
	limit.rlim_cur = need < limit.rlim_max ? need : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die_sys(EX_TEMPFAIL, "unable to ask for descriptors");
	if (limit.rlim_cur == need)
		return wanted;
	if (limit.rlim_cur < own + LEAST_CLIENTS)
		die(EX_CONFIG, "%ju descriptors are not enough",
		    (uintmax_t)limit.rlim_cur);
	wanted = limit.rlim_cur - own;
	warn("room for %zu connections: there are but %ju descriptors", wanted,
	    (uintmax_t)limit.rlim_cur);
	return wanted;
}

static void
listen_on(const struct settings *s, const struct address *at, int kind)
{
	struct listener *l = &server.listeners[server.n_listeners];
	char text[ADDRESS_TEXT];
	/* Any that is free for the first address is wanted for the others. */
	uint16_t port = server.about.ports[kind] != 0 ? server.about.ports[kind]
						      : s->ports[kind];

	if (listener_open(l, at, port, on_taken) < 0)
		die_sys(errno == EACCES ? EX_NOPERM : EX_TEMPFAIL,
		    "unable to listen on %s:%u", address_text(at, text), port);
	l->kind = kind;
	server.about.ports[kind] = l->port;
	server.n_listeners++;
}

static void
open_listeners(const struct settings *s)
{
	for (size_t i = 0; i < s->exposure.n; i++)
		for (int kind = 0; kind < ACCESS_PORTS; kind++)
			if (kind != PORT_TELEMETRY ||
			    s->commands[STREAM_TELEMETRY] != NULL)
				listen_on(s, &s->exposure.list[i], kind);
}

static void
start_stream(const struct settings *s, enum stream_kind kind)
{
	struct stream *stream = &server.streams[kind];

	if (s->commands[kind] == NULL)
		return;
	if (stream_init(stream, kind, s->ring, s->linger_ms) < 0)
		die_sys(EX_TEMPFAIL, "unable to start");
	server.about.streams[kind] = stream;
}

static void
check_hashing(void)
{
	char accept[29];

	/* RFC 6455 1.3.  It also makes the library load what it needs while
	 * files can still be opened. */
	if (!ws_accept(SPAN("dGhlIHNhbXBsZSBub25jZQ=="), accept) ||
	    strcmp(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != 0)
		die(EX_TEMPFAIL, "unable to hash");
}

static void
serve(void)
{
	while (!server.stopping) {
		net_turn();
		stop_poll();
	}
}

static void
say_goodbye(void)
{
	int64_t until_ms = stop_now_ms() + INGEST_PATIENCE_MS;

	for (size_t i = 0; i < server.n_listeners; i++)
		listener_close(&server.listeners[i]);
	while (!ingest_end() && stop_now_ms() < until_ms)
		net_turn();
	commands_close();
	history_end();
	conn_end_all();
	until_ms = stop_now_ms() + GOODBYE_MS;
	while (conn_counts()->open > 0 && stop_now_ms() < until_ms)
		net_turn();
}

/* The directory of a file: a new one may take its name. */
static int
allow_beside(const char *file, const char *permissions)
{
	char *copy;
	int error;

	if (file == NULL)
		return 0;
	if ((copy = strdup(file)) == NULL)
		return -1;
	error = confine_allow(dirname(copy), permissions);
	free(copy);
	return error;
}

static void
give_up_privileges(const struct settings *s)
{
	bool reads = s->auth != NULL || s->stages != NULL || tls_is_on() ||
	    beneath_root(0) != NULL;
	const char *promises = reads ? "stdio inet rpath" : "stdio inet";

	if (s->stats != NULL)
		promises = "stdio inet rpath wpath cpath";
	if (allow_beside(s->auth, "r") < 0 ||
	    allow_beside(s->tls_cert, "r") < 0 ||
	    allow_beside(s->tls_key, "r") < 0 ||
	    allow_beside(s->stats, "rwc") < 0 || beneath_allow() < 0 ||
	    (s->stages != NULL && confine_allow(s->stages, "r") < 0) ||
	    confine(promises) < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
}

void
server_run(const struct settings *s, int stop_fd)
{
	struct conn_about conns = { .header_ms = s->header_ms,
		.ping_ms = s->ping_ms,
		.pong_ms = s->pong_ms };
	struct runner_command commands[COMMANDS];
	int runner;

	for (int i = 0; i < COMMANDS; i++)
		commands[i] = (struct runner_command){ s->commands[i],
			i == COMMAND_DURABLE };
	if ((runner = runner_fork(commands, COMMANDS, s->node_id)) < 0)
		die_sys(EX_TEMPFAIL, "unable to start the runner");
	if (history_fork(s->history) < 0)
		die_sys(EX_TEMPFAIL, "unable to start what reads the history");
	auth_init(s->auth, s->exposure.insecure);
	tls_init(s->tls_cert, s->tls_key);
	conns.max = make_descriptors(s->max_connections, s->exposure.n);
	server.about.max_body = s->max_body;
	server.about.service =
	    (struct http_service){ s->service, s->node_id, s->service_version };
	open_listeners(s);
	if (access_init() < 0)
		warn_sys("no peer can be told: all need a token");
	check_hashing();
	server.stop = (struct net_watch){ .fd = stop_fd, .ready = on_stop };
	if (peers_init(s->max_per_address) < 0 || net_init(&conn_calls) < 0 ||
	    net_watch(&server.stop) < 0 || commands_open(runner) < 0 ||
	    history_open() < 0)
		die_sys(EX_TEMPFAIL, "unable to start");
	for (int i = 0; i < STREAMS; i++)
		start_stream(s, (enum stream_kind)i);
	for (size_t i = 0; i < server.n_listeners; i++)
		if (listener_start(&server.listeners[i]) < 0)
			die_sys(EX_TEMPFAIL, "unable to start");
	ingest_init(&s->ingest);
	report_init(s->stages);
	counters_init(s->stats, server.about.streams);
	control_init();
	tls_watch();
	exchange_init(&server.about);
	conn_init(&conns);
	stop_on_status(tell_status, NULL);
	stop_on_reload(on_reload, NULL);
	give_up_privileges(s);
	exposure_warn(&s->exposure);
	exposure_tell(&s->exposure, server.about.ports);
	notify_ready("loop started");
	serve();
	say_goodbye();
	stats_end();
	net_release();
	for (int i = 0; i < STREAMS; i++)
		if (server.about.streams[i] != NULL)
			stream_release(&server.streams[i]);
	runner_wait();
}
