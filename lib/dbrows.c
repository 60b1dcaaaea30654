/* SPDX-License-Identifier: MIT */
/* dbrows -- the cells of a b-tree page, taken apart with care. */
#include "lib/dbrows.h"

#include <errno.h>
#include <string.h>

enum page_type { INDEX_INNER = 2, INDEX_LEAF = 10, TABLE_LEAF = 13 };

/* A varint within [at, end); NULL when it is not. */
static const uint8_t *
varint(const uint8_t *at, const uint8_t *end, uint64_t *value)
{
	*value = 0;
	for (int i = 0; i < 9 && at < end; i++, at++) {
		if (i == 8) {
			*value = *value << 8 | *at;
			return at + 1;
		}
		*value = *value << 7 | (*at & 0x7f);
		if (!(*at & 0x80))
			return at + 1;
	}
	return NULL;
}

/*
 * The whole payload of a cell into p->payload: what stands in the page, then
 * the chain of overflow pages.  Shorter than len where that breaks.
 */
static int
gather(struct dbpages *p, const uint8_t *at, const uint8_t *end, uint64_t len,
    bool table)
{
	uint64_t usable = p->size, max, min, local;
	uint32_t next, left = p->n;

	max = table ? usable - 35 : (usable - 12) * 64 / 255 - 23;
	min = (usable - 12) * 32 / 255 - 23;
	local = len;
	if (len > max) {
		local = min + (len - min) % (usable - 4);
		if (local > max)
			local = min;
	}
	buf_reset(&p->payload);
	if (local > (uint64_t)(end - at))
		return 0;
	buf_add(&p->payload, (struct span){ (const char *)at, local });
	if (local == len || end - at < (ptrdiff_t)local + 4)
		return p->payload.failed ? -1 : 0;
	next = dbrows_u32(at + local);
	while (p->payload.len < len && next > 1 && next <= p->n && left-- > 0 &&
	    dbpages_read(p, next, p->overflow) == 0) {
		uint64_t take = len - p->payload.len;

		if (take > usable - 4)
			take = usable - 4;
		buf_add(&p->payload,
		    (struct span){ (char *)p->overflow + 4, take });
		next = dbrows_u32(p->overflow);
	}
	return p->payload.failed ? -1 : 0;
}

static int64_t
integer(const uint8_t *at, size_t len)
{
	uint64_t n = len > 0 && (at[0] & 0x80) ? UINT64_MAX : 0;

	for (size_t i = 0; i < len; i++)
		n = n << 8 | at[i];
	return (int64_t)n;
}

static size_t
length_of(uint64_t type)
{
	static const uint8_t lengths[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0 };

	if (type < sizeof(lengths))
		return lengths[type];
	return type < 12 ? 0 : (size_t)((type - 12) / 2);
}

/* One value, as far as the payload goes. */
static void
value(struct dbvalue *v, uint64_t type, const uint8_t *at, size_t there)
{
	size_t len = length_of(type);

	*v = (struct dbvalue){ .type = DB_NULL };
	if (type >= 12) {
		v->type = type & 1 ? DB_TEXT : DB_BLOB;
		v->text = (struct span){ (const char *)at,
			len < there ? len : there };
	} else if (len > there || type == 0)
		return;
	else if (type == 7)
		v->type = DB_REAL;
	else {
		v->type = DB_INT;
		v->n = type >= 8 ? (int64_t)type - 8 : integer(at, len);
	}
}

/* False: no record of ours. */
static bool
parse(const struct buf *payload, uint64_t len, struct dbrow *row)
{
	const uint8_t *start = (const uint8_t *)payload->at, *head = start;
	const uint8_t *end = start + payload->len, *body;
	uint64_t head_len, type;
	size_t there;

	row->n = 0;
	row->cut = payload->len < len;
	if ((head = varint(head, end, &head_len)) == NULL ||
	    head_len > payload->len || head_len < (uint64_t)(head - start))
		return false;
	body = start + head_len;
	end = body;
	while (head < end) {
		if (row->n == DBROW_VALUES ||
		    (head = varint(head, end, &type)) == NULL || type == 10 ||
		    type == 11 || length_of(type) > len)
			return false;
		there = payload->len - (size_t)(body - start);
		value(&row->v[row->n++], type, body, there);
		body += length_of(type) < there ? length_of(type) : there;
	}
	return row->n > 0 && (row->cut || body == start + len);
}

static int
cell(struct dbpages *p, const uint8_t *at, enum page_type type,
    struct dbrow *row, bool *is_row)
{
	const uint8_t *end = p->page + p->size;
	uint64_t len, rowid = 0;

	*is_row = false;
	if (type == INDEX_INNER)
		at += 4;
	if (at >= end || (at = varint(at, end, &len)) == NULL || len == 0 ||
	    len > DBROW_BYTES)
		return 0;
	if (type == TABLE_LEAF && (at = varint(at, end, &rowid)) == NULL)
		return 0;
	row->rowid = (int64_t)rowid;
	row->keyed = type != TABLE_LEAF;
	if (gather(p, at, end, len, type == TABLE_LEAF) < 0) {
		errno = ENOMEM;
		return -1;
	}
	*is_row = parse(&p->payload, len, row);
	return 0;
}

int
dbpages_rows(struct dbpages *p, uint32_t page,
    int (*each)(void *, const struct dbrow *), void *arg)
{
	size_t head = page == 1 ? 100 : 0, cells, at;
	struct dbrow row;
	uint8_t type;
	bool is_row;
	int status = 0;

	if (p->is_free[page] || dbpages_read(p, page, p->page) < 0)
		return 0;
	type = p->page[head];
	if (type != TABLE_LEAF && type != INDEX_LEAF && type != INDEX_INNER)
		return 0;
	cells = (size_t)p->page[head + 3] << 8 | p->page[head + 4];
	head += type == INDEX_INNER ? 12 : 8;
	for (size_t i = 0; status == 0 && i < cells; i++) {
		if (head + 2 * i + 2 > p->size)
			break;
		at = (size_t)p->page[head + 2 * i] << 8 |
		    p->page[head + 2 * i + 1];
		if (at < head || at >= p->size)
			continue;
		if (cell(p, p->page + at, (enum page_type)type, &row, &is_row) <
		    0)
			return -1;
		if (is_row)
			status = each(arg, &row);
	}
	return status;
}
