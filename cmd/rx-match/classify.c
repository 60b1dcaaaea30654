/* SPDX-License-Identifier: MIT */
#include "classify.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/conf.h"
#include "lib/diag.h"
#include "lib/pointer.h"

#include "lexicon.h"
#include "match.h"

#define MOST_FILES 8
#define MOST_MEMBERS 16
#define MOST_REACH 100

/* Made anew when its file is read again. */
struct classifier {
	struct conf conf;
	const char *into, *otherwise;
	struct item_path members[MOST_MEMBERS];
	size_t n_members; /* 0: the text that was searched */
	const char *names[LEXICON_CLASSES];
	size_t n;
	struct lexicon lexicon;
};

static struct {
	const char *path;
	struct classifier *classifier;
} files[MOST_FILES];
static size_t n_files;

struct draft {
	const char *into, *otherwise, *comment;
	struct conf_at members, negations, breaks, classes;
	uint64_t reach;
};

#define AT(member) offsetof(struct draft, member)
static const struct conf_member top_members[] = {
	CONF_NEED("into", CONF_TEXT, AT(into)),
	CONF_NEED("default", CONF_TEXT, AT(otherwise)),
	CONF_NEED("classes", CONF_ANY, AT(classes)),
	CONF_ROW("members", CONF_ANY, AT(members)),
	CONF_ROW("negations", CONF_ANY, AT(negations)),
	CONF_RANGE("negation_reach", CONF_COUNT, AT(reach), 0, MOST_REACH),
	CONF_ROW("breaks", CONF_ANY, AT(breaks)),
	CONF_ROW("comment", CONF_TEXT, AT(comment)),
	CONF_END,
};

struct class_draft {
	const char *name, *negated;
	struct conf_at words;
};

#define IN(member) offsetof(struct class_draft, member)
static const struct conf_member class_members[] = {
	CONF_NEED("name", CONF_TEXT, IN(name)),
	CONF_NEED("words", CONF_ANY, IN(words)),
	CONF_ROW("negated", CONF_TEXT, IN(negated)),
	CONF_END,
};

void
classify_option(const char *path)
{
	if (n_files == MOST_FILES)
		die(EX_USAGE, "--classify: at most %d files", MOST_FILES);
	files[n_files++].path = path;
	steps_use(&classify_step);
}

static int
read_words(struct lexicon *l, const struct conf_at *list, int is)
{
	if (list->json == NULL)
		return 0;
	if (!conf_is_array(list))
		return conf_error(list, "must be a list of words");
	for (size_t i = 0; i < conf_count(list); i++) {
		struct conf_at item = conf_item(list, i);
		const char *word = conf_text(&item), *why;

		if (word == NULL)
			return conf_error(&item, "must be a word");
		if ((why = lexicon_add(l, span_of(word), is)) != NULL)
			return conf_error(&item, "\"%.100s\" %s", word, why);
	}
	return 0;
}

static int
read_members(struct classifier *c, const struct conf_at *list)
{
	if (list->json == NULL)
		return 0;
	if (!conf_is_array(list) || conf_count(list) == 0 ||
	    conf_count(list) > MOST_MEMBERS)
		return conf_error(
		    list, "must be a list of 1 to %d members", MOST_MEMBERS);
	for (size_t i = 0; i < conf_count(list); i++) {
		struct conf_at item = conf_item(list, i);
		const char *name = conf_text(&item);

		if (name == NULL || *name == '\0' ||
		    (*name == '/' && !pointer_is(span_of(name))))
			return conf_error(&item, "no name and no pointer");
		item_path_init(&c->members[c->n_members++], name);
	}
	return 0;
}

static int
class_named(const struct classifier *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->names[i], name) == 0)
			return (int)i;
	return LEXICON_NONE;
}

