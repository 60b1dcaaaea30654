/* SPDX-License-Identifier: MIT */
/* digest hex|b32|uuid PART...; digest nonce|random */
#include "lib/digest.h"

#include <stdio.h>
#include <string.h>

int
main(int argc, char *argv[])
{
	struct span parts[16];
	char out[64] = "";
	size_t n = 0;

	for (int i = 2; i < argc && n < 16; i++)
		parts[n++] = span_of(argv[i]);
	if (argc < 2)
		return 64;
	if (strcmp(argv[1], "hex") == 0)
		digest_hex(parts, n, out);
	else if (strcmp(argv[1], "b32") == 0)
		digest_b32(parts, n, out);
	else if (strcmp(argv[1], "uuid") == 0)
		digest_uuid_of(parts, n, out);
	else if (strcmp(argv[1], "nonce") == 0)
		digest_nonce(out);
	else if (strcmp(argv[1], "random") == 0)
		digest_uuid(out);
	puts(out);
	return 0;
}
