/* SPDX-License-Identifier: MIT */
#include "lib/num.h"

#include <stdbool.h>

#include "lib/ascii.h"

/* Digits at the head of s, without a useless leading zero; how many bytes. */
static size_t
digits(struct span s, uint64_t *value)
{
	size_t n = 0;
	uint64_t v = 0;

	while (n < s.len && is_digit(s.at[n])) {
		unsigned d = (unsigned)(s.at[n] - '0');

		if (v > (UINT64_MAX - d) / 10)
			return 0;
		v = v * 10 + d;
		n++;
	}
	if (n > 1 && s.at[0] == '0')
		return 0;
	*value = v;
	return n;
}

static int
refuse(const char **why, const char *reason)
{
	*why = reason;
	return -1;
}

int
num_u64(struct span s, uint64_t *value, const char **why)
{
	size_t n = digits(s, value);

	if (n == 0 || n != s.len)
		return refuse(why, "is not a whole number");
	return 0;
}

struct unit {
	struct span name;
	int64_t ns;
};

static const struct unit units[] = { /* large to small, as they may follow */
	{ { "d", 1 }, 86400 * NUM_S }, { { "h", 1 }, 3600 * NUM_S },
	{ { "m", 1 }, 60 * NUM_S }, { { "s", 1 }, NUM_S },
	{ { "ms", 2 }, NUM_MS }, { { "us", 2 }, 1000 }, { { "ns", 2 }, 1 }
};
#define N_UNITS (sizeof(units) / sizeof(*units))

/* The unit whose name is all the letters at the head of s; N_UNITS: none. */
static size_t
unit_at(struct span s, size_t *len)
{
	size_t n = 0, i;

	while (n < s.len && s.at[n] >= 'a' && s.at[n] <= 'z')
		n++;
	for (i = 0; i < N_UNITS; i++)
		if (span_eq((struct span){ s.at, n }, units[i].name))
			break;
	*len = n;
	return i;
}

int
num_duration(struct span s, int64_t *ns, const char **why)
{
	static const char what[] = "is not a duration such as 500ms, 5s or 1h";
	uint64_t total = 0;
	size_t next = 0;

	if (s.len == 1 && s.at[0] == '0') {
		*ns = 0;
		return 0;
	}
	if (s.len == 0)
		return refuse(why, what);
	while (s.len > 0) {
		uint64_t whole, scale, part = 0;
		size_t n = digits(s, &whole), unit, len;
		struct span fraction = { NULL, 0 };

		if (n == 0)
			return refuse(why, what);
		s = span_skip(s, n);
		if (s.len > 0 && s.at[0] == '.') {
			s = span_skip(s, 1);
			for (n = 0; n < s.len && is_digit(s.at[n]);)
				n++;
			if (n == 0 || n > 9)
				return refuse(why, what);
			fraction = (struct span){ s.at, n };
			s = span_skip(s, n);
		}
		if ((unit = unit_at(s, &len)) == N_UNITS || unit < next)
			return refuse(why, what);
		next = unit + 1;
		s = span_skip(s, len);
		scale = (uint64_t)units[unit].ns;
		for (size_t i = 0; i < fraction.len; i++) {
			scale /= 10;
			part += scale * (uint64_t)(fraction.at[i] - '0');
		}
		scale = (uint64_t)units[unit].ns;
		if (whole > (INT64_MAX - part) / scale ||
		    total > INT64_MAX - (whole * scale + part))
			return refuse(why, "is too long");
		total += whole * scale + part;
	}
	*ns = (int64_t)total;
	return 0;
}

int
num_size(struct span s, uint64_t *bytes, const char **why)
{
	static const char what[] = "is not a size such as 64k, 10M or 1G";
	size_t n = digits(s, bytes);
	unsigned shift = 0;

	if (n == 0 || s.len - n > 1)
		return refuse(why, what);
	if (s.len > n) {
		switch (s.at[n]) {
		case 'k':
		case 'K': shift = 10; break;
		case 'm':
		case 'M': shift = 20; break;
		case 'g':
		case 'G': shift = 30; break;
		case 't':
		case 'T': shift = 40; break;
		default: return refuse(why, what);
		}
	}
	if (*bytes > UINT64_MAX >> shift)
		return refuse(why, "is too large");
	*bytes <<= shift;
	return 0;
}

int
num_rate(struct span s, uint64_t *events, int64_t *window_ns, const char **why)
{
	static const char what[] = "is not a rate such as 100/s or 1/60s";
	size_t n = digits(s, events), len, unit;

	if (n == 0 || n >= s.len || s.at[n] != '/')
		return refuse(why, what);
	s = span_skip(s, n + 1);
	/* "/s" is short for "/1s". */
	unit = unit_at(s, &len);
	if (unit < N_UNITS && len == s.len) {
		*window_ns = units[unit].ns;
		return 0;
	}
	if (num_duration(s, window_ns, why) < 0 || *window_ns == 0)
		return refuse(why, what);
	return 0;
}

int
num_ratio(struct span s, double *ratio, const char **why)
{
	static const char what[] = "is not a share from 0 to 1 such as 0.1";
	double value = 0, scale = 1;
	bool any = false;
	size_t i = 0;

	if (s.len == 0 || (s.at[0] != '0' && s.at[0] != '1'))
		return refuse(why, what);
	value = s.at[i++] - '0';
	if (i < s.len && s.at[i] == '.') {
		for (i++; i < s.len && is_digit(s.at[i]); i++) {
			scale /= 10;
			value += scale * (s.at[i] - '0');
			any = true;
		}
		if (!any)
			return refuse(why, what);
	}
	if (i != s.len || value > 1)
		return refuse(why, what);
	*ratio = value;
	return 0;
}

size_t
num_render(char *dst, uint64_t value)
{
	char reversed[NUM_DIGITS];
	size_t n = 0;

	do {
		reversed[n++] = (char)('0' + value % 10);
	} while ((value /= 10) > 0);
	for (size_t i = 0; i < n; i++)
		dst[i] = reversed[n - 1 - i];
	return n;
}
