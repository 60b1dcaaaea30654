/* SPDX-License-Identifier: MIT */
#include "lib/cli_config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/buf.h"
#include "lib/cli_tables.h"
#include "lib/conf.h"
#include "lib/diag.h"

static void
add(struct cli_config *c, char *arg, const struct conf_at *v)
{
	if (c->n == c->size) {
		c->size = c->size == 0 ? 64 : 2 * c->size;
		c->args = or_die(realloc(c->args, c->size * sizeof(*c->args)));
		c->places =
		    or_die(realloc(c->places, c->size * sizeof(*c->places)));
	}
	conf_error(v, "%s", "");
	c->places[c->n] = or_die(strdup(v->conf->why));
	c->args[c->n++] = arg;
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
		if (strcmp(o->name, name) == 0 && o->val != letter &&
		    o->val != CLI_SECTIONS)
			return o;
	return NULL;
}

static int
add_value(struct cli_config *c, const struct option *o, const struct conf_at *v)
{
	const char *text = conf_text(v);
	struct span json = conf_json(v);
	double number;

	if (span_is(json, "true") && o->has_arg != required_argument) {
		add(c, joined(o->name, SPAN("")), v);
		return 0;
	}
	if (o->has_arg == no_argument)
		return conf_error(v, "\"%s\" is true or not there", o->name);
	if (text != NULL && *text != '\0')
		add(c, joined(o->name, span_of(text)), v);
	else if (text == NULL && conf_number(v, &number))
		add(c, joined(o->name, json), v);
	else
		return conf_error(v, "\"%s\" is a text or a number", o->name);
	return 0;
}

static int
add_option(
    struct cli_config *c, const struct option *o, const struct conf_at *v)
{
	struct conf_at one;

	if (!conf_is_array(v))
		return add_value(c, o, v);
	for (size_t i = 0; i < conf_count(v); i++) {
		one = conf_item(v, i);
		if (add_value(c, o, &one) < 0)
			return -1;
	}
	return 0;
}

static int
add_section(struct cli_config *c, const struct cli *cli, int letter,
    const struct conf_at *section)
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
		if (add_option(c, o, &v) < 0)
			return -1;
	}
	return 0;
}

static int
read_file(
    struct cli_config *c, const struct cli *cli, int letter, struct conf *conf)
{
	if (conf_read(conf, c->path) < 0)
		return -1;
	if (!conf_is_object(&conf->top))
		return conf_error(&conf->top, "an object of tools");
	for (size_t i = 0; i < conf_count(&conf->top); i++) {
		struct conf_at section = conf_item(&conf->top, i);

		if (strcmp(section.key, cli->name) == 0)
			return add_section(c, cli, letter, &section);
	}
	return 0;
}

int
cli_config_read(const struct cli *cli, int letter, const char *path,
    struct cli_config *c, char why[CONF_WHY])
{
	struct conf conf;
	int got;

	*c = (struct cli_config){ .path = path };
	if ((got = read_file(c, cli, letter, &conf)) < 0) {
		memcpy(why, conf.why, CONF_WHY);
		cli_config_release(c);
	}
	conf_release(&conf);
	return got;
}

void
cli_config_release(struct cli_config *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->args[i]);
		free(c->places[i]);
	}
	free(c->args);
	free(c->places);
	*c = (struct cli_config){ .path = NULL };
}

/* The next argument from *i on that waits for a start, or NULL. */
static const char *
next_other(const struct cli_config *c, size_t *i, bool (*taken)(const char *))
{
	while (*i < c->n && taken(c->args[*i]))
		++*i;
	return *i < c->n ? c->args[(*i)++] : NULL;
}

void
cli_config_differs(const struct cli_config *was, const struct cli_config *is,
    bool (*taken)(const char *arg))
{
	size_t i = 0, k = 0;
	const char *a = NULL, *b = NULL;

	do {
		a = next_other(was, &i, taken);
		b = next_other(is, &k, taken);
		if (a == NULL && b == NULL)
			return;
	} while (a != NULL && b != NULL && strcmp(a, b) == 0);
	if (b == NULL)
		b = a;
	warn("%s: %.*s differs from before, which counts from the next start",
	    is->path, (int)strcspn(b, "="), b);
}

static _Noreturn void
name_sections(const char *path)
{
	struct conf conf;

	if (conf_read(&conf, path) < 0)
		die(EX_CONFIG, "%s", conf.why);
	if (!conf_is_object(&conf.top)) {
		conf_error(&conf.top, "an object of tools");
		die(EX_CONFIG, "%s", conf.why);
	}
	for (size_t i = 0; i < conf_count(&conf.top); i++)
		puts(conf_item(&conf.top, i).key);
	if (fflush(stdout) != 0 || ferror(stdout))
		die_sys(EX_IOERR, "unable to write stdout");
	conf_release(&conf);
	exit(EX_OK);
}

/* The last one counts; what is wrong with the others is told later. */
static const char *
path_given(
    const struct cli *cli, int letter, int argc, char **argv, bool *sections)
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
		else if (ch == CLI_SECTIONS)
			*sections = true;
	optind = 0; /* from the start again */
	free(copy);
	return path;
}

const struct cli_config *
cli_config(const struct cli *cli, int letter, int *argc, char ***argv)
{
	static struct cli_config config;
	bool sections = false;
	const char *path = path_given(cli, letter, *argc, *argv, &sections);
	char why[CONF_WHY], **all;
	size_t own;

	if (path == NULL)
		return NULL;
	if (sections)
		name_sections(path);
	if (cli_config_read(cli, letter, path, &config, why) < 0)
		die(EX_CONFIG, "%s", why);
	own = (size_t)*argc - 1;
	all = or_die(calloc(1 + config.n + own + 1, sizeof(*all)));
	all[0] = (*argv)[0];
	if (config.n > 0)
		memcpy(all + 1, config.args, config.n * sizeof(*all));
	memcpy(all + 1 + config.n, *argv + 1, own * sizeof(*all));
	cli_places(config.args, config.places, config.n);
	*argc = (int)(1 + config.n + own);
	*argv = config.all = all;
	return &config;
}
