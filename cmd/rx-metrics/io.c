/* SPDX-License-Identifier: MIT */
/*
 * io -- bytes read from and written to disks, from /proc/diskstats.
 *
 * Only what is at the bottom counts: a partition is part of its disk, and what
 * device mapper, RAID and loop devices move passes a disk below them as well.
 * A disk that appears counts from its second sample on; one that left is
 * forgotten.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-metrics/metrics.h"
#include "lib/ascii.h"

#define SECTOR ((double)IO_SECTOR)
#define RATE_MAX (1e12) /* bytes/s; beyond that it was no measurement */

void
io_init(struct io *io)
{
	*io = (struct io){ .diskstats = KEPT("diskstats") };
}

static bool
is_stacked(struct span name)
{
	static const char *const prefixes[] = { "loop", "ram", "zram", "dm-",
		"md", "sr", "fd", "nbd" };
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (span_starts(name, span_of(prefixes[i])))
			return true;
	return false;
}

/* sda1 of sda, nvme0n1p2 of nvme0n1: partitions follow their disk. */
static bool
is_partition(struct span name, struct span disk)
{
	size_t i = disk.len;
	char last;

	if (disk.len == 0 || name.len <= disk.len || !span_starts(name, disk))
		return false;
	last = disk.at[disk.len - 1];
	if (is_digit(last) && name.at[i++] != 'p')
		return false;
	if (i == name.len)
		return false;
	for (; i < name.len; i++)
		if (name.at[i] < '0' || name.at[i] > '9')
			return false;
	return true;
}

static struct io_disk *
find(struct io *io, struct span name)
{
	struct io_disk *d, *grown;
	size_t i;

	for (i = 0; i < io->n_disks; i++)
		if (span_is(name, io->disks[i].name))
			return &io->disks[i];
	if (name.len >= sizeof(d->name) || io->n_disks == IO_MAX)
		return NULL;
	grown = realloc(io->disks, (io->n_disks + 1) * sizeof(*grown));
	if (grown == NULL)
		return NULL;
	io->disks = grown;
	d = &io->disks[io->n_disks++];
	*d = (struct io_disk){ .seen = 0 };
	memcpy(d->name, name.at, name.len);
	return d;
}

/* What follows the name.  Linux before 4.18 has no more columns than IO_N,
 * later ones have some for discards and flushes. */
static void
sample_disk(
    struct io *io, struct io_disk *d, struct span rest, double elapsed_s)
{
	uint64_t v[IO_N], read, written, busy;
	bool known = d->seen != 0 && d->seen == io->sample - 1;
	double limit = elapsed_s * RATE_MAX / SECTOR;
	size_t n;

	for (n = 0; n < IO_N; n++)
		if (!text_u64(&rest, &v[n]))
			return;
	d->read_rate = d->write_rate = d->busy_percent = ABSENT;
	if (known && elapsed_s > 0) {
		if (counter_step(d->now[IO_SECTORS_READ], v[IO_SECTORS_READ],
			limit, &read) &&
		    counter_step(d->now[IO_SECTORS_WRITTEN],
			v[IO_SECTORS_WRITTEN], limit, &written)) {
			d->read_rate = (double)read * SECTOR / elapsed_s;
			d->write_rate = (double)written * SECTOR / elapsed_s;
			io->read_rate += d->read_rate;
			io->write_rate += d->write_rate;
		} else
			io->reset = true;
		if (counter_step(
			d->now[IO_BUSY_MS], v[IO_BUSY_MS], 1e15, &busy))
			d->busy_percent =
			    fmin((double)busy / (10 * elapsed_s), 100);
	}
	memcpy(d->now, v, sizeof(v));
	d->seen = io->sample;
}

static void
forget_the_gone(struct io *io)
{
	size_t i, n = 0;

	for (i = 0; i < io->n_disks; i++)
		if (io->disks[i].seen == io->sample)
			io->disks[n++] = io->disks[i];
	io->n_disks = n;
}

void
io_sample(struct io *io, struct procfs *p, double elapsed_s)
{
	struct span text, line, name, disk = { NULL, 0 };
	struct io_disk *d;
	uint64_t major, minor;
	bool read = procfs_read(p, &io->diskstats, &text) == 0;

	io->sample++;
	io->reset = false;
	io->read_rate = io->write_rate = read && elapsed_s > 0 ? 0 : ABSENT;
	while (read && text_line(&text, &line)) {
		if (!text_u64(&line, &major) || !text_u64(&line, &minor) ||
		    !text_word(&line, &name) || is_stacked(name) ||
		    is_partition(name, disk))
			continue;
		disk = name;
		if ((d = find(io, name)) != NULL)
			sample_disk(io, d, line, elapsed_s);
	}
	if (io->reset)
		io->read_rate = io->write_rate = ABSENT;
	forget_the_gone(io);
}

void
io_release(struct io *io)
{
	free(io->disks);
}
