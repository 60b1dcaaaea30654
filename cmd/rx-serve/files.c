/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-serve/beneath.h"
#include "cmd/rx-serve/query.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/rtime.h"
#include "lib/whole.h"

#define CHUNK (64 * 1024)

static void
refuse(struct exchange *x)
{
	switch (errno) {
	case EACCES:
	case EPERM: exchange_refuse(x, 403, "rx-serve may not read it"); break;
	case EISDIR:
	case EINVAL: exchange_refuse(x, 403, "it is no regular file"); break;
	case ENOTDIR: exchange_refuse(x, 403, "it is no directory"); break;
	case EMFILE:
	case ENFILE:
	case ENOMEM: exchange_refuse(x, 503, "too much at a time"); break;
	default: exchange_refuse(x, 404, "no such file below --files");
	}
}

/* The one item of the query; false: refused.  path stays "" without one. */
static bool
read_path(struct exchange *x, struct query_item *item)
{
	struct span rest = x->request.query;
	const char *why = "path is all that is asked";
	struct query_item more;
	int got;

	item->value[0] = '\0';
	if (beneath_root(0) == NULL) {
		exchange_refuse(x, 404, "there is no --files");
		return false;
	}
	if (!x->request.has_query || (got = query_next(&rest, item, &why)) == 0)
		return true;
	if (got > 0 && strcmp(item->name, "path") == 0 &&
	    query_next(&rest, &more, &why) == 0)
		return true;
	exchange_refuse(x, 400, why);
	return false;
}

/* "A-B", "A-" or "-N" of size bytes: 1 a range, 0 none that is understood,
 * -1 nothing of it is there. */
static int
read_range(struct span field, uint64_t size, uint64_t *first, uint64_t *n)
{
	const char *dash, *why;
	struct span from, to;
	uint64_t last;

	if (!span_starts(field, SPAN("bytes=")))
		return 0;
	from = span_skip(field, strlen("bytes="));
	if (from.len == 0 || (dash = memchr(from.at, '-', from.len)) == NULL)
		return 0;
	to = span_skip(from, (size_t)(dash - from.at) + 1);
	from.len = (size_t)(dash - from.at);
	if (from.len == 0) {
		if (num_u64(to, n, &why) < 0)
			return 0;
		*n = *n < size ? *n : size;
		*first = size - *n;
		return *n > 0 ? 1 : -1;
	}
	if (num_u64(from, first, &why) < 0)
		return 0;
	last = size - 1;
	if (to.len > 0 && (num_u64(to, &last, &why) < 0 || last < *first))
		return 0;
	if (*first >= size)
		return -1;
	*n = (last < size - 1 ? last : size - 1) - *first + 1;
	return 1;
}

static void
begin(struct exchange *x, int fd, uint64_t size)
{
	uint64_t first = 0, n = size;
	int range = x->request.has_range
	    ? read_range(x->request.range, size, &first, &n)
	    : 0;

	if (range < 0) {
		http_no_range(x->out, size);
		close(fd);
		return;
	}
	if (range == 0 && size > FILES_PART) {
		exchange_refuse(x, 413, "ask for a Range of it");
		close(fd);
		return;
	}
	if (range == 0) {
		first = 0;
		n = size;
	}
	if (n > FILES_PART)
		n = FILES_PART;
	http_part(x->out, range > 0, first, n, size);
	if (n == 0 || x->request.method == METHOD_HEAD)
		close(fd);
	else
		x->file = (struct file_body){ fd, (off_t)first, n };
}

void
files_answer(struct exchange *x)
{
	struct query_item item;
	struct stat st;
	int fd;

	if (!read_path(x, &item))
		return;
	if ((fd = beneath_file(item.value, &st)) < 0)
		refuse(x);
	else
		begin(x, fd, (uint64_t)st.st_size);
}

int
files_read(struct file_body *f, struct buf *dst)
{
	size_t wanted = f->left < CHUNK ? (size_t)f->left : CHUNK;
	char *room = buf_room(dst, wanted);
	ssize_t n =
	    room == NULL ? -1 : read_at(f->fd, room, wanted, (uint64_t)f->at);

	if (n <= 0)
		return -1;
	buf_took(dst, (size_t)n);
	f->at += n;
	f->left -= (uint64_t)n;
	if (f->left == 0)
		close(f->fd);
	return 0;
}

void
files_close(struct file_body *f)
{
	if (f->left > 0)
		close(f->fd);
	f->left = 0;
}

static const char *
type_of(mode_t mode)
{
	if (S_ISREG(mode))
		return "file";
	if (S_ISDIR(mode))
		return "directory";
	return S_ISLNK(mode) ? "link" : "other";
}

static void
add_entry(struct buf *b, const char *name, const struct stat *st)
{
	char time[RTIME_MAX];

	buf_adds(b, b->at[b->len - 1] == '[' ? "{\"name\":" : ",{\"name\":");
	jstr_add(b, span_of(name));
	rtime_render(time, st->st_mtim.tv_sec * NUM_S, 0);
	buf_addf(b,
	    ",\"type\":\"%s\",\"size\":%" PRIu64 ",\"modified\":\"%s\"}",
	    type_of(st->st_mode), (uint64_t)st->st_size, time);
}

static size_t n_wanted; /* scandirat(3) hands its filter nothing of ours */

static int
is_wanted(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	    strcmp(entry->d_name, "..") != 0 && n_wanted++ <= FILES_ENTRIES;
}

static int
list_directory(struct buf *b, int fd, bool *truncated)
{
	struct dirent **names;
	struct stat st;
	int n;

	n_wanted = 0;
	n = scandirat(fd, ".", &names, is_wanted, alphasort);
	for (int i = 0; i < n; i++) {
		if (i < FILES_ENTRIES &&
		    fstatat(fd, names[i]->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0)
			add_entry(b, names[i]->d_name, &st);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	*truncated = n > FILES_ENTRIES;
	return n;
}

static void
list_roots(struct buf *b)
{
	const char *root;
	struct stat st;

	for (size_t i = 0; (root = beneath_root(i)) != NULL; i++)
		if (beneath_stat(root, &st) == 0)
			add_entry(b, root, &st);
}

void
files_list(struct exchange *x)
{
	struct query_item item;
	bool truncated = false;
	int fd = -1, n = 0;
	struct buf b;

	if (!read_path(x, &item))
		return;
	if (item.value[0] != '\0' && (fd = beneath_directory(item.value)) < 0) {
		refuse(x);
		return;
	}
	buf_init(&b);
	buf_adds(&b, "{\"path\":");
	jstr_add(&b, span_of(item.value));
	buf_adds(&b, ",\"entries\":[");
	if (fd < 0)
		list_roots(&b);
	else
		n = list_directory(&b, fd, &truncated);
	buf_addf(&b, "],\"truncated\":%s}\n", truncated ? "true" : "false");
	if (n < 0)
		refuse(x);
	else
		http_json(x->out, 200, &b);
	if (fd >= 0)
		close(fd);
	buf_release(&b);
}
