/* SPDX-License-Identifier: MIT */
/* Which paths may still be opened, by Landlock where the kernel has it. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/confine.h"
#include "lib/confine_os.h"

#define MAX_PATHS 256

#define READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define READ_TREE (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_FILE LANDLOCK_ACCESS_FS_WRITE_FILE
#define CREATE_TREE \
	(LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | \
	    LANDLOCK_ACCESS_FS_MAKE_SOCK)
/* First ABI; what later ones added is left alone. */
#define ALL \
	(READ_TREE | WRITE_FILE | CREATE_TREE | LANDLOCK_ACCESS_FS_EXECUTE | \
	    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK)

/* Opened when named: a path that changes hands later gains nothing. */
static struct {
	int fd;
	uint64_t access;
	bool directory;
} allowed[MAX_PATHS];
static size_t n_allowed;

int
confine_allow(const char *path, const char *permissions)
{
	struct stat st;
	int fd;

	if (n_allowed == MAX_PATHS) {
		errno = ENOSPC;
		return -1;
	}
	if ((fd = open(path, O_PATH | O_CLOEXEC)) < 0)
		return -1;
	if (fstat(fd, &st) < 0) {
		close(fd);
		return -1;
	}
	allowed[n_allowed].fd = fd;
	allowed[n_allowed].directory = S_ISDIR(st.st_mode);
	allowed[n_allowed].access = 0;
	if (strchr(permissions, 'r') != NULL)
		allowed[n_allowed].access |= READ_TREE;
	if (strchr(permissions, 'w') != NULL)
		allowed[n_allowed].access |= WRITE_FILE;
	if (strchr(permissions, 'c') != NULL)
		allowed[n_allowed].access |= CREATE_TREE;
	if (strchr(permissions, 'x') != NULL)
		allowed[n_allowed].access |= LANDLOCK_ACCESS_FS_EXECUTE;
	n_allowed++;
	return 0;
}

int
confine_allow_beside(const char *file, const char *permissions)
{
	char *copy = strdup(file); /* dirname(3) writes in it */
	const char *dir;
	int r;

	if (copy == NULL)
		return -1;
	dir = dirname(copy);
	r = strchr(permissions, 'w') != NULL ? access(dir, W_OK | X_OK) : 0;
	if (r == 0)
		r = confine_allow(dir, permissions);
	free(copy);
	return r;
}

static void
close_allowed(void)
{
	while (n_allowed > 0)
		close(allowed[--n_allowed].fd);
}

int
confine_paths(unsigned bits)
{
	struct landlock_ruleset_attr rules = { .handled_access_fs = ALL };
	const unsigned files = CONFINE_RPATH | CONFINE_WPATH | CONFINE_CPATH |
	    CONFINE_EXEC | CONFINE_DNS;
	int ruleset, result = 0;

	/* Files promised and none named: everywhere. */
	if ((bits & files) != 0 && n_allowed == 0)
		return 0;
	ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	if (ruleset < 0) {
		close_allowed();
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
	}
	for (size_t i = 0; i < n_allowed && result == 0; i++) {
		struct landlock_path_beneath_attr rule = {
			.allowed_access = allowed[i].access,
			.parent_fd = allowed[i].fd,
		};

		if (!allowed[i].directory)
			rule.allowed_access &=
			    READ_FILE | WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
		result = (int)syscall(SYS_landlock_add_rule, ruleset,
		    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	}
	if (result == 0)
		result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
	close_allowed();
	return result;
}
