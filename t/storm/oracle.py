#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The independent checker: what writers wrote against what a spool stored.

usage: oracle.py [--bare] WRITTEN SPOOL.db [LANE]
       oracle.py --delivered WRITTEN FILE.ndjson MAX_REPEATS

WRITTEN holds the lines as they went into the logs, "WRITER SEQ TEXT", in the
order they were written.  Those whose text holds "noise" must have been dropped
by the filter, all others stored exactly once, in order within each source and,
along a rotation chain, within each writer.  --bare: records have lost their
coordinates on the way.  Nothing here is code of rx: the
spool is read with python's sqlite3 and json.
"""
import collections
import json
import sqlite3
import sys


def fail(what, some=()):
    print("oracle: FAILED:", what, *list(some)[:5], sep="\n  ")
    sys.exit(1)


def key(line):
    writer, seq = line.split(" ", 2)[:2]
    return writer, int(seq)


def wanted(path):
    lines = open(path, encoding="utf-8").read().split("\n")[:-1]
    return [line for line in lines if "noise" not in line]


def compare(want, got, repeats):
    count = collections.Counter(got)
    expected = collections.Counter(want)
    lost = [line for line in want if line not in count]
    strange = [line for line in count if line not in expected]
    twice = sum(n - 1 for n in count.values())
    if lost:
        fail(f"{len(lost)} lines lost", lost)
    if strange:
        fail(f"{len(strange)} lines nobody wrote", strange)
    if twice > repeats:
        fail(f"{twice} repeats, at most {repeats} allowed",
             [line for line, n in count.items() if n > 1])
    return twice


def stored(path, lane):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for (answer,) in db.execute("PRAGMA integrity_check"):
        if answer != "ok":
            fail("integrity_check: " + answer)
    rows = db.execute(
        "SELECT seg, body FROM segment JOIN lane USING (lane)"
        " WHERE name = ? ORDER BY seg", (lane,))
    tag_before = 0
    for seg, body in rows:
        for n, record in enumerate(json.loads(body)):
            if seg + n <= tag_before:
                fail(f"tag {seg + n} stands twice or backwards")
            tag_before = seg + n
            yield record


def check_spool(written, path, lane, bare):
    got, last_offset, last_seq, ids = [], {}, {}, set()
    for record in stored(path, lane):
        line = record["log_line"]
        if not bare:
            rx = record["_rx"]
            identity = (rx["s"], rx["o"])
            if identity in ids:
                fail(f"id {identity} stored twice")
            ids.add(identity)
            if rx["o"] < last_offset.get(rx["s"], -1):
                fail(f"source {rx['s']} out of order at {rx['o']}", [line])
            last_offset[rx["s"]] = rx["o"]
        writer, seq = key(line)
        if seq <= last_seq.get(writer, -1):
            fail(f"writer {writer} out of order at {seq}", [line])
        last_seq[writer] = seq
        got.append(line)
    want = wanted(written)
    compare(want, got, 0)
    print(f"oracle: ok: {len(want)} lines, lost 0, twice 0,"
          f" {len(last_offset)} sources in order")


def check_delivered(written, path, repeats):
    by_id, got = {}, []
    with open(path, encoding="utf-8") as f:
        for text in f:
            record = json.loads(text)
            got.append(record["log_line"])
    want = wanted(written)
    twice = compare(want, got, repeats)
    print(f"oracle: ok: {len(want)} lines delivered, lost 0, repeats {twice}")


if __name__ == "__main__":
    bare = sys.argv[1] == "--bare"
    if bare:
        del sys.argv[1]
    if sys.argv[1] == "--delivered":
        check_delivered(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        check_spool(sys.argv[1], sys.argv[2], (sys.argv + ["main"])[3], bare)
