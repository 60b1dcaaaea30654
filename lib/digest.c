/* SPDX-License-Identifier: MIT */
#include "lib/digest.h"

#include <sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>

#include "lib/diag.h"

static void
sha256(const struct span *parts, size_t n, uint8_t sum[SHA256_DIGEST_LENGTH])
{
	SHA2_CTX context;

	SHA256Init(&context);
	for (size_t i = 0; i < n; i++)
		if (parts[i].len > 0)
			SHA256Update(&context, (const uint8_t *)parts[i].at,
			    parts[i].len);
	SHA256Final(sum, &context);
}

static void
random_bytes(uint8_t *dst, size_t n)
{
	if (getrandom(dst, n, 0) != (ssize_t)n)
		die_sys(EX_TEMPFAIL, "unable to get random bits");
}

static void
hex(const uint8_t *bytes, size_t n, char *dst)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		dst[2 * i] = digits[bytes[i] >> 4];
		dst[2 * i + 1] = digits[bytes[i] & 15];
	}
	dst[2 * n] = '\0';
}

/* chars characters of bits bits each, from the front; the last is filled up
 * with zero bits. */
static void
encode(const uint8_t *bytes, size_t n, const char *alphabet, unsigned bits,
    char *dst, size_t chars)
{
	uint32_t window = 0;
	unsigned have = 0;
	size_t at = 0;

	for (size_t i = 0; i < chars; i++) {
		while (have < bits) {
			window = window << 8 | (at < n ? bytes[at] : 0);
			at++;
			have += 8;
		}
		have -= bits;
		dst[i] = alphabet[window >> have & ((1u << bits) - 1)];
	}
	dst[chars] = '\0';
}

static void
uuid(uint8_t bytes[16], unsigned version, char dst[DIGEST_UUID + 1])
{
	char plain[2 * 16 + 1];

	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | version << 4);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	hex(bytes, 16, plain);
	snprintf(dst, DIGEST_UUID + 1, "%.8s-%.4s-%.4s-%.4s-%.12s", plain,
	    plain + 8, plain + 12, plain + 16, plain + 20);
}

void
digest_hex(const struct span *parts, size_t n, char dst[DIGEST_HEX + 1])
{
	uint8_t sum[SHA256_DIGEST_LENGTH];

	sha256(parts, n, sum);
	hex(sum, DIGEST_HEX / 2, dst);
}

void
digest_b32(const struct span *parts, size_t n, char dst[DIGEST_B32 + 1])
{
	uint8_t sum[SHA256_DIGEST_LENGTH];

	sha256(parts, n, sum);
	encode(sum, sizeof(sum), "abcdefghijklmnopqrstuvwxyz234567", 5, dst,
	    DIGEST_B32);
}

void
digest_uuid_of(const struct span *parts, size_t n, char dst[DIGEST_UUID + 1])
{
	uint8_t sum[SHA256_DIGEST_LENGTH];

	sha256(parts, n, sum);
	uuid(sum, 8, dst);
}

void
digest_nonce(char dst[DIGEST_NONCE + 1])
{
	uint8_t bytes[16];

	random_bytes(bytes, sizeof(bytes));
	encode(bytes, sizeof(bytes),
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
	    6, dst, DIGEST_NONCE);
}

void
digest_uuid(char dst[DIGEST_UUID + 1])
{
	uint8_t bytes[16];

	random_bytes(bytes, sizeof(bytes));
	uuid(bytes, 4, dst);
}
