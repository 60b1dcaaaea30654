# SPDX-License-Identifier: MIT
"""archive: records of a spool to a file, each on the disk before its outcome."""
import json
import os

from bench import QUICK, RUNS, record, spend, tell

COUNT = 20000 if QUICK else 200000
with open("emitted", "wb") as f:
    f.write(b'{"_rx":{"k":"open","v":1,"sp":"S","ep":1}}\n')
    for n in range(1, COUNT + 1):
        f.write(b'{"_rx":{"id":"a:%x","tag":%d,"ep":1,"at":0},' % (n, n) +
                record(n)[1:])
for _ in range(RUNS):
    for name, more in (("rx-ship file:", ""), ("rx-ship file:, packed segments",
                                               "--rotate-size 8M --gzip")):
        cpu, wall, rss = spend(f"rx-ship -q {more} file:gone", "emitted")
        told = 0
        with open("out", encoding="utf-8") as f:
            for line in f:
                out = json.loads(line)["_rx"]
                told += out.get("to", out["tag"]) - out["tag"] + 1
        assert told == COUNT, f"{told} outcomes of {COUNT}"
        os.unlink("gone")
        tell(name, COUNT, "record", cpu, wall, rss, rate=COUNT / wall)
