/* SPDX-License-Identifier: MIT */
/*
 * rx-serve -- show what happens on this host to those who may see it: live
 *             logs to WebSocket clients, a dashboard, /health.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/rx-serve/auth.h"
#include "cmd/rx-serve/beneath.h"
#include "cmd/rx-serve/browse.h"
#include "cmd/rx-serve/conn.h"
#include "cmd/rx-serve/link.h"
#include "cmd/rx-serve/net.h"
#include "cmd/rx-serve/peers.h"
#include "cmd/rx-serve/report.h"
#include "cmd/rx-serve/server.h"
#include "cmd/rx-serve/tls.h"
#include "lib/cli_config.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/stop.h"

#define CONNECTIONS 1024
#define CONNECTIONS_MAX 100000
#define PER_ADDRESS 64
#define RING 1000
#define RING_MAX 100000
#define HEADER (10 * NUM_S)
#define LINGER (2 * NUM_S)
#define PING (30 * NUM_S)
#define PONG (10 * NUM_S)
#define TIME_MAX (3600 * NUM_S)

enum {
	OPT_ALLOW = CLI_LONG,
	OPT_AUTH,
	OPT_BROWSE,
	OPT_CHECK,
	OPT_CONTROL_PORT,
	OPT_CORS,
	OPT_DURABLE,
	OPT_FILES,
	OPT_HEADER_TIME,
	OPT_HISTORY,
	OPT_HOST,
	OPT_ID,
	OPT_INGEST,
	OPT_INGEST_RATE,
	OPT_INSECURE,
	OPT_LINGER,
	OPT_LINK,
	OPT_LISTEN,
	OPT_LOGS,
	OPT_MAX_BODY,
	OPT_MAX_CONNECTIONS,
	OPT_MAX_PER_ADDRESS,
	OPT_NODE_ID,
	OPT_ORIGIN,
	OPT_PING,
	OPT_PONG,
	OPT_RING,
	OPT_SERVICE,
	OPT_STAGES,
	OPT_STATS,
	OPT_TELEMETRY,
	OPT_TELEMETRY_WS_PORT,
	OPT_TLS_CERT,
	OPT_TLS_KEY,
	OPT_WS_PORT
};

static const struct cli_option options[] = {
	{ OPT_ALLOW, "allow", "CIDR",
	    "addresses that may connect, and this host" },
	{ OPT_AUTH, "auth", "FILE", "the tokens that are good, hashed" },
	{ OPT_BROWSE, "browse", "ROOT",
	    "serve no port: read files below it for sshd" },
	{ OPT_CHECK, "check", NULL, "see whether it would start, and end" },
	{ 'c', "config", "FILE", "options, under \"rx-serve\"" },
	{ OPT_CONTROL_PORT, "control-port", "PORT", "for HTTP; 0: any [8754]" },
	{ OPT_CORS, "cors", "URL",
	    "another site whose pages may ask and read answers" },
	{ OPT_DURABLE, "durable", "CMD",
	    "takes events on stdin and says when each is stored" },
	{ OPT_FILES, "files", "ROOT", "a directory whose files may be read" },
	{ OPT_HEADER_TIME, "header-time", "DURATION",
	    "for a request's head to come, 1s to 1h [10s]" },
	{ OPT_HISTORY, "history", "NAME=DB[,LANE]",
	    "a spool to read: signals, anomalies or logs" },
	{ OPT_HOST, "host", "NAME", "another name it is reached by" },
	{ OPT_ID, "id", "MEMBER", "of an event, with its own id" },
	{ OPT_INGEST, "ingest", NULL, "POST /log: events to stdout" },
	{ OPT_INGEST_RATE, "ingest-rate", "N",
	    "events a minute of a credential or address, 0: any [0]" },
	{ OPT_INSECURE, "insecure", NULL,
	    "any address without TLS; anybody, without --auth" },
	{ OPT_LINGER, "linger", "DURATION",
	    "a command runs on without clients, 0 to 1h [2s]" },
	{ OPT_LINK, "link", NULL,
	    "print a link to the one that runs, and end" },
	{ OPT_LISTEN, "listen", "ADDRESS", "of IPv4 or IPv6 [127.0.0.1]" },
	{ OPT_LOGS, "logs", "CMD", "what writes the live logs" },
	{ OPT_MAX_BODY, "max-body", "SIZE", "of POST /log, 1k to 64M [1M]" },
	{ OPT_MAX_CONNECTIONS, "max-connections", "N",
	    "open at a time [1024]" },
	{ OPT_MAX_PER_ADDRESS, "max-per-address", "N",
	    "open at a time from one that is elsewhere [64]" },
	{ OPT_NODE_ID, "node-id", "ID", "instead of the persistent one" },
	{ OPT_ORIGIN, "origin", "URL", "another site whose pages may ask" },
	{ OPT_PING, "ping", "DURATION", "between pings, 1s to 1h [30s]" },
	{ OPT_PONG, "pong", "DURATION",
	    "for a client to answer, 1s to 1h [10s]" },
	{ OPT_RING, "ring", "N", "records a new client gets first [1000]" },
	{ OPT_SERVICE, "service", "NAME[/VERSION]", "in /health [rx-serve]" },
	{ OPT_STAGES, "stages", "DIR",
	    "where the stages write their --stats as NAME.prom" },
	{ OPT_STATS, "stats", "FILE", "own counters, for Prometheus" },
	{ OPT_TELEMETRY, "telemetry", "CMD", "what writes the telemetry" },
	{ OPT_TELEMETRY_WS_PORT, "telemetry-ws-port", "PORT",
	    "for its WebSockets; 0: any [8756]" },
	{ OPT_TLS_CERT, "tls-cert", "FILE",
	    "the certificate, and those that vouch for it" },
	{ OPT_TLS_KEY, "tls-key", "FILE", "its key" },
	{ OPT_WS_PORT, "ws-port", "PORT", "for WebSockets; 0: any [8755]" },
	{ 0, NULL, NULL, NULL },
};

#ifdef HAVE_LIBJOSE
#define LIBJOSE "libjose built in\n"
#else
#define LIBJOSE "libjose not built in\n"
#endif
static char versions[64];

static const struct cli cli = {
	.name = "rx-serve",
	.synopsis = "[-c FILE] [--logs CMD] [--telemetry CMD] "
		    "[--control-port PORT] [--listen ADDRESS] "
		    "[--auth FILE] [--tls-cert FILE] [--tls-key FILE] "
		    "[--ingest] [--history NAME=DB[,LANE]] [--files ROOT] "
		    "[--link] [option ...]",
	.about = "Show live logs and telemetry to browsers and programs.",
	.options = options,
	.versions = versions,
	.examples = "  rx-serve --logs 'rx-tail -n 100 /var/log/syslog'\n"
		    "  rx-serve --logs 'rx-tail /var/log/*.log | rx-match -k'\n"
		    "  rx-serve --telemetry rx-metrics --ping 10s\n",
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
check_ports(const struct settings *s)
{
	static const char *const names[ACCESS_PORTS] = { "control-port",
		"ws-port", "telemetry-ws-port" };
	size_t n = s->commands[STREAM_TELEMETRY] == NULL ? 2 : 3;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (s->ports[i] == s->ports[j] && s->ports[i] != 0)
				die(EX_CONFIG, "--%s and --%s are both %u",
				    names[j], names[i], s->ports[i]);
}

/* NAME is "name" or "name/version". */
static void
set_service(struct settings *s, char *name)
{
	char *slash = strchr(name, '/');

	s->service = name;
	s->service_version = NULL;
	if (slash != NULL) {
		*slash = '\0';
		s->service_version = slash + 1;
	}
	if (*name == '\0' || (slash != NULL && slash[1] == '\0'))
		die(EX_USAGE, "--service is NAME or NAME/VERSION");
}

