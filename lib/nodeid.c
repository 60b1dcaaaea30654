/* SPDX-License-Identifier: MIT */
#include "lib/nodeid.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/digest.h"
#include "lib/newfile.h"

#define MACHINE_ID "/etc/machine-id"

int
nodeid_state_dir(char *dst, size_t size)
{
	const char *dir = getenv("RX_STATE_DIR");
	const char *below = "";
	int n;

	if (dir == NULL || *dir == '\0')
		dir = getenv("STATE_DIRECTORY");
	if ((dir == NULL || *dir == '\0') && geteuid() == 0)
		dir = "/var/lib/rx";
	if (dir == NULL || *dir == '\0') {
		dir = getenv("XDG_STATE_HOME");
		below = "/rx";
	}
	if (dir == NULL || *dir == '\0') {
		dir = getenv("HOME");
		below = "/.local/state/rx";
	}
	if (dir == NULL || *dir == '\0') {
		errno = ENOENT;
		return -1;
	}
	n = snprintf(dst, size, "%s%s", dir, below);
	if (n < 0 || (size_t)n >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

/* Takes the value if it may be an id, else says what is wrong with it. */
static int
accept_id(struct span value, const char *where, char id[NODEID_MAX + 1],
    char why[NODEID_WHY])
{
	const char *fault = NULL;

	if (value.len == 0)
		fault = "is empty";
	else if (value.len > NODEID_MAX)
		fault = "is longer than 128 bytes";
	else if (value.len >= 7 && strncasecmp(value.at, "unknown", 7) == 0)
		fault = "starts with \"unknown\"";
	for (size_t i = 0; i < value.len && fault == NULL; i++)
		if (value.at[i] <= ' ' || value.at[i] > '~' ||
		    value.at[i] == '"' || value.at[i] == '\\')
			fault = "holds a byte that no id may hold";
	if (fault != NULL) {
		snprintf(why, NODEID_WHY, "the node id of %s %s", where, fault);
		return -1;
	}
	memcpy(id, value.at, value.len);
	id[value.len] = '\0';
	return 0;
}

/* The first line of a small file; false when there is no such file. */
static bool
first_line(const char *path, struct buf *b)
{
	char *newline;

	if (newfile_read(path, 4096, b) < 0)
		return false;
	newline = b->len == 0 ? NULL : memchr(b->at, '\n', b->len);
	if (newline != NULL)
		b->len = (size_t)(newline - b->at);
	return true;
}

static int
from_machine_id(char id[NODEID_MAX + 1])
{
	struct buf machine = { 0 };
	int result = -1;

	/* 32 hex digits, or "uninitialized" on an image never started. */
	if (first_line(MACHINE_ID, &machine) && machine.len == 32) {
		const struct span parts[] = { SPAN("rx node id 1\n"),
			buf_span(&machine) };

		digest_uuid_of(parts, 2, id);
		result = 0;
	}
	buf_release(&machine);
	return result;
}

/* A new random id, written once so that it is the same ever after. */
static int
make_random(const char *dir, const char *path, char id[NODEID_MAX + 1],
    char why[NODEID_WHY])
{
	char line[DIGEST_UUID + 2];

	digest_uuid(id);
	snprintf(line, sizeof(line), "%s\n", id);
	if (newfile_mkdirs(dir, 0700) == 0 &&
	    newfile_replace(path, span_of(line), 0644) == 0)
		return 0;
	die_of_memory();
	snprintf(why, NODEID_WHY, "unable to keep a node id in %.160s: %s",
	    path, strerror(errno));
	return -1;
}

int
nodeid_read(const char *path, char id[NODEID_MAX + 1], char why[NODEID_WHY])
{
	struct buf kept = { 0 };
	int error = 0, result;

	if (first_line(path, &kept)) {
		result = accept_id(buf_span(&kept), path, id, why);
	} else {
		error = errno;
		result = -1;
		snprintf(why, NODEID_WHY, "unable to read %.160s: %s", path,
		    strerror(error));
	}
	buf_release(&kept);
	errno = error; /* 0: it was read, and holds no id */
	return result;
}

int
nodeid_get(const char *given, char id[NODEID_MAX + 1], char why[NODEID_WHY])
{
	char dir[4096], path[4096 + 16];
	const char *value;

	if (given != NULL)
		return accept_id(span_of(given), "--node-id", id, why);
	if ((value = getenv("RX_NODE_ID")) != NULL && *value != '\0')
		return accept_id(span_of(value), "RX_NODE_ID", id, why);
	if (nodeid_state_dir(dir, sizeof(dir)) < 0) {
		if (from_machine_id(id) == 0)
			return 0;
		snprintf(why, NODEID_WHY,
		    "no node id: no state directory, no " MACHINE_ID);
		return -1;
	}
	snprintf(path, sizeof(path), "%s/node_id", dir);
	if (nodeid_read(path, id, why) == 0)
		return 0;
	if (errno != ENOENT && errno != ENOTDIR)
		return -1;
	if (from_machine_id(id) == 0)
		return 0;
	return make_random(dir, path, id, why);
}
