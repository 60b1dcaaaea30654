/* SPDX-License-Identifier: MIT */
#include "enrich.h"

#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/jstr.h"

#include "rules.h"

bool
enrich_init(struct enrich *e)
{
	*e =
	    (struct enrich){ .names = malloc(ENRICH_MOST * sizeof(*e->names)) };
	return e->names != NULL;
}

void
enrich_release(struct enrich *e)
{
	free(e->names);
}

void
enrich_start(struct enrich *e, struct item *it)
{
	e->it = it;
	e->added = 0;
}

/* The full name, kept for as long as the item; NULL: it is not to be added. */
static const char *
name_for(struct enrich *e, struct span name)
{
	size_t len = e->prefix.len + name.len;
	struct value v;
	char *full;

	if (e->added == ENRICH_MOST || name.len == 0 || len > ENRICH_NAME ||
	    jstr_plain(name) < name.len)
		return NULL;
	full = e->names[e->added];
	if (e->prefix.len > 0)
		memcpy(full, e->prefix.at, e->prefix.len);
	memcpy(full + e->prefix.len, name.at, name.len);
	full[len] = '\0';
	if (rules_contract(span_of(full)) || item_get(e->it, full, &v))
		return NULL;
	e->added++;
	return full;
}

void
enrich_text(struct enrich *e, struct span name, struct span text)
{
	const char *full = name_for(e, name);

	if (full == NULL)
		e->left_out++;
	else
		item_set_text(e->it, span_of(full), text);
}

void
enrich_json(struct enrich *e, struct span name, struct span json)
{
	const char *full = name_for(e, name);

	if (full == NULL)
		e->left_out++;
	else
		item_set(e->it, span_of(full), json);
}

void
enrich_tell(const struct enrich *e)
{
	if (e->left_out > 0)
		warn("%ju members left out that the records have already, or "
		     "whose name is not for them",
		    e->left_out);
}