int
main(int argc, char *argv[])
{
	struct settings s = { .ports = { 8754, 8755, 8756 },
		.service = "rx-serve",
		.ingest = { .command = -1 },
		.max_body = INGEST_BODY,
		.max_connections = CONNECTIONS,
		.max_per_address = PER_ADDRESS,
		.ring = RING,
		.header_ms = HEADER / NUM_MS,
		.linger_ms = LINGER / NUM_MS,
		.ping_ms = PING / NUM_MS,
		.pong_ms = PONG / NUM_MS };
	const char *given_id = NULL;
	char why[NODEID_WHY];
	bool browse = false, check = false, link = false;
	int ch, stop_fd;

	diag_init("rx-serve");
	snprintf(versions, sizeof(versions), "libwebsockets %.*s\n" LIBJOSE,
	    (int)strcspn(net_version(), "-"), net_version());
	cli_config(&cli, 'c', &argc, &argv);
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case 'c': break; /* cli_config() has read it */
		case OPT_ALLOW:
			if (!peers_allow(optarg))
				die(EX_USAGE,
				    "--allow %s is not like 192.0.2.0/24 or "
				    "2001:db8::/32, or there are too many",
				    optarg);
			break;
		case OPT_AUTH: s.auth = optarg; break;
		case OPT_BROWSE:
			beneath_add("--browse", optarg);
			browse = true;
			break;
		case OPT_CHECK: check = true; break;
		case OPT_CONTROL_PORT:
			s.ports[0] = port("--control-port");
			break;
		case OPT_CORS:
			if (!access_add_cors(optarg))
				die(EX_USAGE,
				    "--cors %s is not like "
				    "https://ops.example:8443",
				    optarg);
			break;
		case OPT_FILES: beneath_add("--files", optarg); break;
		case OPT_HEADER_TIME:
			s.header_ms = time_ms("--header-time");
			break;
		case OPT_HOST:
			if (!access_add_host(optarg))
				die(EX_USAGE, "--host %s is no host", optarg);
			break;
		case OPT_INSECURE: s.exposure.insecure = true; break;
		case OPT_LINGER:
			s.linger_ms =
			    num_opt_duration("--linger", optarg, 0, TIME_MAX) /
			    NUM_MS;
			break;
		case OPT_DURABLE:
			s.commands[COMMAND_DURABLE] = optarg;
			s.ingest.command = COMMAND_DURABLE;
			s.ingest.on = true;
			break;
		case OPT_HISTORY:
			if (!history_add(s.history, optarg))
				die(EX_USAGE,
				    "--history %s: signals, anomalies or "
				    "logs, each once, = a spool and its lane",
				    optarg);
			break;
		case OPT_ID: s.ingest.id_member = optarg; break;
		case OPT_INGEST: s.ingest.on = true; break;
		case OPT_INGEST_RATE:
			s.ingest.a_minute =
			    num_opt_u64("--ingest-rate", optarg, 0, UINT32_MAX);
			break;
		case OPT_MAX_BODY:
			s.max_body = num_opt_size(
			    "--max-body", optarg, 1024, CONN_BODIES);
			break;
		case OPT_LINK: link = true; break;
		case OPT_LISTEN: exposure_add(&s.exposure, optarg); break;
		case OPT_LOGS: s.commands[STREAM_LOGS] = optarg; break;
		case OPT_MAX_CONNECTIONS:
			s.max_connections = num_opt_u64(
			    "--max-connections", optarg, 1, CONNECTIONS_MAX);
			break;
		case OPT_MAX_PER_ADDRESS:
			s.max_per_address = num_opt_u64(
			    "--max-per-address", optarg, 1, CONNECTIONS_MAX);
			break;
		case OPT_NODE_ID: given_id = optarg; break;
		case OPT_ORIGIN:
			if (!access_add_origin(optarg))
				die(EX_USAGE,
				    "--origin %s is not like "
				    "https://ops.example:8443",
				    optarg);
			break;
		case OPT_PING: s.ping_ms = time_ms("--ping"); break;
		case OPT_PONG: s.pong_ms = time_ms("--pong"); break;
		case OPT_RING:
			s.ring = num_opt_u64("--ring", optarg, 1, RING_MAX);
			break;
		case OPT_SERVICE: set_service(&s, optarg); break;
		case OPT_STAGES: s.stages = optarg; break;
		case OPT_STATS: s.stats = optarg; break;
		case OPT_TELEMETRY:
			s.commands[STREAM_TELEMETRY] = optarg;
			break;
		case OPT_TELEMETRY_WS_PORT:
			s.ports[2] = port("--telemetry-ws-port");
			break;
		case OPT_TLS_CERT: s.tls_cert = optarg; break;
		case OPT_TLS_KEY: s.tls_key = optarg; break;
		case OPT_WS_PORT: s.ports[1] = port("--ws-port"); break;
		}
	if (optind != argc)
		cli_usage(&cli, "it reads no files");
	if (browse)
		return browse_run();
	s.exposure.has_auth = s.auth != NULL;
	s.exposure.has_tls = s.tls_cert != NULL;
	exposure_check(&s.exposure);
	s.ingest.node_id = s.node_id;
	stop_ignore_pipe();
	if (link) {
		link_print(&s.exposure.list[0], s.ports[0], s.tls_cert);
		return EX_OK;
	}
	check_ports(&s);
	if (nodeid_get(given_id, s.node_id, why) < 0)
		die(EX_CONFIG, "%s", why);
	if (check) {
		auth_init(s.auth, s.exposure.insecure);
		tls_init(s.tls_cert, s.tls_key);
		report_init(s.stages);
		return EX_OK;
	}
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	server_run(&s, stop_fd);
	return EX_OK;
}
