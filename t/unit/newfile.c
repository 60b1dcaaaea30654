/* SPDX-License-Identifier: MIT */
/* newfile PATH MODE: stdin becomes the file.  newfile -r PATH MAX: read it. */
#include "lib/newfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	struct buf b = { 0 };
	ssize_t got;
	char *room;
	int result;

	if (argc == 4 && strcmp(argv[1], "-r") == 0) {
		result = newfile_read(argv[2], strtoul(argv[3], NULL, 10), &b);
		if (result < 0)
			perror("newfile");
		else
			fwrite(b.at, 1, b.len, stdout);
		buf_release(&b);
		return result < 0;
	}
	if (argc != 3)
		return 64;
	while ((room = buf_room(&b, 4096)) != NULL &&
	    (got = read(STDIN_FILENO, room, 4096)) > 0)
		buf_took(&b, (size_t)got);
	result = newfile_replace(
	    argv[1], buf_span(&b), (mode_t)strtoul(argv[2], NULL, 8));
	if (result < 0)
		perror("newfile");
	buf_release(&b);
	return result < 0;
}