/* Names first, for a class may name one that follows. */
static int
read_classes(struct classifier *c, const struct conf_at *list)
{
	struct class_draft d[LEXICON_CLASSES] = { { .name = NULL } };
	size_t n;

	if (!conf_is_array(list) || (n = conf_count(list)) == 0 ||
	    n > LEXICON_CLASSES)
		return conf_error(
		    list, "must be a list of 1 to %d classes", LEXICON_CLASSES);
	for (size_t i = 0; i < n; i++) {
		struct conf_at item = conf_item(list, i);

		if (conf_fill(&item, class_members, &d[i]) < 0)
			return -1;
		if (class_named(c, d[i].name) != LEXICON_NONE)
			return conf_error(
			    &item, "a second class \"%.100s\"", d[i].name);
		c->names[c->n++] = d[i].name;
	}
	for (size_t i = 0; i < n; i++) {
		struct conf_at item = conf_item(list, i);

		c->lexicon.negated[i] = LEXICON_NONE;
		if (d[i].negated != NULL &&
		    (c->lexicon.negated[i] = class_named(c, d[i].negated)) < 0)
			return conf_error(
			    &item, "no class \"%.100s\"", d[i].negated);
		d[i].words.up = &item;
		if (read_words(&c->lexicon, &d[i].words, (int)i) < 0)
			return -1;
	}
	return 0;
}

static int
read_file(struct classifier *c, const char *path)
{
	struct draft d = { .reach = 3 };

	if (conf_read(&c->conf, path) < 0 ||
	    conf_fill(&c->conf.top, top_members, &d) < 0)
		return -1;
	if (lexicon_init(&c->lexicon) < 0)
		die(EX_TEMPFAIL, "out of memory");
	c->into = d.into;
	c->otherwise = d.otherwise;
	c->lexicon.reach = d.reach;
	for (const char *p = c->into; *p != '\0'; p++)
		if (*p == '"' || *p == '\\' || (unsigned char)*p < ' ')
			return conf_error(
			    &c->conf.top, "\"into\": a name without escapes");
	if (read_members(c, &d.members) < 0 ||
	    read_classes(c, &d.classes) < 0 ||
	    read_words(&c->lexicon, &d.negations, LEXICON_NEGATION) < 0 ||
	    read_words(&c->lexicon, &d.breaks, LEXICON_BREAK) < 0)
		return -1;
	return 0;
}

static void
discard(struct classifier *c)
{
	for (size_t k = 0; k < c->n_members; k++)
		item_path_release(&c->members[k]);
	lexicon_release(&c->lexicon);
	conf_release(&c->conf);
	free(c);
}

static struct classifier *
load(const char *path, char why[CONF_WHY])
{
	struct classifier *c = calloc(1, sizeof(*c));

	if (c == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if (read_file(c, path) == 0)
		return c;
	memcpy(why, c->conf.why, CONF_WHY);
	discard(c);
	return NULL;
}

static void
start(struct job *j)
{
	char why[CONF_WHY];

	for (size_t i = 0; i < n_files; i++) {
		files[i].classifier = load(files[i].path, why);
		if (files[i].classifier == NULL)
			die(EX_CONFIG, "%s", why);
		steps_reread(j, files[i].path);
	}
}

static void
reload(struct job *j)
{
	char why[CONF_WHY];
	struct classifier *c;

	(void)j;
	for (size_t i = 0; i < n_files; i++) {
		if ((c = load(files[i].path, why)) == NULL) {
			warn("%s; the classes stay as they were", why);
			continue;
		}
		discard(files[i].classifier);
		files[i].classifier = c;
		info("%zu classes read from %s", c->n, files[i].path);
	}
}

static struct span
text_of(const struct classifier *c, struct item *it)
{
	struct value v;

	if (c->n_members == 0)
		return it->text;
	for (size_t i = 0; i < c->n_members; i++)
		if (item_find(it, &c->members[i], &v) && v.type == VALUE_STRING)
			return item_string(it, &v);
	return (struct span){ NULL, 0 };
}

static enum step_says
take(struct job *j, struct item *it)
{
	(void)j;
	for (size_t i = 0; i < n_files; i++) {
		struct classifier *c = files[i].classifier;
		int class = lexicon_class(&c->lexicon, text_of(c, it));

		item_set_text(it, span_of(c->into),
		    span_of(class < 0 ? c->otherwise : c->names[class]));
	}
	return STEP_PASS;
}

static void
finish(struct job *j)
{
	(void)j;
	for (size_t i = 0; i < n_files; i++)
		discard(files[i].classifier);
}

const struct step classify_step = { .name = "classify",
	.of_context = true,
	.start = start,
	.take = take,
	.reload = reload,
	.finish = finish };
