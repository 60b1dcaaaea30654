/* SPDX-License-Identifier: MIT */
/* schema_graph -- all nodes of a schema: is what they ask finite; given back. */
#include <stdlib.h>

#include "schema_read.h"

/*
 * Sets the height of each.  NULL, or what is wrong: a schema that asks itself
 * about the same value would never end.
 */
static const char *
measure(struct node *n, unsigned above)
{
	const char *why = NULL;

	if (n->visited == 1)
		return "a $ref leads to itself";
	if (above + n->height >= SCHEMA_DEPTH)
		return "too many schemas in one another for one value";
	if (n->visited != 0)
		return NULL;
	n->visited = 1;
	for (enum group g = 0; g < GROUPS; g++)
		for (size_t i = 0; why == NULL && i < n->n_groups[g]; i++) {
			const struct node *in = n->groups[g][i];

			why = measure(n->groups[g][i], above + 1);
			if (n->height <= in->height)
				n->height = in->height + 1;
		}
	n->visited = 2;
	return why;
}

const char *
schema_measure(struct schema *s)
{
	const char *why = NULL;

	for (struct node *n = s->nodes; n != NULL && why == NULL; n = n->next)
		why = measure(n, 0);
	return why;
}

void
schema_free(struct schema *s)
{
	struct node *next;

	for (struct node *n = s->nodes; n != NULL; n = next) {
		next = n->next;
		rex_free(n->pattern);
		free(n->values);
		free(n->properties);
		for (enum group g = 0; g < GROUPS; g++)
			free(n->groups[g]);
		free(n);
	}
	conf_release(&s->conf);
	free(s->slots);
	buf_release(&s->where);
	buf_release(&s->name);
	buf_release(&s->text);
}
