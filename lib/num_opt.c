/* SPDX-License-Identifier: MIT */
/* Numbers as options give them: right, or the end of the program. */
#include "lib/diag.h"
#include "lib/num.h"

static _Noreturn void
out_of_range(const char *option, const char *arg, uint64_t min, uint64_t max,
    const char *unit)
{
	die(EX_USAGE, "%s %s: out of range, %ju%s to %ju%s", option, arg,
	    (uintmax_t)min, unit, (uintmax_t)max, unit);
}

uint64_t
num_opt_u64(const char *option, const char *arg, uint64_t min, uint64_t max)
{
	const char *why;
	uint64_t value;

	if (num_u64(span_of(arg), &value, &why) < 0)
		die(EX_USAGE, "%s %s: %s", option, arg, why);
	if (value < min || value > max)
		out_of_range(option, arg, min, max, "");
	return value;
}

int64_t
num_opt_duration(
    const char *option, const char *arg, int64_t min_ns, int64_t max_ns)
{
	const char *why;
	int64_t ns;

	if (num_duration(span_of(arg), &ns, &why) < 0)
		die(EX_USAGE, "%s %s: %s", option, arg, why);
	if (ns < min_ns || ns > max_ns)
		out_of_range(option, arg, (uint64_t)(min_ns / NUM_MS),
		    (uint64_t)(max_ns / NUM_MS), "ms");
	return ns;
}

uint64_t
num_opt_size(const char *option, const char *arg, uint64_t min, uint64_t max)
{
	const char *why;
	uint64_t bytes;

	if (num_size(span_of(arg), &bytes, &why) < 0)
		die(EX_USAGE, "%s %s: %s", option, arg, why);
	if (bytes < min || bytes > max)
		out_of_range(option, arg, min, max, " bytes");
	return bytes;
}
