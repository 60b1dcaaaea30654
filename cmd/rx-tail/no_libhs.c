/* SPDX-License-Identifier: MIT */
/*
 * no_libhs -- lib/rex without its prefilter.
 *
 * --multiline asks about one line at a time, where libhs has nothing to do; it
 * would double what an idle rx-tail takes of memory.  What is defined here the
 * linker does not look for in librx.a.
 */
#undef HAVE_LIBHS
#include "lib/rex.c"
