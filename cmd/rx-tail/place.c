/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/place.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/rx-tail/chain.h"
#include "lib/diag.h"

/* It is there, but not for us, or not now. */
static void
hide(struct log *log, const struct place *p, int error)
{
	errno = error;
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

static bool
take(struct log *log, struct place *p, struct beside *b, bool live)
{
	*p = (struct place){
		.path = live ? log->path : b->path,
		.look = b->look,
		.fd = b->fd,
		.live = live,
	};
	b->fd = -1;
	if (p->fd < 0 && b->error != 0)
		hide(log, p, b->error);
	return p->fd >= 0;
}

size_t
place_open(struct log *log, struct beside_list *files, struct place **places)
{
	size_t n = 0;

	if ((*places = calloc(files->n + 1, sizeof(**places))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (size_t i = 0; i < files->n; i++)
		n += take(log, &(*places)[n], &files->at[i], false);
	if (files->live_error == 0 &&
	    !chain_is_own_output(&files->live.look.id))
		n += take(log, &(*places)[n], &files->live, true);
	return n;
}
