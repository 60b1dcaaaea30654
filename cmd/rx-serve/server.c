#include "cmd/rx-serve/server.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/rx-serve/access.h"
#include "cmd/rx-serve/command.h"
#include "cmd/rx-serve/conn.h"
#include "cmd/rx-serve/listener.h"
#include "cmd/rx-serve/net.h"
#include "cmd/rx-serve/runner.h"
#include "cmd/rx-serve/stream.h"
#include "cmd/rx-serve/ws.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define LOGS 0 /* the command's number */
#define OWN_FDS 32 /* what we hold beside connections */
#define LEAST_CLIENTS 4 /* fewer is no service */
#define GOODBYE_MS 1500 /* for clients to take their close frame */

static struct {
	struct listener control, ws;
	struct stream logs;
	struct net_watch stop;
	bool stopping;
} server;

static void
on_taken(struct listener *l, int fd)
{
	conn_take(fd, l->port);
}

static void
on_stop(void *arg)
{
	(void)arg;
	server.stopping = true;
	net_unwatch(&server.stop);
}

static void
tell_status(void *arg)
{
	const struct conn_counts *n = conn_counts();

	(void)arg;
	info("%zu connections, %ju accepted, %ju refused, %ju turned away; "
	     "%zu watch logs, %ju records, %ju too long, %ju missed by slow "
	     "clients, command started %ju times",
	    n->open, (uintmax_t)n->accepted, (uintmax_t)n->refused,
	    (uintmax_t)n->turned_away, server.logs.n_clients,
	    (uintmax_t)server.logs.records, (uintmax_t)server.logs.refused,
	    (uintmax_t)server.logs.missed,
	    (uintmax_t)server.logs.command.starts);
}

/* As many connections as asked for, or as there can be descriptors. */
static size_t
make_descriptors(size_t wanted)
{
	struct rlimit limit;
	rlim_t need = wanted + OWN_FDS;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die_sys(EX_TEMPFAIL, "unable to ask for descriptors");
	/* The library sizes its tables by it: neither more nor less. */
	limit.rlim_cur = need < limit.rlim_max ? need : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die_sys(EX_TEMPFAIL, "unable to ask for descriptors");
	if (limit.rlim_cur == need)
		return wanted;
	if (limit.rlim_cur < OWN_FDS + LEAST_CLIENTS)
		die(EX_CONFIG, "%ju descriptors are not enough",
		    (uintmax_t)limit.rlim_cur);
	wanted = limit.rlim_cur - OWN_FDS;
	warn("room for %zu connections: there are but %ju descriptors", wanted,
	    (uintmax_t)limit.rlim_cur);
	return wanted;
}

static void
listen_on(struct listener *l, uint16_t port)
{
	if (listener_open(l, port, on_taken) < 0)
		die_sys(errno == EACCES ? EX_NOPERM : EX_TEMPFAIL,
		    "unable to listen on 127.0.0.1:%u", port);
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
	int64_t until_ms = stop_now_ms() + GOODBYE_MS;

	listener_close(&server.control);
	listener_close(&server.ws);
	commands_close();
	conn_end_all();
	while (conn_counts()->open > 0 && stop_now_ms() < until_ms)
		net_turn();
}

void
server_run(const struct settings *s, int stop_fd)
{
	const char *const commands[] = { s->logs };
	struct conn_about about = { .service = { s->service, s->node_id },
		.logs = s->logs == NULL ? NULL : &server.logs,
		.header_ms = s->header_ms,
		.ping_ms = s->ping_ms,
		.pong_ms = s->pong_ms };
	int runner = runner_fork(commands, s->logs != NULL, s->node_id);

	if (runner < 0)
		die_sys(EX_TEMPFAIL, "unable to start the runner");
	about.max = make_descriptors(s->max_connections);
	listen_on(&server.control, s->control_port);
	listen_on(&server.ws, s->ws_port);
	about.ports[0] = server.control.port;
	about.ports[1] = server.ws.port;
	if (access_init() < 0)
		warn_sys("no peer can be told, so none may watch");
	check_hashing();
	server.stop = (struct net_watch){ stop_fd, on_stop, NULL };
	if (net_init(&conn_calls) < 0 || net_watch(&server.stop) < 0 ||
	    commands_open(runner) < 0 ||
	    stream_init(&server.logs, LOGS, s->ring) < 0 ||
	    listener_start(&server.control) < 0 ||
	    listener_start(&server.ws) < 0)
		die_sys(EX_TEMPFAIL, "unable to start");
	conn_init(&about);
	stop_on_status(tell_status, NULL);
	if (confine("stdio inet") < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
	info("http://127.0.0.1:%u/ and ws://127.0.0.1:%u/livelogs",
	    about.ports[0], about.ports[1]);
	serve();
	say_goodbye();
	net_release();
	stream_release(&server.logs);
	runner_wait();
}
