/*
 * rx-serve -- show what happens on this host to those who may see it: live
 *             logs to WebSocket clients, a dashboard, /health.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/rx-serve/net.h"
#include "cmd/rx-serve/server.h"
#include "lib/cli.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/stop.h"

#define CONNECTIONS 1024
#define CONNECTIONS_MAX 100000
#define RING 1000
#define RING_MAX 100000
#define HEADER (10 * NUM_S)
#define PING (30 * NUM_S)
#define PONG (10 * NUM_S)
#define TIME_MAX (3600 * NUM_S)

enum {
	OPT_CHECK = CLI_LONG,
	OPT_CONTROL_PORT,
	OPT_HEADER_TIME,
	OPT_LISTEN,
	OPT_LOGS,
	OPT_MAX_CONNECTIONS,
	OPT_NODE_ID,
	OPT_PING,
	OPT_PONG,
	OPT_RING,
	OPT_SERVICE,
	OPT_WS_PORT
};

static const struct cli_option options[] = {
	{ OPT_CHECK, "check", NULL, "see whether it would start, and end" },
	{ OPT_CONTROL_PORT, "control-port", "PORT", "for HTTP; 0: any [8754]" },
	{ OPT_HEADER_TIME, "header-time", "DURATION",
	    "for a request's head to come, 1s to 1h [10s]" },
	{ OPT_LISTEN, "listen", "ADDRESS", "127.0.0.1 only [127.0.0.1]" },
	{ OPT_LOGS, "logs", "CMD", "what writes the live logs" },
	{ OPT_MAX_CONNECTIONS, "max-connections", "N",
	    "open at a time [1024]" },
	{ OPT_NODE_ID, "node-id", "ID", "instead of the persistent one" },
	{ OPT_PING, "ping", "DURATION", "between pings, 1s to 1h [30s]" },
	{ OPT_PONG, "pong", "DURATION",
	    "for a client to answer, 1s to 1h [10s]" },
	{ OPT_RING, "ring", "N", "records a new client gets first [1000]" },
	{ OPT_SERVICE, "service", "NAME", "in /health [rx-serve]" },
	{ OPT_WS_PORT, "ws-port", "PORT", "for WebSockets; 0: any [8755]" },
	{ 0, NULL, NULL, NULL },
};

/* Tokens will come by libjose. */
#ifdef HAVE_LIBJOSE
#define LIBJOSE "libjose found, not used yet\n"
#else
#define LIBJOSE "libjose not built in\n"
#endif
static char versions[64];

static const struct cli cli = {
	.name = "rx-serve",
	.synopsis = "[-hqVv] [--check] [--control-port PORT] "
		    "[--drain DURATION] [--header-time DURATION] "
		    "[--listen ADDRESS] [--log-format FORMAT] [--logs CMD] "
		    "[--max-connections N] [--node-id ID] [--ping DURATION] "
		    "[--pong DURATION] [--ring N] [--service NAME] "
		    "[--ws-port PORT]",
	.about = "Show live logs to browsers and programs on this host.",
	.options = options,
	.versions = versions,
	.examples = "rx-serve --logs 'rx-tail -n 100 /var/log/syslog'\n"
		    "rx-serve --logs 'rx-tail /var/log/*.log | rx-match -k'\n",
};

static int64_t
time_ms(const char *option)
{
	return num_opt_duration(option, optarg, NUM_S, TIME_MAX) / NUM_MS;
}

static uint16_t
port(const char *option)
{
	return (uint16_t)num_opt_u64(option, optarg, 0, UINT16_MAX);
}

static void
check_listen(const char *address)
{
	if (strcmp(address, "127.0.0.1") != 0)
		die(EX_CONFIG,
		    "--listen %s: only 127.0.0.1 until rx-serve has TLS and "
		    "tokens",
		    address);
}

int
main(int argc, char *argv[])
{
	struct settings s = { .control_port = 8754,
		.ws_port = 8755,
		.service = "rx-serve",
		.max_connections = CONNECTIONS,
		.ring = RING,
		.header_ms = HEADER / NUM_MS,
		.ping_ms = PING / NUM_MS,
		.pong_ms = PONG / NUM_MS };
	const char *given_id = NULL;
	char why[NODEID_WHY];
	bool check = false;
	int ch, stop_fd;

	diag_init("rx-serve");
	snprintf(versions, sizeof(versions), "libwebsockets %.*s\n" LIBJOSE,
	    (int)strcspn(net_version(), "-"), net_version());
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_CHECK: check = true; break;
		case OPT_CONTROL_PORT:
			s.control_port = port("--control-port");
			break;
		case OPT_HEADER_TIME:
			s.header_ms = time_ms("--header-time");
			break;
		case OPT_LISTEN: check_listen(optarg); break;
		case OPT_LOGS: s.logs = optarg; break;
		case OPT_MAX_CONNECTIONS:
			s.max_connections = num_opt_u64(
			    "--max-connections", optarg, 1, CONNECTIONS_MAX);
			break;
		case OPT_NODE_ID: given_id = optarg; break;
		case OPT_PING: s.ping_ms = time_ms("--ping"); break;
		case OPT_PONG: s.pong_ms = time_ms("--pong"); break;
		case OPT_RING:
			s.ring = num_opt_u64("--ring", optarg, 1, RING_MAX);
			break;
		case OPT_SERVICE: s.service = optarg; break;
		case OPT_WS_PORT: s.ws_port = port("--ws-port"); break;
		}
	if (optind != argc)
		cli_usage(&cli, "it reads no files");
	if (s.control_port == s.ws_port && s.ws_port != 0)
		die(EX_CONFIG, "--control-port and --ws-port are both %u",
		    s.ws_port);
	if (nodeid_get(given_id, s.node_id, why) < 0)
		die(EX_CONFIG, "%s", why);
	if (check)
		return EX_OK;
	stop_ignore_pipe();
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	server_run(&s, stop_fd);
	return EX_OK;
}
