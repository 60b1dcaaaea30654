/* SPDX-License-Identifier: MIT */
/*
 * docker_owner -- whose log it is: config.v2.json in the container's directory.
 *
 * Members container_id, container_name, container_image, compose_project,
 *         compose_service, container_labels.
 * Limits  A file of CONFIG_MAX bytes; labels of LABELS_MAX rendered bytes, more
 *         are left out and said once.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-tail/container_format.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/whole.h"

#define CONFIG_MAX RECORD_MAX
#define LABELS_MAX (16 * 1024)
#define SHORT_ID 12

static bool
config_path(const char *path, char dst[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	int len = slash == NULL ? 0 : (int)(slash + 1 - path);

	return snprintf(dst, PATH_MAX, "%.*sconfig.v2.json", len, path) <
	    PATH_MAX;
}

/* The id is in the name of the log: <id>-json.log, maybe .1 and so on. */
static struct span
id_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *end;
	struct span base = span_of(slash == NULL ? path : slash + 1);

	if ((end = strstr(base.at, "-json.log")) != NULL)
		base.len = (size_t)(end - base.at);
	return base;
}

bool
docker_owner_changed(const char *path, const struct owner *o)
{
	char config[PATH_MAX];
	struct look l;

	if (!config_path(path, config) || look_path(config, &l) < 0)
		return o->known;
	return !ident_eq(&l.id, &o->file.id) || l.size != o->file.size ||
	    l.mtime_ns != o->file.mtime_ns;
}

static bool
read_config(const char *path, struct buf *text, struct look *l)
{
	char config[PATH_MAX], *room;
	ssize_t got = -1;
	int fd;

	if (!config_path(path, config) || (fd = ident_open(config, l)) < 0)
		return false;
	if (l->size > 0 && l->size < CONFIG_MAX &&
	    (room = buf_room(text, l->size)) != NULL &&
	    (got = read_at(fd, room, l->size, 0)) > 0)
		buf_took(text, (size_t)got);
	close(fd);
	return got > 0;
}

/* The member of an object inside a checked one. */
static bool
inside(struct span object, const char *name, struct value *v)
{
	struct walk w;
	struct member m;
	bool found = false;

	walk_init(&w, object);
	while (walk_next(&w, &m))
		if (span_is(m.name, name)) {
			*v = m.value;
			found = true;
		}
	return found;
}

/* A string's text, unescaped into b from its end on. */
static struct span
text_of(struct buf *b, const struct value *v)
{
	size_t at = b->len;

	if (v->type != VALUE_STRING || value_text(v, b) < 0)
		return (struct span){ "", 0 };
	return (struct span){ b->at + at, b->len - at };
}

static void
add(struct owner *o, const char *name, const struct value *v)
{
	struct buf text;

	buf_init(&text);
	owner_text(&o->members, name, text_of(&text, v));
	buf_release(&text);
}

/* Rendered anew: between the members of the file may be newlines. */
static void
add_labels(struct owner *o, const char *path, struct span object)
{
	struct buf b;
	struct walk w;
	struct member m;
	struct value v;

	buf_init(&b);
	walk_init(&w, object);
	while (walk_next(&w, &m))
		if (m.value.type == VALUE_STRING)
			buf_addf(&b, ",\"%.*s\":\"%.*s\"", (int)m.name.len,
			    m.name.at, (int)m.value.text.len, m.value.text.at);
	if (inside(object, "com.docker.compose.project", &v))
		add(o, "compose_project", &v);
	if (inside(object, "com.docker.compose.service", &v))
		add(o, "compose_service", &v);
	if (b.len > LABELS_MAX)
		warn("%s: labels of more than %d bytes are left out", path,
		    LABELS_MAX);
	else if (b.len > 0) {
		buf_adds(&o->members, ",\"container_labels\":{");
		buf_add(&o->members, span_skip(buf_span(&b), 1));
		buf_addc(&o->members, '}');
	}
	buf_release(&b);
}

/* Docker writes "/web". */
static void
take_name(struct owner *o, struct record *rec)
{
	struct value v;
	struct buf text;
	struct span name;

	buf_init(&text);
	if (record_get(rec, "Name", &v)) {
		name = text_of(&text, &v);
		if (name.len > 0 && *name.at == '/')
			name = span_skip(name, 1);
		owner_text(&o->members, "container_name", name);
		buf_add(&o->name, name);
	}
	buf_release(&text);
}

static void
take_config(const char *path, struct owner *o, struct record *rec)
{
	struct value config, v;

	take_name(o, rec);
	if (!record_get(rec, "Config", &config) || config.type != VALUE_OBJECT)
		return;
	if (inside(config.text, "Image", &v))
		add(o, "container_image", &v);
	if (inside(config.text, "Labels", &v) && v.type == VALUE_OBJECT)
		add_labels(o, path, v.text);
}

void
docker_owner(const char *path, struct owner *o)
{
	struct span id = id_of(path);
	struct record rec;
	struct buf text;

	buf_init(&text);
	record_init(&rec);
	owner_text(&o->members, "container_id", id);
	if (read_config(path, &text, &o->file)) {
		o->known = record_parse(&rec, buf_span(&text)) == 0;
		if (o->known)
			take_config(path, o, &rec);
		else
			warn("%s: its config.v2.json is not one: %s", path,
			    rec.why);
	}
	if (o->name.len == 0)
		buf_add(&o->name,
		    (struct span){
			id.at, id.len < SHORT_ID ? id.len : SHORT_ID });
	buf_addc(&o->name, '\0');
	o->name.len--;
	if (o->name.failed || o->members.failed)
		die(EX_TEMPFAIL, "out of memory");
	record_release(&rec);
	buf_release(&text);
}
