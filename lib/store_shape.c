/* SPDX-License-Identifier: MIT */
#include "lib/store_shape.h"

#include <string.h>

#include "lib/store_db.h"

/*
 * A letter for each value: i integer, t text, n null, and in capitals: or null.
 * A rowid stands in the table as null.  newer compares the row that is there,
 * o, with the one at hand: true when that may be left out.
 */
static const struct {
	const char *values; /* the first ones */
	size_t n, n_max; /* of them all */
	bool keyed;
	const char *table, *columns, *newer;
} shapes[SHAPES] = {
	[SEGMENT] = { "niiiiiTTiTIt", 12, 12, false, "segment",
	    "seg, lane, class, done, n, bytes, first_time, last_time, "
	    "stored_ms, ids, sum, body",
	    "o.seg = :seg AND (o.n > :n OR o.n = :n AND o.done >= :done)" },
	[LANE] = { "ntTittiiiiiiiit", 24, DBROW_VALUES, false, "lane",
	    store_lane_columns,
	    "o.lane = :lane AND o.epoch + o.marks + o.emit_epoch + "
	    "o.next_tag + o.stored + o.acked + o.dead + o.dropped + o.purged "
	    ">= :epoch + :marks + :emit_epoch + :next_tag + :stored + :acked "
	    "+ :dead + :dropped + :purged" },
	/* All below either offset is stored: the larger one stands. */
	[SOURCE] = { "itiittii", 8, 8, true, "source",
	    "lane, src, off, hwm, entry, anchors, done, saved_ms",
	    "o.lane = :lane AND o.src = :src AND (max(o.off, o.hwm), "
	    "o.saved_ms) >= (max(:off, :hwm), :saved_ms)" },
	[SETTLED] = { "iiii", 4, 4, true, "settled", "lane, class, a, b",
	    "o.lane = :lane AND o.class = :class AND o.a = :a AND o.b >= :b" },
	[RETRY] = { "niiiiit", 7, 7, false, "retry",
	    "tag, lane, class, attempts, not_before_ms, out, why",
	    "o.tag = :tag AND (o.attempts, o.out) >= (:attempts, :out)" },
	[LETTER] = { "niiittiiiiIt", 12, 12, false, "dead",
	    "letter, lane, class, tag, id, why, attempts, stored_ms, "
	    "died_ms, bytes, sum, record",
	    "o.letter = :letter" },
	[LETTER_2] = { "niiittiiiit", 11, 11, false, "dead",
	    "letter, lane, class, tag, id, why, attempts, stored_ms, "
	    "died_ms, bytes, record",
	    "o.letter = :letter" },
	[BURIED] = { "n", 1, 1, false, "buried", "tag", "o.tag = :tag" },
	[GAP] = { "niTIItTIIiTTTI", 10, 14, false, "gap",
	    "gap, lane, src, from_offset, to_offset, why, path, n, bytes, "
	    "at_ms, policy, first_id, last_id, times",
	    "o.gap = :gap AND (o.times, coalesce(o.n, 0)) >= "
	    "(coalesce(:times, 1), coalesce(:n, 0))" },
	[SEEN] = { "iti", 3, 3, true, "seen", "lane, id, at_ms",
	    "o.lane = :lane AND o.id = :id AND o.at_ms >= :at_ms" },
	[SPOOL] = { "tti", 3, 3, false, NULL, NULL, NULL },
};

static bool
is_of(char want, enum dbtype type)
{
	switch (want) {
	case 'n': return type == DB_NULL;
	case 'i': return type == DB_INT;
	case 't': return type == DB_TEXT;
	case 'I': return type == DB_INT || type == DB_NULL;
	default: return type == DB_TEXT || type == DB_NULL;
	}
}

static bool
has_shape(const struct dbrow *row, enum shape shape)
{
	const char *want = shapes[shape].values;

	if (row->keyed != shapes[shape].keyed || row->n < shapes[shape].n ||
	    row->n > shapes[shape].n_max || (row->cut && shape != SEGMENT))
		return false;
	for (size_t i = 0; i < row->n && want[i] != '\0'; i++)
		if (!is_of(want[i], row->v[i].type))
			return false;
	return true;
}

static bool
is_class(const struct dbvalue *v)
{
	return v->n >= 0 && v->n < STORE_CLASSES;
}

/* Beyond its types: values that no other row of these types has. */
static bool
is_plausible(const struct dbrow *row, enum shape shape)
{
	const struct dbvalue *v = row->v;
	char name[STORE_LANE_MAX + 1];

	switch (shape) {
	case SEGMENT:
		return row->rowid > 0 && is_class(&v[2]) &&
		    (v[3].n == 0 || v[3].n == 1) && v[4].n > 0 &&
		    v[4].n < STORE_SEGMENT_MAX && v[11].text.len > 3 &&
		    v[11].text.at[0] == '[';
	case SETTLED:
		return is_class(&v[1]) && v[2].n > 0 && v[3].n >= v[2].n &&
		    v[3].n - v[2].n < STORE_SEGMENT_MAX;
	case RETRY:
	case LETTER:
	case LETTER_2: return row->rowid > 0 && is_class(&v[2]);
	case LANE:
		if (v[1].text.len > STORE_LANE_MAX)
			return false;
		memcpy(name, v[1].text.at, v[1].text.len);
		name[v[1].text.len] = '\0';
		return store_lane_valid(name);
	case SOURCE: return v[1].text.len == MARK_SRC;
	case SPOOL: return v[0].text.len == DIGEST_UUID;
	default: return true;
	}
}

enum shape
store_shape_of(const struct dbrow *row)
{
	int i = 0;

	while (i < SHAPES &&
	    !(has_shape(row, (enum shape)i) &&
		is_plausible(row, (enum shape)i)))
		i++;
	return (enum shape)i;
}

/* "a, b" becomes ":a, :b": each value can then be told by its column. */
static void
add_parameters(sqlite3_str *text, const char *columns)
{
	const char *end;

	for (; *columns != '\0'; columns = end + strspn(end, ", ")) {
		end = columns + strcspn(columns, ",");
		sqlite3_str_appendf(text, ":%.*s%s", (int)(end - columns),
		    columns, *end != '\0' ? ", " : "");
	}
}

char *
store_shape_insert(enum shape shape)
{
	sqlite3_str *text = sqlite3_str_new(NULL);

	if (shape == SPOOL) {
		sqlite3_str_appendf(text,
		    "UPDATE spool SET uuid = ?1, created = ?2, unknown = ?3 "
		    "WHERE unknown <= ?3");
		return sqlite3_str_finish(text);
	}
	sqlite3_str_appendf(text, "INSERT OR REPLACE INTO %s (%s) SELECT ",
	    shapes[shape].table, shapes[shape].columns);
	add_parameters(text, shapes[shape].columns);
	sqlite3_str_appendf(text,
	    " WHERE NOT EXISTS (SELECT 1 FROM %s o WHERE %s)",
	    shapes[shape].table, shapes[shape].newer);
	return sqlite3_str_finish(text);
}
