/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/scope.h"

static const struct {
	const char *name;
	enum scope scope;
} scopes[] = {
	{ "read", SCOPE_READ },
	{ "control", SCOPE_CONTROL },
	{ "ingest", SCOPE_INGEST },
	{ "files", SCOPE_FILES },
};

unsigned
scope_of(struct span word)
{
	for (size_t i = 0; i < sizeof(scopes) / sizeof(*scopes); i++)
		if (span_is(word, scopes[i].name))
			return scopes[i].scope;
	return 0;
}

int
scope_read(const struct conf_at *at, unsigned *set)
{
	size_t n = conf_is_array(at) ? conf_count(at) : 0;

	*set = 0;
	for (size_t i = 0; i < n; i++) {
		struct conf_at item = conf_item(at, i);
		const char *name = conf_text(&item);
		unsigned scope = name == NULL ? 0 : scope_of(span_of(name));

		if (scope == 0)
			return conf_error(
			    &item, "a scope is read, control, ingest or files");
		*set |= scope;
	}
	return n > 0 ? 0 : conf_error(at, "a list of scopes, one at least");
}
