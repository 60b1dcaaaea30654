/* SPDX-License-Identifier: MIT */
/*
 * cri_owner -- whose log it is, by the names in its path:
 *
 *     pods/NAMESPACE_POD_UID/CONTAINER/N.log       N: how often it was restarted
 *     containers/POD_NAMESPACE_CONTAINER-ID.log    ID: 64 hex digits
 *
 * Members pod_namespace, pod_name, pod_uid, container_name, container_id,
 *         container_restarts; those of them that the path tells.
 */
#include <string.h>

#include "cmd/rx-tail/container_format.h"
#include "lib/diag.h"

#define ID_LEN 64

/* The last component of *path, which is cut off it. */
static struct span
component(struct span *path)
{
	const char *slash =
	    path->len == 0 ? NULL : memrchr(path->at, '/', path->len);
	struct span last = *path;

	if (slash != NULL)
		last = span_skip(*path, (size_t)(slash + 1 - path->at));
	path->len = slash == NULL ? 0 : (size_t)(slash - path->at);
	return last;
}

/* Up to the next _, or all there is. */
static struct span
name(struct span *rest)
{
	const char *end =
	    rest->len == 0 ? NULL : memchr(rest->at, '_', rest->len);
	struct span s = *rest;

	if (end != NULL)
		s.len = (size_t)(end - rest->at);
	*rest = span_skip(*rest, end == NULL ? s.len : s.len + 1);
	return s;
}

static bool
is_made_of(struct span s, const char *set)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\0' || strchr(set, s.at[i]) == NULL)
			return false;
	return s.len > 0;
}

static bool
of_pods(struct span path, struct owner *o)
{
	struct span restarts = component(&path), container = component(&path),
		    pod = component(&path);
	struct span space = name(&pod), pod_name = name(&pod);

	restarts.len = restarts.len > 4 ? restarts.len - 4 : 0; /* .log */
	if (!is_made_of(restarts, "0123456789") || restarts.len > 9 ||
	    space.len == 0 || pod_name.len == 0 || pod.len == 0 ||
	    container.len == 0)
		return false;
	owner_text(&o->members, "pod_namespace", space);
	owner_text(&o->members, "pod_name", pod_name);
	owner_text(&o->members, "pod_uid", pod);
	owner_text(&o->members, "container_name", container);
	while (restarts.len > 1 && *restarts.at == '0')
		restarts = span_skip(restarts, 1); /* no number in JSON */
	buf_addf(&o->members, ",\"container_restarts\":%.*s", (int)restarts.len,
	    restarts.at);
	buf_add(&o->name, container);
	return true;
}

static void
of_containers(struct span path, struct owner *o)
{
	struct span rest = component(&path), id;
	struct span pod = name(&rest), space = name(&rest);

	if (rest.len <= ID_LEN + 1 + 4)
		return;
	id = (struct span){ rest.at + rest.len - 4 - ID_LEN, ID_LEN };
	if (!is_made_of(id, "0123456789abcdef") || id.at[-1] != '-')
		return;
	rest.len -= ID_LEN + 1 + 4;
	owner_text(&o->members, "pod_namespace", space);
	owner_text(&o->members, "pod_name", pod);
	owner_text(&o->members, "container_name", rest);
	owner_text(&o->members, "container_id", id);
	buf_add(&o->name, rest);
}

void
cri_owner(const char *path, struct owner *o)
{
	if (!of_pods(span_of(path), o))
		of_containers(span_of(path), o);
	if (o->name.len > 0) {
		buf_addc(&o->name, '\0');
		o->name.len--;
	}
	if (o->name.failed || o->members.failed)
		die(EX_TEMPFAIL, "out of memory");
}
