/* SPDX-License-Identifier: MIT */
#include "lib/jwt.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/b64url.h"
#include "lib/record.h"
#include "lib/secret.h"

#define LATEST 9007199254740991.0 /* 2^53 - 1: exact as a double */

/* The second of three parts. */
static bool
find_payload(struct span token, struct span *payload)
{
	const char *first, *second;
	size_t rest;

	if (token.len > JWT_MAX ||
	    (first = memchr(token.at, '.', token.len)) == NULL)
		return false;
	first++;
	rest = token.len - (size_t)(first - token.at);
	if ((second = memchr(first, '.', rest)) == NULL)
		return false;
	*payload = (struct span){ first, (size_t)(second - first) };
	rest -= payload->len + 1;
	return memchr(second + 1, '.', rest) == NULL; /* five parts: a JWE */
}

static bool
read_date(struct record *r, const char *name, int64_t *seconds)
{
	char text[32], *end;
	struct value v;
	double d;

	if (!record_get(r, name, &v) || v.type != VALUE_NUMBER ||
	    v.text.len >= sizeof(text))
		return false;
	memcpy(text, v.text.at, v.text.len);
	text[v.text.len] = '\0';
	d = strtod(text, &end);
	if (*end != '\0' || !(d > 0 && d <= LATEST))
		return false;
	*seconds = (int64_t)d;
	return true;
}

int
jwt_life(struct span token, int64_t *iat, int64_t *exp)
{
	struct record record;
	struct span payload;
	struct buf json;
	int result = -1;

	record_init(&record);
	buf_init(&json);
	*iat = 0;
	if (find_payload(token, &payload) &&
	    b64url_decode(&json, payload) == 0 &&
	    record_parse(&record, buf_span(&json)) == 0 &&
	    read_date(&record, "exp", exp)) {
		(void)read_date(&record, "iat", iat);
		result = 0;
	}
	secret_release(&json);
	record_release(&record);
	return result;
}
