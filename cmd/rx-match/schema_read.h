/* SPDX-License-Identifier: MIT */
/*
 * schema_read -- what schema_load.c needs: the keywords that ask about a value
 *                itself, errors with their place, the graph as a whole.
 *
 * Errors  -1, or NULL, and conf->why says file:line:column: pointer: reason.
 */
#ifndef RX_MATCH_SCHEMA_READ_H
#define RX_MATCH_SCHEMA_READ_H

#include "schema_node.h"

int schema_refuse(const struct conf_at *, const char *reason); /* always -1 */
void *schema_more(void *array, size_t n, size_t size);

int schema_types(struct node *, const struct conf_at *);
int schema_value(struct node *, const struct conf_at *); /* adds one */
int schema_pattern(struct node *, const struct conf_at *, const char *pattern);
int schema_format(struct node *, const struct conf_at *, const char *format);

/* NULL, or why no record could be checked against it. */
const char *schema_measure(struct schema *);

#endif
