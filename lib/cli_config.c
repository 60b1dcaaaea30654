#include "lib/cli_config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/buf.h"
#include "lib/cli_tables.h"
#include "lib/conf.h"
#include "lib/diag.h"

/* What is given back, and what it points to. */
static struct {
	struct conf conf;
	char **argv;
	size_t n, size;
} config;

static void *
or_die(void *memory)
{
	if (memory == NULL)
		die(EX_TEMPFAIL, "out of memory");
	return memory;
}

static void
add(char *arg)
{
	if (config.n == config.size) {
		config.size = config.size == 0 ? 64 : 2 * config.size;
		config.argv = or_die(
		    realloc(config.argv, config.size * sizeof(*config.argv)));
	}
	config.argv[config.n++] = arg;
}

static char *
joined(const char *name, struct span value)
{
	size_t len = strlen(name) + value.len + 4;
	char *s = or_die(malloc(len));

	snprintf(s, len, "--%s%s%.*s", name, value.len > 0 ? "=" : "",
	    (int)value.len, value.at);
	return s;
}

static const struct option *
find(const struct cli_tables *t, int letter, const char *name)
{
	for (const struct option *o = t->longs; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0 && o->val != letter)
			return o;
	return NULL;
}

static int
add_value(const struct option *o, const struct conf_at *v)
{
	const char *text = conf_text(v);
	struct span json = conf_json(v);
	double number;

	if (span_is(json, "true") && o->has_arg != required_argument) {
		add(joined(o->name, SPAN("")));
		return 0;
	}
	if (o->has_arg == no_argument)
		return conf_error(v, "\"%s\" is true or not there", o->name);
	if (text != NULL && *text != '\0')
		add(joined(o->name, span_of(text)));
	else if (text == NULL && conf_number(v, &number))
		add(joined(o->name, json));
	else
		return conf_error(v, "\"%s\" is a text or a number", o->name);
	return 0;
}

static int
add_option(const struct option *o, const struct conf_at *v)
{
	struct conf_at one;

	if (!conf_is_array(v))
		return add_value(o, v);
	for (size_t i = 0; i < conf_count(v); i++) {
		one = conf_item(v, i);
		if (add_value(o, &one) < 0)
			return -1;
	}
	return 0;
}

static int
add_section(const struct cli *cli, int letter, const struct conf_at *section)
{
	struct cli_tables t;

	cli_tables(cli, &t);
	if (!conf_is_object(section))
		return conf_error(section, "an object of options");
	for (size_t i = 0; i < conf_count(section); i++) {
		struct conf_at v = conf_item(section, i);
		const struct option *o = find(&t, letter, v.key);

		if (o == NULL)
			return conf_error(
			    &v, "%s has no option --%s", cli->name, v.key);
		if (add_option(o, &v) < 0)
			return -1;
	}
	return 0;
}

static int
read_file(const struct cli *cli, int letter, const char *path)
{
	if (conf_read(&config.conf, path) < 0)
		return -1;
	if (!conf_is_object(&config.conf.top))
		return conf_error(&config.conf.top, "an object of tools");
	for (size_t i = 0; i < conf_count(&config.conf.top); i++) {
		struct conf_at section = conf_item(&config.conf.top, i);

		if (strcmp(section.key, cli->name) == 0)
			return add_section(cli, letter, &section);
	}
	return 0;
}

/* The last one counts; what is wrong with the others is told later. */
static const char *
path_given(const struct cli *cli, int letter, int argc, char **argv)
{
	char **copy = or_die(calloc((size_t)argc + 1, sizeof(*copy)));
	const char *path = NULL;
	struct cli_tables t;
	int ch;

	/* getopt_long(3) moves operands behind options. */
	memcpy(copy, argv, (size_t)argc * sizeof(*copy));
	cli_tables(cli, &t);
	opterr = 0;
	while ((ch = getopt_long(argc, copy, t.letters, t.longs, NULL)) != -1)
		if (ch == letter)
			path = optarg;
	optind = 0; /* from the start again */
	free(copy);
	return path;
}

void
cli_config(const struct cli *cli, int letter, int *argc, char ***argv)
{
	const char *path = path_given(cli, letter, *argc, *argv);

	if (path == NULL)
		return;
	add((*argv)[0]);
	if (read_file(cli, letter, path) < 0)
		die(EX_CONFIG, "%s", config.conf.why);
	for (int i = 1; i < *argc; i++)
		add((*argv)[i]);
	*argc = (int)config.n;
	add(NULL);
	*argv = config.argv;
	conf_release(&config.conf);
}
