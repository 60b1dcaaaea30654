# SPDX-License-Identifier: MIT
"""durable: a durable queue's full cycle, records of 300 bytes.

rx syncs each commit (synchronous=FULL) and stores, delivers and forgets at the
same time; so does Python's sqlite3 with a commit for each row, as one would write
it; rsyslog's and syslog-ng's disk queues sync nothing.  "synced" is counted by
strace in a run of its own.  "written" is what a trickle of 100 records a second
makes rx-spool write, each of them durable.
"""
import os
import subprocess
import time

import cycle
import syslogs
from bench import QUICK, RUNS, field, missing, need, record, tell

COUNT = 20000 if QUICK else 500000
SYNCED = 2000 if QUICK else 20000
WRITE_S = 3 if QUICK else 10


def trickle():
    """MB a second written at 100 records a second."""
    p = subprocess.Popen(["rx-spool", "push", "--unmarked", "w.db"],
                         stdin=subprocess.PIPE)
    first, began = 0, time.monotonic()
    for n in range(100 * WRITE_S):
        p.stdin.write(record(n))
        p.stdin.flush()
        if n == 100:  # the schema is written
            first, began = field(p.pid, "wchar", "io"), time.monotonic()
        time.sleep(0.01)
    wrote = field(p.pid, "wchar", "io") - first
    took = time.monotonic() - began
    p.stdin.close()
    assert p.wait() == 0
    cycle.clean()
    return wrote / took / 1e6


kinds = [("rx", cycle.rx, COUNT), ("rx-spool push alone", cycle.push_alone,
                                   COUNT),
         ("sqlite3, a commit a row", cycle.python, SYNCED // 4)]
for name, have, how in (
        ("rsyslog disk queue", syslogs.have_rsyslog(), cycle.rsyslog),
        ("syslog-ng reliable", syslogs.have_syslog_ng(), cycle.syslog_ng)):
    if have:
        kinds.append((name, how, COUNT // 5))
    else:
        missing(name, "not installed")
for _ in range(RUNS):
    for name, how, count in kinds:
        cpu, wall, rss = how(count)
        tell(name, count, "record", cpu, wall, rss, rate=count / wall)
if need("syncs", "strace"):
    for name, how in (("rx", cycle.rx), ("sqlite3, a commit a row",
                                         cycle.python)):
        how(SYNCED, os.path.abspath("syncs"))
        tell(name + ", syncs", SYNCED, "record",
             synced=cycle.count_syncs("syncs"))
tell("rx-spool push at 100 records/s", WRITE_S * 100, "record",
     written_mb_s=trickle())
