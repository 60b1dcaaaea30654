/* SPDX-License-Identifier: MIT */
/*
 * replay -- a fuzz target without libFuzzer: gives it each file that is named,
 * and each file cut at every length up to 64 bytes before its end.  So what was
 * found once is tried in every run of the tests, under any compiler.
 */
#include "t/fuzz/fuzz.h"

#define WHOLE ((size_t)1 << 20)

/* A target may have none. */
#pragma weak LLVMFuzzerInitialize

int
main(int argc, char *argv[])
{
	static uint8_t data[WHOLE];

	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n;

		FUZZ_TRUE(f != NULL);
		n = fread(data, 1, sizeof(data), f);
		fclose(f);
		for (size_t cut = 0; cut <= 64 && cut <= n; cut++)
			LLVMFuzzerTestOneInput(data, n - cut);
	}
	printf("%d\n", argc - 1);
	return 0;
}
