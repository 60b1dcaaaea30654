/* SPDX-License-Identifier: MIT */
#include "schema.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"
#include "lib/jstr.h"

#include "reject.h"
#include "schema_node.h"

static const char *path;
static struct schema *schema;
static struct buf error;
static uintmax_t failed;

void
schema_option(const char *arg)
{
	if (path != NULL)
		die(EX_USAGE, "--schema: one file only");
	path = arg;
	steps_use(&schema_step);
}

static struct schema *
load(char why[CONF_WHY])
{
	struct schema *s = malloc(sizeof(*s));

	if (s == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if (schema_load(s, path) == 0)
		return s;
	memcpy(why, s->conf.why, CONF_WHY);
	schema_free(s);
	free(s);
	return NULL;
}

static void
start(struct job *j)
{
	char why[CONF_WHY];

	if ((schema = load(why)) == NULL)
		die(EX_CONFIG, "%s", why);
	steps_reread(j, path);
}

static void
drop_schema(void)
{
	schema_free(schema);
	free(schema);
}

static void
reload(struct job *j)
{
	char why[CONF_WHY];
	struct schema *s;

	(void)j;
	if ((s = load(why)) == NULL) {
		warn("%s; the schema stays as it was", why);
		return;
	}
	drop_schema();
	schema = s;
	info("the schema was read from %s", path);
}

static enum step_says
take(struct job *j, struct item *it)
{
	struct value v = { .text = it->record.line, .type = VALUE_OBJECT };

	(void)j;
	if (schema_check(schema, v))
		return STEP_PASS;
	if (reject_asked()) {
		it->why = schema->why;
		it->member = buf_span(&schema->where);
		return STEP_REJECT;
	}
	if (failed++ == 0)
		warn("--schema: %.*s: %s", (int)schema->where.len,
		    schema->where.at, schema->why);
	buf_reset(&error);
	buf_adds(&error, "{\"member\":");
	jstr_add(&error, buf_span(&schema->where));
	buf_adds(&error, ",\"why\":");
	jstr_add(&error, span_of(schema->why));
	buf_addc(&error, '}');
	if (error.failed)
		die(EX_TEMPFAIL, "out of memory");
	item_set(it, SPAN("schema_error"), buf_span(&error));
	return STEP_PASS;
}

static void
finish(struct job *j)
{
	(void)j;
	if (failed > 0)
		warn("%ju records do not fit --schema", failed);
	drop_schema();
	buf_release(&error);
}

const struct step schema_step = {
	.name = "schema",
	.start = start,
	.take = take,
	.reload = reload,
	.finish = finish,
};
