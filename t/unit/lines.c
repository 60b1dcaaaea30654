/* SPDX-License-Identifier: MIT */
/*
 * lines next | block | copy: stdin through lib/lines to stdout.
 *
 * next    "NUMBER LENGTH[ torn]" for each line, then "overlong N"
 * block   the bytes of each block, then "overlong N" on stderr
 * copy    each line again, flushed before every wait, as a filter does it
 */
#include "lib/lines.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/outbuf.h"
#include "lib/stop.h"

int
main(int argc, char *argv[])
{
	struct lines in;
	struct outbuf out;
	struct span s;
	const char *how = argc > 1 ? argv[1] : "";
	int stop_fd, got = 0;

	diag_init("lines");
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_reader(STDOUT_FILENO);
	lines_init(&in, STDIN_FILENO, stop_fd);
	outbuf_init(&out, STDOUT_FILENO);
	for (;;) {
		if (!lines_ready(&in) && outbuf_flush(&out) < 0)
			break;
		got = strcmp(how, "block") == 0 ? lines_block(&in, &s)
						: lines_next(&in, &s);
		if (got <= 0)
			break;
		if (strcmp(how, "next") == 0) {
			char text[80];

			snprintf(text, sizeof(text), "%ju %zu%s", in.number,
			    s.len, in.torn ? " torn" : "");
			outbuf_line(&out, span_of(text));
		} else if (strcmp(how, "block") == 0) {
			outbuf_add(&out, s);
		} else {
			outbuf_line(&out, s);
		}
	}
	if (got < 0)
		die_sys(EX_IOERR, "unable to read stdin");
	if (outbuf_close(&out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	fprintf(stderr, "overlong %ju\n", in.overlong);
	lines_release(&in);
	return 0;
}
