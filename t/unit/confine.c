/* SPDX-License-Identifier: MIT */
/*
 * confine PROMISES TRY...: confines itself, then tries things; prints for each
 * "NAME yes" or "NAME errno-name".  Paths named before PROMISES as r:PATH or
 * rwc:PATH are allowed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/confine.h"

static int
try_it(const char *name)
{
	int result;

	if (strcmp(name, "socket") == 0)
		result = socket(AF_INET, SOCK_STREAM, 0);
	else if (strcmp(name, "fork") == 0) {
		if ((result = fork()) == 0)
			_exit(0);
		if (result > 0)
			waitpid(result, NULL, 0);
	} else if (strcmp(name, "exec") == 0)
		result = execl("/bin/true", "true", (char *)NULL);
	else if (name[0] == '>')
		result = open(name + 1, O_WRONLY | O_CREAT, 0600);
	else
		result = open(name, O_RDONLY);
	return result;
}

int
main(int argc, char *argv[])
{
	int i = 1;

	for (; i < argc && strchr(argv[i], ':') != NULL; i++) {
		char *path = strchr(argv[i], ':');

		*path++ = '\0';
		if (confine_allow(path, argv[i]) < 0) {
			perror(path);
			return 1;
		}
	}
	if (i == argc || confine(argv[i++]) < 0) {
		perror("confine");
		return 1;
	}
	for (; i < argc; i++)
		printf("%s %s\n", argv[i],
		    try_it(argv[i]) >= 0 ? "yes" : strerrorname_np(errno));
	return 0;
}
