/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-tail/glob.h"
#include "cmd/rx-tail/patterns.h"
#include "lib/diag.h"

#define DOCKER_ROOT "/var/lib/docker"

/* What is asked for, taken out of the tail and put back. */
struct set {
	struct pattern *patterns;
	size_t n_patterns;
	struct label *labels;
	size_t n_labels;
};

static void
put_label(struct tail *t, const struct label *l)
{
	t->labels =
	    or_die(realloc(t->labels, (t->n_labels + 1) * sizeof(*t->labels)));
	t->labels[t->n_labels++] = *l;
}

static int
add_label(struct tail *t, const char *text, bool config)
{
	const char *sign = strrchr(text, '=');
	struct label new = { .config = config };

	if (sign == NULL || sign == text || sign[1] == '\0')
		return -1;
	new.glob = or_die(strndup(text, (size_t)(sign - text)));
	new.name = or_die(strdup(sign + 1));
	put_label(t, &new);
	return 0;
}

/* Docker's data root, or its directory containers.  Of each container the log,
 * X-json.log, and what max-file keeps: X-json.log.1 and so on. */
static void
add_docker(struct tail *t, const char *root, bool config)
{
	char *dir = or_die(glob_quote(root)), *pattern, *base;
	bool inside;

	for (size_t n = strlen(dir); n > 1 && dir[n - 1] == '/'; n--)
		dir[n - 1] = '\0';
	base = strrchr(dir, '/');
	inside = strcmp(base == NULL ? dir : base + 1, "containers") == 0;
	if (asprintf(&pattern, "%s%s%s", dir, inside ? "" : "/containers",
		PATTERNS_DOCKER) < 0)
		die(EX_TEMPFAIL, "out of memory");
	patterns_add(t, pattern, FORMAT_DOCKER, config);
	free(pattern);
	free(dir);
}

int
asked_add(struct tail *t, enum asked what, const char *arg, bool config)
{
	switch (what) {
	case ASKED_FILE: patterns_add(t, arg, FORMAT_PLAIN, config); break;
	case ASKED_CRI: patterns_add(t, arg, FORMAT_CRI, config); break;
	case ASKED_DOCKER:
		add_docker(t, arg == NULL ? DOCKER_ROOT : arg, config);
		break;
	case ASKED_LABEL: return add_label(t, arg, config);
	case ASKED_KINDS: break;
	}
	return 0;
}

enum asked
asked_option(const char *option, const char **arg)
{
	static const char *const names[ASKED_KINDS] = {
		[ASKED_FILE] = "--log-file",
		[ASKED_DOCKER] = "--docker",
		[ASKED_CRI] = "--cri",
		[ASKED_LABEL] = "--label",
	};
	size_t len = strcspn(option, "=");
	enum asked what = 0;

	*arg = option[len] == '=' ? option + len + 1 : NULL;
	while (what < ASKED_KINDS &&
	    (strlen(names[what]) != len ||
		strncmp(option, names[what], len) != 0))
		what++;
	return what;
}

static struct set
take_out(struct tail *t)
{
	struct set was = { t->patterns, t->n_patterns, t->labels, t->n_labels };

	t->patterns = NULL;
	t->labels = NULL;
	t->n_patterns = t->n_labels = 0;
	return was;
}

static void
put_back(struct tail *t, const struct set *s)
{
	t->patterns = s->patterns;
	t->n_patterns = s->n_patterns;
	t->labels = s->labels;
	t->n_labels = s->n_labels;
}

static void
set_free(const struct set *s)
{
	patterns_free(s->patterns, s->n_patterns);
	for (size_t i = 0; i < s->n_labels; i++) {
		free(s->labels[i].glob);
		free(s->labels[i].name);
	}
	free(s->labels);
}

/* Behind what --config asks for, as at the start: move what stays. */
static void
keep(struct tail *t, struct set *was)
{
	for (size_t i = 0; i < was->n_patterns; i++) {
		struct pattern *p = &was->patterns[i];

		if (p->config && !p->piped)
			continue;
		patterns_put(t, p);
		*p = (struct pattern){ .text = NULL };
	}
	for (size_t i = 0; i < was->n_labels; i++) {
		struct label *l = &was->labels[i];

		if (l->config)
			continue;
		put_label(t, l);
		*l = (struct label){ .glob = NULL };
	}
}

static int
add_all(struct tail *t, const struct cli_config *c, const struct set *was,
    const char **why)
{
	for (size_t i = 0; i < c->n; i++) {
		const char *arg;
		enum asked what = asked_option(c->args[i], &arg);

		if (what == ASKED_LABEL && arg == NULL)
			arg = "";
		if (asked_add(t, what, arg, true) < 0) {
			*why = "a label is not GLOB=NAME";
			return -1;
		}
	}
	for (size_t i = 0; i < was->n_patterns; i++)
		if (!was->patterns[i].config || was->patterns[i].piped)
			return 0;
	if (t->n_patterns > 0 || t->journal)
		return 0;
	*why = "it names no file";
	return -1;
}

int
asked_anew(struct tail *t, const struct cli_config *c, const char **why)
{
	struct set was = take_out(t), failed;

	if (add_all(t, c, &was, why) < 0) {
		failed = take_out(t);
		set_free(&failed);
		put_back(t, &was);
		return -1;
	}
	keep(t, &was);
	set_free(&was);
	return 0;
}
