/* SPDX-License-Identifier: MIT */
/*
 * url -- a URL, a NUL, and a text in which its password may stand: what is shown
 * and what is left of the text do not hold it.
 */
#include "lib/url.h"
#include "t/fuzz/fuzz.h"

static bool
holds(const char *text, struct span secret)
{
	return memmem(text, strlen(text), secret.at, secret.len) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = fuzz_copy(data, size), first = fuzz_first(&rest);
	struct span other = fuzz_first(&rest);
	char *text = strndup(first.at, first.len);
	char *said = strndup(other.at, other.len);
	const char *why = NULL;
	struct url url;

	FUZZ_TRUE(text != NULL && said != NULL);
	if (url_parse(&url, text, &why) < 0) {
		FUZZ_TRUE(why != NULL);
	} else {
		struct span secret = url_secret(&url);

		FUZZ_TRUE(url.scheme != NULL && url.port <= 65535);
		url_hide(&url, said);
		/* Stars for stars are no secret. */
		if (secret.len > 0 &&
		    memchr(secret.at, '*', secret.len) == NULL)
			FUZZ_TRUE(!holds(said, secret));
		url_blank(&url, text);
		url_release(&url);
	}
	free(text);
	free(said);
	return 0;
}
