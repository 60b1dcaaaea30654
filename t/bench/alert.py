#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rx-alert: what an event costs, what a day of samples costs, what a key takes.

usage: alert.py [--bin DIR] [--events N] [--runs N] [--out NAME]

CPU seconds (user and system) of the process alone, read from its status when it
ended: the smallest of N runs, for the machine may be shared and cores wait for
memory.  Inputs are made once, from a fixed seed, and read from a file.
Beside it stands the window a Python service keeps: a deque for each key, with
the record read by the json module.
Writes t/bench/results/NAME.json and .md; under a minute.
"""
import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PEER_EVENTS = 100000
PEER = """
import collections, datetime, json, sys
windows, fired = collections.defaultdict(collections.deque), {}
for line in sys.stdin:
    r = json.loads(line)
    key = r["user_id"], r["signal_type"]
    t = datetime.datetime.fromisoformat(r["timestamp"][:-1]).timestamp()
    w = windows[key]
    w.append(t)
    while w[0] <= t - 5:
        w.popleft()
    if len(w) > 15 and t - fired.get(key, 0) >= 60:
        fired[key] = t
        print(json.dumps({"user_id": key[0], "count": len(w)}))
"""


def stamp(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + \
        ".%03dZ" % (ms % 1000)


def events(path, n, users, per_ms):
    """n events of 4 types, per_ms of them a millisecond."""
    rnd = random.Random(1)
    types = ["click", "page_view", "error", "login_failed"]
    with open(path, "w") as out:
        for i in range(n):
            if i % per_ms == 0:
                now = stamp(1767607200000 + i // per_ms)
            out.write('{"timestamp":"%s","event_id":"e%d","user_id":"u%d",'
                      '"signal_type":"%s","value":%d,"source":"web"}\n' %
                      (now, i, rnd.randrange(users), types[i & 3], i % 77))


def day(path):
    """28,800 samples of this host, three seconds apart."""
    rnd = random.Random(2)
    sample = json.loads(subprocess.run(["rx-metrics", "--once"], check=True,
                                       capture_output=True, text=True).stdout)
    with open(path, "w") as out:
        for i in range(28800):
            sample["timestamp"] = stamp(1767571200000 + 3000 * i)
            sample["metrics"]["uptime_seconds"] = 100000 + 3 * i
            sample["metrics"]["cpu"]["cpu_usage_percent"] = \
                round(rnd.random() * 100, 2)
            out.write(json.dumps(sample, separators=(",", ":")) + "\n")


def cpu(argv, stdin, runs):
    """The least CPU seconds of some runs, and the lines of the last."""
    best = None
    for _ in range(runs):
        with open(stdin) as given, open("out", "w") as out:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(argv, stdin=given, stdout=out, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - \
            before.ru_stime
        best = used if best is None else min(best, used)
    with open("out") as out:
        return best, sum(1 for _ in out)


def counters(path):
    with open(path) as f:
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in f if line[0] != "#")}


def paced(argv, path, per_second, seconds):
    """CPU seconds a second of a process that is fed in real time."""
    with open(path) as f, open("out", "w") as out:
        p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=out)
        began = time.monotonic()
        step = per_second // 50
        for i in range(50 * seconds):
            p.stdin.write("".join(f.readline() for _ in range(step)).encode())
            p.stdin.flush()
            time.sleep(max(0, began + (i + 1) / 50 - time.monotonic()))
        with open(f"/proc/{p.pid}/stat") as stat:
            ticks = stat.read().rsplit(")", 1)[1].split()[11:13]
        took = time.monotonic() - began
        p.stdin.close()
        p.wait()
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK") / took


def measure(n, runs):
    window = ["rx-alert", "--replay", "--window", "5s", "--by",
              "user_id,signal_type", "--threshold", "15"]
    rows = []

    def row(what, figure, unit, required):
        rows.append({"what": what, "figure": figure, "unit": unit,
                     "required": required})
        print(f"{what}: {figure} {unit} ({required})", flush=True)

    events("many", n, 25000, 200)
    used, told = cpu(window + ["--stats", "stats"], "many", runs)
    live = counters("stats")["rx_alert_windows"]
    row(f"an event of one of {live:.0f} live keys, {told} anomalies told",
        round(used / n * 1e6, 2), "us CPU", "2 or less")
    row("so one core takes", round(n / used / 1000), "thousand events/s",
        "500 or more")
    used, _ = cpu(window + ["--state", "state"], "many", 1)
    row("the same with --state", round(used / n * 1e6, 2), "us CPU", "")
    row("the state of the windows on disk",
        round(os.path.getsize("state.windows") / 1e6, 1), "MB", "")
    events("one", n // 2, 1, 10)
    used, _ = cpu(window[:-3] + ["user_id", "--threshold", "100"], "one", runs)
    row("an event of one key that has 10,000 a second",
        round(used / (n // 2) * 1e6, 2), "us CPU", "2 or less")
    with open("million", "w") as out:
        for i in range(1000000):
            out.write('{"timestamp":"%s","k":%d}\n' %
                      (stamp(1767607200000 + i // 250), i))
    used, _ = cpu(["rx-alert", "--replay", "--window", "5s", "--by", "k",
                   "--max-keys", "1000000", "--stats", "stats"], "million", 1)
    now = counters("stats")
    row("memory with %d keys" % now["rx_alert_windows"],
        round(now["process_resident_memory_bytes"] / 1e6), "MB",
        "200 or less")
    row("10,000 events/s, fed in real time for 8 s",
        round(100 * paced(window, "many", 10000, 8), 2), "% of a core",
        "3 or less")
    day("day")
    used, told = cpu(["rx-alert", "--replay"], "day", runs)
    row(f"a day of samples at 3 s, {os.path.getsize('day') / 1e6:.0f} MB,"
        f" {told} tickets", round(used, 2), "s CPU", "1 or less")
    with open("few", "w") as out, open("many") as f:
        for _ in range(PEER_EVENTS):
            out.write(f.readline())
    with open("peer.py", "w") as f:
        f.write(PEER)
    used, _ = cpu([sys.executable, "peer.py"], "few", 1)
    row("an event in Python, a deque for each key",
        round(used / PEER_EVENTS * 1e6, 2), "us CPU", "")
    return rows


def commit():
    told = subprocess.run(["git", "-C", HERE, "rev-parse", "--short", "HEAD"],
                          capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


def write(out, result):
    with open(out + ".json", "w") as f:
        json.dump(result, f, indent=2)
        f.write("\n")
    with open(out + ".md", "w") as f:
        f.write("# rx-alert: windows, samples, memory\n\n"
                f"`t/bench/alert.py`, commit {result['commit']}, "
                f"{result['machine']}, load {result['load']} when it began.\n\n"
                "| what | figure | required |\n| --- | --- | --- |\n")
        for r in result["rows"]:
            f.write(f"| {r['what']} | {r['figure']} {r['unit']} | "
                    f"{r['required']} |\n")


def main():
    args = argparse.ArgumentParser(description=__doc__,
                                   formatter_class=argparse.
                                   RawDescriptionHelpFormatter)
    args.add_argument("--bin", default=os.path.join(HERE, "../../build"))
    args.add_argument("--events", type=int, default=1000000)
    args.add_argument("--runs", type=int, default=3)
    args.add_argument("--out", default="alert")
    a = args.parse_args()
    os.environ["PATH"] = os.path.abspath(a.bin) + ":" + os.environ["PATH"]
    out = os.path.join(HERE, "results", a.out)
    result = {"commit": commit(),
              "machine": f"{os.cpu_count()} x {platform.machine()}",
              "load": round(os.getloadavg()[0], 1)}
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        result["rows"] = measure(a.events, a.runs)
        os.chdir(here)
    write(out, result)


if __name__ == "__main__":
    main()
