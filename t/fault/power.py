#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The disks that a power failure may leave of a spool, from what was written.

usage: power.py ids BASE RECORD N SEED
       power.py marks BASE RECORD N SEED LOG

BASE is the spool as it was before, closed; RECORD what disk.so wrote down of
the process that went on with it.  At N random places the power fails: what was
synced is there, of every later write any of its sectors may be.  Each disk must
open, be sound by SQLite's own check, and hold

  ids    each record of which an outcome was written before (synchronous=FULL)
  marks  of LOG exactly the lines before the offset of the source, once, in
         order: data and position are one (also synchronous=NORMAL)

Nothing here is code of rx.
"""
import json
import os
import random
import sqlite3
import struct
import sys
import tempfile

SECTOR = 512
ENTRY = struct.Struct("=c3xIQ64s")


def operations(path):
    data, at = open(path, "rb").read(), 0
    while at < len(data):
        kind, length, offset, name = ENTRY.unpack_from(data, at)
        at += ENTRY.size
        taken = length if kind in b"wo" else 0
        yield (kind.decode(), name.rstrip(b"\0").decode(), offset,
               data[at:at + taken])
        at += taken


class File:
    def __init__(self, data=b""):
        self.data, self.later = bytearray(data), []

    @staticmethod
    def write(data, offset, text):
        if len(data) < offset:
            data.extend(bytes(offset - len(data)))
        data[offset:offset + len(text)] = text

    def apply(self, data, op):
        kind, offset, text = op
        if kind == "t":
            del data[offset:]
            data.extend(bytes(offset - len(data)))
        else:
            self.write(data, offset, text)

    def sync(self):
        for op in self.later:
            self.apply(self.data, op)
        self.later = []

    def torn(self, chance):
        """As the disk may have it."""
        data, share = bytearray(self.data), chance.choice((0, 0.1, 0.5, 0.9, 1))
        for kind, offset, text in self.later:
            if kind == "t":
                if chance.random() < share:
                    self.apply(data, (kind, offset, text))
                continue
            at = 0
            while at < len(text):
                n = min(SECTOR - (offset + at) % SECTOR, len(text) - at)
                if chance.random() < share:
                    self.write(data, offset + at, text[at:at + n])
                at += n
        return data


def fail(where, what):
    print(f"power: FAILED at operation {where}: {what}")
    sys.exit(1)


def stored(db):
    for (body,) in db.execute("SELECT body FROM segment ORDER BY seg"):
        yield from json.loads(body)


def check(where, disk, acked, log):
    with tempfile.TemporaryDirectory() as directory:
        for name, data in disk.items():
            with open(os.path.join(directory, name), "wb") as f:
                f.write(data)
        db = sqlite3.connect(os.path.join(directory, "q.db"))
        try:
            answer = db.execute("PRAGMA integrity_check").fetchone()[0]
            if answer != "ok":
                fail(where, answer)
            records = list(stored(db))
            offsets = [row[0] for row in db.execute("SELECT off FROM source")]
        except sqlite3.Error as error:
            fail(where, f"does not open: {error}")
        finally:
            db.close()
    if log is None:
        lost = acked - {record["_rx"]["id"] for record in records}
        if lost:
            fail(where, f"{len(lost)} acknowledged records lost: {min(lost)}")
        return len(records)
    lines = [record["log_line"] for record in records]
    want = log[:offsets[0] if offsets else 0].decode().split("\n")[:-1]
    if lines != want:
        fail(where, f"{len(lines)} lines stored, {len(want)} before the mark")
    return len(lines)


def main():
    what, base, record, n, seed = sys.argv[1:6]
    log = open(sys.argv[6], "rb").read() if what == "marks" else None
    chance = random.Random(int(seed))
    ops = list(operations(record))
    files = {"q.db": File(open(base, "rb").read()), "q.db-wal": File()}
    places = set(chance.sample(range(len(ops)), min(int(n), len(ops))))
    acked, held, text = set(), set(), b""
    for where, (kind, name, offset, data) in enumerate(ops):
        if kind == "o":
            text += data
            while b"\n" in text:
                line, text = text.split(b"\n", 1)
                outcome = json.loads(line)["_rx"]
                if outcome["st"] == "ok":
                    acked.add(outcome["id"])
        elif name in files and kind == "s":
            files[name].sync()
        elif name in files:
            files[name].later.append((kind, offset, data))
        if where in places:
            disk = {name: f.torn(chance) for name, f in files.items()}
            held.add(check(where, disk, acked, log))
    synced = sum(kind == "s" for kind, *_ in ops)
    print(f"power: ok: {len(places)} failures among {len(ops)} operations,"
          f" {synced} of them syncs; {min(held)} to {max(held)} records there,"
          f" {len(acked)} acknowledged in the end")


main()
