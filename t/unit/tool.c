/* SPDX-License-Identifier: MIT */
/*
 * tool -- a tool in miniature for the tests of diag, cli and stop: options
 * -n N, --name TEXT, and verbs as operands: "wait" waits to be stopped, "hang"
 * never hands on, "say TEXT" warns, "storm N" warns N times in one kind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cli.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/stop.h"

static const struct cli_option options[] = {
	{ 'n', NULL, "N", "a number from 1 to 9" },
	{ CLI_LONG, "name", "TEXT", "a text" },
	{ CLI_LONG + 1, "wait", "DURATION", "a duration" },
	{ 0, NULL, NULL, NULL },
};
static const struct cli_habit habits[] = {
	{ "0123456789", "say -n N" },
	{ NULL, NULL },
};
static const struct cli cli = { "rx-tool", "[-n N] [--name TEXT] WORD ...",
	"A tool in miniature.", options, "  rx-tool say hello\n", "pcre2 99\n",
	habits };

static void
tell(void *word)
{
	info("%s", (const char *)word);
}

int
main(int argc, char *argv[])
{
	static struct diag_rate rate;
	int ch, stop_fd;

	diag_init(cli.name);
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case 'n':
			printf("n=%ju\n",
			    (uintmax_t)num_opt_u64("-n", optarg, 1, 9));
			break;
		case CLI_LONG: printf("name=%s\n", optarg); break;
		default:
			printf("wait=%jd\n",
			    (intmax_t)num_opt_duration(
				"--wait", optarg, NUM_S, 60 * NUM_S));
		}
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_on_status(tell, "status");
	stop_on_reload(tell, "reload");
	stop_reader(STDOUT_FILENO);
	fflush(stdout);
	for (; optind < argc; optind++) {
		const char *word = argv[optind];

		if (strcmp(word, "wait") == 0) {
			info("waiting");
			while (!stop_asked())
				stop_wait(NULL, 0, -1);
			info("stopped");
		} else if (strcmp(word, "hang") == 0) {
			info("hanging");
			for (;;)
				pause();
		} else if (strcmp(word, "say") == 0) {
			warn("%s", argv[++optind]);
		} else if (strcmp(word, "debug") == 0) {
			debug("%s", argv[++optind]);
		} else if (strcmp(word, "storm") == 0) {
			for (int i = atoi(argv[++optind]); i > 0; i--)
				warn_every(&rate, "one of many");
		} else {
			cli_usage(&cli, "no word %s", word);
		}
	}
	return 0;
}
