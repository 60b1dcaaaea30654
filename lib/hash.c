/* SPDX-License-Identifier: MIT */
#include "lib/hash.h"

#include <endian.h>
#include <string.h>
#include <sys/random.h>

#define K0 UINT64_C(0x9e3779b97f4a7c15) /* the golden ratio */
#define K1 UINT64_C(0xbf58476d1ce4e5b9) /* of splitmix64 */
#define K2 UINT64_C(0x94d049bb133111eb)

__extension__ typedef unsigned __int128 wide;

static uint64_t
fold(uint64_t a, uint64_t b)
{
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
eight(const char *at)
{
	uint64_t n;

	memcpy(&n, at, sizeof(n));
	return le64toh(n);
}

uint64_t
hash_bytes(uint64_t seed, struct span s)
{
	uint64_t h = seed ^ K0;
	char tail[16] = { 0 };
	size_t i = 0;

	for (; s.len - i > sizeof(tail); i += sizeof(tail))
		h = fold(eight(s.at + i) ^ K1, eight(s.at + i + 8) ^ h);
	if (s.len > 0)
		memcpy(tail, s.at + i, s.len - i);
	h = fold(eight(tail) ^ K1, eight(tail + 8) ^ h);
	return fold(h ^ s.len, K2);
}

uint64_t
hash_seed(void)
{
	uint64_t seed;

	/* Without randomness it is only slower under attack. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = K0;
	return seed;
}
