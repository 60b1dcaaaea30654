/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/journal_lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <sysexits.h>

#include "lib/diag.h"

#ifdef HAVE_LIBSYSTEMD

struct journal_lib sd;

void
journal_lib_load(void)
{
	void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		die(EX_CONFIG, "the journal cannot be read: %s", dlerror());
#define LOAD(name) \
	*(void **)&sd.name = dlsym(library, #name); \
	if (sd.name == NULL) \
		die(EX_CONFIG, "the journal cannot be read: %s", dlerror());
	JOURNAL_CALLS(LOAD)
#undef LOAD
}

void
journal_lib_check(int r, const char *what)
{
	if (r >= 0)
		return;
	errno = -r;
	die_sys(
	    r == -EACCES ? EX_NOPERM : EX_IOERR, "journal: unable to %s", what);
}

#endif
