# SPDX-License-Identifier: MIT
"""endtoend: from an appended line to who consumes it.

rx: rx-tail | rx-match | rx-spool push, rx-spool emit | rx-ship | rx-spool ack, with
a commit to disk on the way, to a consumer of a durable queue of RabbitMQ that gets
each message.  rsyslog and syslog-ng: from a file to a file, which is looked at every
millisecond or so; nothing is durable.  Lines come at uneven moments, 10 or 100 a second
(the others: 100), and carry the time at which they were written.  What comes less than
20 ms after a commit waits for the next one, unless --linger 0 is given: that is what the
two rates show.
"""
import os
import random
import re
import subprocess
import sys
import time

import syslogs
from bench import (PYTHON, QUICK, RUNS, Spent, missing, module, quantiles, tell,
                   wait)
from broker import Node

LINES = {10: 30, 100: 100} if QUICK else {10: 300, 100: 2000}

RSYSLOG = """
module(load="imfile")
input(type="imfile" file="{d}/a.log" tag="t")
action(type="omfile" file="{d}/gone")
"""
SYSLOG_NG = """
source s {{ file("{d}/a.log" flags(no-parse)); }};
destination d {{ file("{d}/gone"); }};
log {{ source(s); destination(d); }};
"""

CONSUMER = """
import pika, re, sys, time
k = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1]), heartbeat=0))
c = k.channel()
left = int(sys.argv[3])
def got(ch, method, props, body):
    global left
    now = time.monotonic_ns()
    print(now - int(re.search(rb"written=(\\d+)", body)[1]), flush=True)
    left -= 1
    if left == 0:
        c.stop_consuming()
c.basic_consume(sys.argv[2], got, auto_ack=True)
print("ready", flush=True)
c.start_consuming()
"""

def line():
    with open("a.log", "ab", buffering=0) as f:
        f.write(b"2026-01-05T10:00:00Z ERROR db: refused, written=%d\n" %
                time.monotonic_ns())


def write(rate):
    for _ in range(LINES[rate]):
        time.sleep(random.uniform(.5, 1.5) / rate)
        line()


def report(name, late_ns, cpu, wall, rss):
    """The first ones are what a start costs, and left out."""
    p50, p99 = quantiles(late_ns[len(late_ns) // 10:])
    tell(name, len(late_ns), "line", cpu, wall, rss, p50_ms=p50 / 1e6,
         p99_ms=p99 / 1e6)
    for left in os.listdir("."):
        os.unlink(left)


def pipe(*commands):
    stages, before = [], subprocess.DEVNULL
    for n, argv in enumerate(commands):
        stages.append(Spent(argv, before, None if n == len(commands) - 1
                            else subprocess.PIPE))
        if n > 0:
            before.close()
        before = stages[-1].p.stdout
    return stages


def rx(node, name, rate, *linger):
    node.make()
    line()
    with open("claim", "wb") as claim:
        subprocess.run(["rx-spool", "claim", "q.db", "main"], check=True,
                       stdout=claim)
    consumer = subprocess.Popen(
        [PYTHON, "-c", CONSUMER, str(node.port), node.queue, str(LINES[rate])],
        stdout=subprocess.PIPE)
    consumer.stdout.readline()
    stages = pipe(["rx-tail", "--resume", "claim", "a.log"], ["rx-match", "-k"],
                  ["rx-spool", "push", *linger, "q.db"])
    stages += pipe(["rx-spool", "emit", "q.db"], ["rx-ship", "-q", node.url()],
                   ["rx-spool", "ack", "q.db"])
    time.sleep(2)
    write(rate)
    late = [int(consumer.stdout.readline()) for _ in range(LINES[rate])]
    assert consumer.wait() == 0
    ends = []
    for n, s in enumerate(stages):  # the heads are told, the others end behind
        ends.append(s.end(stop=n in (0, 3)))
    node.ask("drop")
    report(name, late, sum(e[0] for e in ends), max(e[1] for e in ends),
           sum(e[2] for e in ends))


def to_file(name, start):
    line()
    p, late = start(), []
    wait(lambda: os.path.exists("gone") and os.path.getsize("gone"))
    writer = subprocess.Popen([sys.executable, __file__, "write", "100"])
    with open("gone", "rb") as f:
        f.readline()
        while len(late) < LINES[100]:
            text = f.readline()
            if not text.endswith(b"\n"):
                f.seek(-len(text), os.SEEK_CUR)
                time.sleep(.0005)
                continue
            late.append(time.monotonic_ns() -
                        int(re.search(rb"written=(\d+)", text)[1]))
    assert writer.wait() == 0
    report(name, late, *p.end(stop=True))


def main():
    if module("rx, 10 lines/s", "pika"):
        with Node() as node:
            for _ in range(min(RUNS, 2) if node.there else 0):
                rx(node, "rx, 10 lines/s", 10)
                rx(node, "rx, 100 lines/s", 100)
                rx(node, "rx, 100 lines/s, --linger 0", 100, "--linger", "0")
            if not node.there:
                missing("rx, 10 lines/s", "no RabbitMQ")
    if syslogs.have_rsyslog():
        to_file("rsyslog to a file", lambda: syslogs.rsyslog(RSYSLOG))
    else:
        missing("rsyslog to a file", "not installed")
    if syslogs.have_syslog_ng():
        to_file("syslog-ng to a file", lambda: syslogs.syslog_ng(SYSLOG_NG))
    else:
        missing("syslog-ng to a file", "not installed")


if sys.argv[1:2] == ["write"]:
    write(int(sys.argv[2]))
else:
    main()
