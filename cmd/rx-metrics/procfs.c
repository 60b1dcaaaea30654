/* SPDX-License-Identifier: MIT */
#include "cmd/rx-metrics/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/ascii.h"

#define FIRST_READ 16384 /* what most files fit in */

int
procfs_open(struct procfs *p, const char *root)
{
	struct statfs fs;

	p->path = root;
	buf_init(&p->text);
	p->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->root < 0)
		return -1;
	p->real = fstatfs(p->root, &fs) == 0 &&
	    (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC);
	return 0;
}

void
procfs_none(struct procfs *p)
{
	*p = (struct procfs){ .root = -1 };
	buf_init(&p->text);
}

/* The whole file from offset 0; seq_file(9) gives a page or so at a time. */
static int
read_all(struct procfs *p, int fd)
{
	char *room;
	ssize_t n;

	buf_reset(&p->text);
	do {
		if ((room = buf_room(&p->text, FIRST_READ)) == NULL) {
			errno = ENOMEM;
			return -1;
		}
		do
			n = pread(fd, room, FIRST_READ, (off_t)p->text.len);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return -1;
		buf_took(&p->text, (size_t)n);
	} while (n > 0 && p->text.len < PROCFS_MAX);
	return 0;
}

int
procfs_read(struct procfs *p, struct kept *k, struct span *text)
{
	int saved;

	if (k->fd < 0 && p->root >= 0)
		k->fd = openat(p->root, k->name, O_RDONLY | O_CLOEXEC);
	if (k->fd < 0)
		return -1;
	if (read_all(p, k->fd) < 0) {
		saved = errno;
		procfs_forget(k);
		errno = saved;
		return -1;
	}
	if (!p->real)
		procfs_forget(k);
	*text = buf_span(&p->text);
	return 0;
}

void
procfs_forget(struct kept *k)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
}

void
procfs_close(struct procfs *p)
{
	if (p->root >= 0)
		close(p->root);
	buf_release(&p->text);
}

bool
text_line(struct span *rest, struct span *line)
{
	const char *nl;

	if (rest->len == 0)
		return false;
	nl = memchr(rest->at, '\n', rest->len);
	line->at = rest->at;
	line->len = nl == NULL ? rest->len : (size_t)(nl - rest->at);
	*rest = span_skip(*rest, line->len + (nl != NULL));
	return true;
}

bool
text_word(struct span *rest, struct span *word)
{
	size_t n;

	for (n = 0; n < rest->len && is_blank(rest->at[n]); n++)
		continue;
	*rest = span_skip(*rest, n);
	for (n = 0; n < rest->len && !is_blank(rest->at[n]); n++)
		continue;
	*word = (struct span){ rest->at, n };
	*rest = span_skip(*rest, n);
	return n > 0;
}

bool
text_u64(struct span *rest, uint64_t *value)
{
	struct span word;
	uint64_t v = 0;
	size_t i;
	unsigned digit;

	if (!text_word(rest, &word))
		return false;
	for (i = 0; i < word.len; i++) {
		digit = (unsigned)((unsigned char)word.at[i] - '0');
		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

bool
text_decimal(struct span *rest, double *value)
{
	struct span word;
	double v = 0, scale = 1;
	bool fraction = false;
	size_t i;

	if (!text_word(rest, &word))
		return false;
	for (i = 0; i < word.len; i++) {
		if (word.at[i] == '.' && !fraction && i > 0) {
			fraction = true;
			continue;
		}
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
		v = v * 10 + (word.at[i] - '0');
		if (fraction)
			scale *= 10;
	}
	*value = v / scale;
	return true;
}
