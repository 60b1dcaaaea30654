#include "cmd/rx-tail/place.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/rx-tail/chain.h"
#include "cmd/rx-tail/source.h"
#include "lib/diag.h"

/* Open it; false when path no longer leads to what was looked at. */
static bool
open_place(
    struct tail *t, struct place *p, const char *path, const struct look *look)
{
	struct look l;

	*p = (struct place){ .path = path, .look = *look };
	while ((p->fd = ident_open(path, &l)) < 0 &&
	    (errno == EMFILE || errno == ENFILE) && !TAILQ_EMPTY(&t->open))
		source_close(t, TAILQ_FIRST(&t->open));
	return p->fd >= 0 ? ident_eq(&l.id, &look->id) : errno != ENOENT;
}

/* It is there, but not for us, or not now. */
static void
hide(struct log *log, const struct place *p)
{
	if (errno == ENOENT)
		return;
	if (!p->live)
		warn_sys("%s: unable to read", p->path);
	for (struct known *k = log->known; k != NULL; k = k->next)
		k->hidden |= known_born_as(p, k->entry);
}

void
place_hide_all(struct log *log, int error)
{
	if (error == 0 || error == ENOENT || error == ENOTDIR ||
	    error == EINVAL)
		return;
	for (struct known *k = log->known; k != NULL; k = k->next)
		k->hidden = true;
}

void
place_close(struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (places[i].fd >= 0)
			close(places[i].fd);
	free(places);
}

bool
place_open(struct tail *t, struct log *log, const struct beside_list *files,
    struct place **places, size_t *n)
{
	bool steady = true;

	*n = 0;
	if ((*places = calloc(files->n + 1, sizeof(**places))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (size_t i = 0; i < files->n; i++) {
		struct place *p = &(*places)[*n];

		steady &=
		    open_place(t, p, files->at[i].path, &files->at[i].look);
		*n += p->fd >= 0;
		if (p->fd < 0)
			hide(log, p);
	}
	if (files->live_error == 0 && !chain_is_own_output(&files->live.id)) {
		struct place *p = &(*places)[*n];

		steady &= open_place(t, p, log->path, &files->live);
		p->live = true;
		*n += p->fd >= 0;
		if (p->fd < 0)
			hide(log, p);
	}
	return steady;
}
