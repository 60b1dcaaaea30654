/* SPDX-License-Identifier: MIT */
#include "keyword_classes.h"

#include <stddef.h>

const struct keyword_class keyword_classes[N_KEYWORD_CLASSES] = {
	{ SEVERITY_CRITICAL, true,
	    "emerg|emergency|alert|alerts|crit|critical|panic|panics|panicked|"
	    "panicking|fatal|fatally",
	    NULL },
	{ SEVERITY_FAILURE, true, "fail|fails|failed|failing|failure|failures",
	    "Failure" },
	{ SEVERITY_ERROR, true,
	    "err|error|errors|errored|errno|exception|exceptions|severe|"
	    "traceback|segfault|segmentation fault|core dumped|coredump|oom|"
	    "out of memory",
	    "Error|Exception" },
	{ SEVERITY_WARN, false, "warn|warning|warnings", NULL },
};
