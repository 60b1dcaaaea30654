/* SPDX-License-Identifier: MIT */
/*
 * record -- drive lib/record over standard input, or over files.
 *
 *   record check FILE ...   each file one text: "yes NAME" or "no NAME: why"
 *   record lines            each line: parsed members as NAME=TYPE:TEXT, or why
 *   record fresh            the same, each line as if it were the first
 *   record get NAME         each line: the member's text, unescaped if a string
 *   record splice N=JSON... each line with these members set
 *   record walk             each line: the values inside, depth first
 *   record frames           4-byte lengths and texts: one byte each, y n or o
 */
#include <stdio.h>

#include "lib/record.h"
#include "t/unit/slurp.h"

static const char *const types[] = { "null", "false", "true", "number",
	"string", "object", "array" };

static void
put(struct span s)
{
	fwrite(s.at, 1, s.len, stdout);
}

static void
put_why(const struct record *r)
{
	printf("! %s at %zu", r->why, r->offset);
}

static void
check(struct record *r, const char *path)
{
	struct span all = slurp_file(path);
	const char *name = strrchr(path, '/');

	name = name != NULL ? name + 1 : path;
	if (record_check(r, all) == 0)
		printf("yes %s\n", name);
	else {
		printf("no %s: ", name);
		put_why(r);
		putchar('\n');
	}
	slurp_free(all);
}

static void
members(struct record *r, struct span line)
{
	if (record_parse(r, line) < 0) {
		put_why(r);
		return;
	}
	for (size_t i = 0; i < r->n_members; i++) {
		printf("%s", i > 0 ? " " : "");
		put(r->members[i].name);
		printf("=%s:", types[r->members[i].value.type]);
		put(r->members[i].value.text);
	}
}

static void
get(struct record *r, struct span line, const char *name)
{
	struct value v;
	struct buf b;

	if (record_parse(r, line) < 0)
		put_why(r);
	else if (!record_get(r, name, &v))
		printf("(none)");
	else if (v.type == VALUE_STRING) {
		buf_init(&b);
		if (value_text(&v, &b) == 0)
			put(buf_span(&b));
		buf_release(&b);
	} else
		put(v.text);
}

static void
splice_line(struct record *r, struct span line, char **args, size_t n)
{
	struct change changes[16];
	struct buf b;
	char *equals;

	if (record_parse(r, line) < 0) {
		put_why(r);
		return;
	}
	for (size_t i = 0; i < n && i < 16; i++) {
		if ((equals = strchr(args[i], '=')) == NULL)
			errx(2, "%s: no =", args[i]);
		changes[i].name =
		    (struct span){ args[i], (size_t)(equals - args[i]) };
		changes[i].json = span_of(equals + 1);
	}
	buf_init(&b);
	record_splice(r, changes, n, &b);
	put(buf_span(&b));
	buf_release(&b);
}

static void
walk(struct span text)
{
	struct walk w;
	struct member m;

	for (walk_init(&w, text); walk_next(&w, &m);) {
		put(m.name);
		printf("=%s ", types[m.value.type]);
		if (m.value.type >= VALUE_OBJECT)
			walk(m.value.text);
		else
			put(m.value.text);
		putchar(';');
	}
}

static void
frames(struct record *r, struct span rest)
{
	uint32_t len;
	char *text;

	while (rest.len >= sizeof len) {
		memcpy(&len, rest.at, sizeof len);
		rest = span_skip(rest, sizeof len);
		if ((text = malloc(len + 1)) == NULL || len > rest.len)
			errx(2, "bad frame");
		/* Not on its boundary, and not a byte to spare. */
		memcpy(text + 1, rest.at, len);
		if (record_check(r, (struct span){ text + 1, len }) < 0)
			putchar('n');
		else
			putchar(
			    record_parse(r, (struct span){ text + 1, len }) == 0
				? 'o'
				: 'y');
		free(text);
		rest = span_skip(rest, len);
	}
}

int
main(int argc, char *argv[])
{
	struct record r;
	struct span all, rest, line;
	const char *verb = argc > 1 ? argv[1] : "";

	record_init(&r);
	if (strcmp(verb, "check") == 0) {
		for (int i = 2; i < argc; i++)
			check(&r, argv[i]);
		record_release(&r);
		return 0;
	}
	rest = all = slurp(STDIN_FILENO);
	if (strcmp(verb, "frames") == 0)
		frames(&r, rest);
	else
		while (slurp_line(&rest, &line)) {
			if (strcmp(verb, "fresh") == 0) {
				record_release(&r);
				record_init(&r);
			}
			if (strcmp(verb, "lines") == 0 ||
			    strcmp(verb, "fresh") == 0)
				members(&r, line);
			else if (strcmp(verb, "get") == 0 && argc == 3)
				get(&r, line, argv[2]);
			else if (strcmp(verb, "splice") == 0)
				splice_line(
				    &r, line, argv + 2, (size_t)argc - 2);
			else if (strcmp(verb, "walk") == 0)
				walk(line);
			else
				errx(2, "no such verb: %s", verb);
			putchar('\n');
		}
	slurp_free(all);
	record_release(&r);
	return 0;
}
