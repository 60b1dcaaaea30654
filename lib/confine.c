/* SPDX-License-Identifier: MIT */
#include "lib/confine.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "lib/confine_os.h"

static const struct {
	const char *word;
	unsigned bit;
} words[] = { { "stdio", CONFINE_STDIO }, { "rpath", CONFINE_RPATH },
	{ "wpath", CONFINE_WPATH }, { "cpath", CONFINE_CPATH },
	{ "flock", CONFINE_FLOCK }, { "inet", CONFINE_INET },
	{ "dns", CONFINE_DNS }, { "proc", CONFINE_PROC },
	{ "exec", CONFINE_EXEC } };

static int
promised(const char *promises, unsigned *bits)
{
	for (*bits = 0; *promises != '\0';) {
		size_t n = strcspn(promises, " "), i;

		for (i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (strlen(words[i].word) == n &&
			    memcmp(words[i].word, promises, n) == 0)
				break;
		if (i == sizeof(words) / sizeof(*words)) {
			errno = EINVAL;
			return -1;
		}
		*bits |= words[i].bit;
		promises += n;
		promises += strspn(promises, " ");
	}
	return 0;
}

int
confine(const char *promises)
{
	const struct rlimit no_core = { 0, 0 };
	unsigned bits;

	if (promised(promises, &bits) < 0)
		return -1;
#ifdef RX_SANITIZED
	(void)no_core;
	return 0;
#else
	if (setrlimit(RLIMIT_CORE, &no_core) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return confine_paths(bits) < 0 ? -1 : confine_calls(bits);
#endif
}
