# SPDX-License-Identifier: MIT
"""grow-depth: a queue of 1,000 to 10,000,000 records.

All are stored before the first is delivered; every commit is synced."""
import cycle
from bench import QUICK, RUNS, tell

for power in range(3, 6 if QUICK else 8):
    count = 10 ** power
    for _ in range(RUNS if power < 6 else 1):
        cpu, wall, rss = cycle.rx(count, deep=True)
        tell("rx", count, "record", cpu, wall, rss, rate=count / wall, x=count)
