# SPDX-License-Identifier: MIT
"""follow: a hundred files nobody writes to, and how fast an appended line comes.

idle is CPU and memory of rx-tail, tail -F, rsyslog and syslog-ng that follow the
same 100 files.  The latency is from write(2) of a line to read(2) of what rx-tail,
or tail -F, wrote into a pipe, by turns, after a pause each.
"""
import os
import random
import subprocess
import time

import syslogs
from bench import QUICK, Spent, cpu_s, family, field, missing, quantiles, tell

IDLE_S = 3 if QUICK else 30
LATENCY_S = 2 if QUICK else 20

RSYSLOG = """
module(load="imfile")
input(type="imfile" file="{d}/idle/*.log" tag="t")
action(type="omfile" file="{d}/gone")
"""
SYSLOG_NG = """
source s {{ wildcard-file(base-dir("{d}/idle") filename-pattern("*.log")
  max-files(200) flags(no-parse)); }};
destination d {{ file("{d}/gone"); }};
log {{ source(s); destination(d); }};
"""


def append(path, text):
    with open(path, "ab", buffering=0) as f:
        f.write(text)


def to_file(argv):
    return Spent(argv, stdout=open("out", "wb"), stderr=subprocess.DEVNULL)


def idle(files):
    running = {"rx-tail, idle": to_file(["rx-tail", "idle/*.log"]),
               "tail -F, idle": to_file(["tail", "-n0", "-F", *files])}
    if syslogs.have_rsyslog():
        running["rsyslog, idle"] = syslogs.rsyslog(RSYSLOG)
    else:
        missing("rsyslog, idle", "not installed")
    if syslogs.have_syslog_ng():
        running["syslog-ng, idle"] = syslogs.syslog_ng(SYSLOG_NG)
    else:
        missing("syslog-ng, idle", "not installed")
    time.sleep(8)  # past the start and the first slow look
    before = {name: cpu_s(p.pid) for name, p in running.items()}
    time.sleep(IDLE_S)
    for name, p in running.items():
        tell(name, IDLE_S, "second", cpu_s(p.pid) - before[name],
             float(IDLE_S), sum(field(one, "VmRSS")
                                for one in family(p.pid)) / 1024)
    for p in running.values():
        p.end(stop=True)


class Reader:
    """A tool that follows one file, its output in a pipe."""

    def __init__(self, path, argv):
        self.path = path
        append(path, b"")
        self.spent = Spent(argv, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL)

    def until(self, text):
        got = b""
        while text not in got:
            more = os.read(self.spent.p.stdout.fileno(), 1 << 16)
            assert more, "it ended"
            got = got[-200:] + more

    def line(self, n):
        """Milliseconds from a line appended to a line read."""
        began = time.monotonic_ns()
        append(self.path, b"2026-01-05T10:00:00Z web app[1]: line %d.\n" % n)
        self.until(b"line %d." % n)
        return (time.monotonic_ns() - began) / 1e6


def latency():
    readers = {"rx-tail, latency": Reader("d/a.log", ["rx-tail", "d/a.log"]),
               "tail -F, latency": Reader("d/b.log", ["tail", "-n0", "-F",
                                                      "d/b.log"])}
    time.sleep(2)
    for r in readers.values():
        r.line(0)
    took, n = {name: [] for name in readers}, 0
    until = time.monotonic() + LATENCY_S
    while time.monotonic() < until:
        for name, r in readers.items():
            time.sleep(.012 + random.random() / 100)
            n += 1
            took[name].append(r.line(n))
    for name, r in readers.items():
        p50, p99 = quantiles(took[name])
        cpu, wall, rss = r.spent.end(stop=True)
        tell(name, len(took[name]), "line", cpu, wall, rss, p50_ms=p50,
             p99_ms=p99)


os.mkdir("d")
os.mkdir("idle")
latency()
all_files = [f"idle/{n:03}.log" for n in range(100)]
for one_file in all_files:
    append(one_file, b"2026-01-05T10:00:00Z web app[1]: once\n" * 1000)
idle(all_files)
