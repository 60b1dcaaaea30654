#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether rx-metrics says what /proc, free, df, ss and uptime say.

usage: metrics_oracle.py [SAMPLES]

Starts rx-metrics (from PATH) and around each sample reads the same sources: what
it says must lie between the reading before and the one after, or within a
rounding of them.  Rates are computed here from own readings of the counters over
a longer time, and must agree within 15 percent and what moves in a tenth of a
second.  Prints what does not agree, and a last line with the count; exit 1 if any.
"""
import json
import math
import os
import subprocess
import sys

MB, GB = 2**20, 2**30
wrong = []
checked = 0


def text(path):
    with open(path, errors="replace") as f:
        return f.read()


def out(*argv):
    return subprocess.run(argv, capture_output=True, text=True,
                          check=True).stdout


def partition(name):
    return os.path.exists(f"/sys/class/block/{name}/partition")


def read():
    r = {}
    for line in text("/proc/meminfo").splitlines():
        r[line.split(":")[0]] = int(line.split()[1]) / 1024
    cpu = {l.split()[0]: [int(x) for x in l.split()[1:9]]
           for l in text("/proc/stat").splitlines() if l.startswith("cpu")}
    r["cpu"] = cpu
    r["load"] = [float(x) for x in text("/proc/loadavg").split()[:3]]
    r["uptime"] = float(text("/proc/uptime").split()[0])
    nets = [l.replace(":", " ").split()
            for l in text("/proc/net/dev").splitlines()[2:]]
    hard = [n for n in nets if os.path.exists(f"/sys/class/net/{n[0]}/device")]
    hard = hard or [n for n in nets if n[0] != "lo"]
    r["net"] = [sum(int(n[i]) for n in hard) for i in (1, 2, 9, 10)]
    disks = [l.split() for l in text("/proc/diskstats").splitlines()]
    disks = [d for d in disks if not partition(d[2]) and not d[2].startswith(
        ("loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"))]
    r["io"] = [sum(int(d[i]) * 512 for d in disks) for i in (5, 9)]
    r["processes"] = sum(n.isdigit() for n in os.listdir("/proc"))
    # The header line is there where -H is not known.
    r["connections"] = len(out("ss", "-Htn", "state", "established", "state",
                               "close-wait").splitlines())
    free = out("free", "-k").splitlines()
    r["free"] = dict(zip(free[0].split(), map(int, free[1].split()[1:])))
    return r


def between(what, value, a, b, slack):
    """value lies between two readings, or less than slack outside of them."""
    global checked
    checked += 1
    if value is None or not min(a, b) - slack <= value <= max(a, b) + slack:
        wrong.append(f"{what}: {value}, and {a} before, {b} after")


def near(what, value, expected, share, slack):
    between(what, value, expected * (1 - share), expected * (1 + share), slack)


def check_sample(m, a, b):
    mem, cpu, net = m["memory"], m["cpu"], m["network"]
    total = a["MemTotal"]
    moved = 0.01 * total  # in the time of two readings, under load
    near("memory_total_mb", mem["memory_total_mb"], total, 0, 0.06)
    between("memory_available_mb", mem["memory_available_mb"],
            a["MemAvailable"], b["MemAvailable"], moved)
    between("memory_used_mb beside free", mem["memory_used_mb"],
            (a["free"]["total"] - a["free"]["available"]) / 1024,
            (b["free"]["total"] - b["free"]["available"]) / 1024, moved)
    near("memory_usage_percent", mem["memory_usage_percent"],
         100 * mem["memory_used_mb"] / mem["memory_total_mb"], 0, 0.011)
    near("swap_total_mb", mem["swap_total_mb"], a["SwapTotal"], 0, 0.06)
    between("swap_used_mb", mem["swap_used_mb"],
            a["SwapTotal"] - a["SwapFree"], b["SwapTotal"] - b["SwapFree"], 1)
    for i, name in enumerate(("load_avg_1m", "load_avg_5m", "load_avg_15m")):
        between(name, cpu[name], a["load"][i], b["load"][i], 0.005)
    between("uptime_seconds", m["uptime_seconds"], a["uptime"], b["uptime"],
            0.01)
    between("process_count", m["processes"]["process_count"], a["processes"],
            b["processes"], 8)
    between("active_connections", net["active_connections"],
            a["connections"], b["connections"], 4)
    for i, name in enumerate(("bytes_recv", "packets_recv", "bytes_sent",
                              "packets_sent")):
        between(name, net[name], a["net"][i], b["net"][i], 0)
    for path, d in m["disk"]["disk_usage"].items():
        size, used, avail, pcent = out(
            "df", "-B1", "--output=size,used,avail,pcent",
            path).splitlines()[1].replace("%", "").split()
        near(f"{path} total_gb", d["total_gb"], int(size) / GB, 0, 0.0006)
        near(f"{path} used_gb", d["used_gb"], int(used) / GB, 0.01, 0.6)
        near(f"{path} usage_percent", math.ceil(d["usage_percent"]),
             int(pcent), 0, 1)


def shares(a, b):
    d = [max(y - x, 0) for x, y in zip(a, b)]
    return 100 * (sum(d) - d[3] - d[4]) / (sum(d) or 1)


def check_rates(samples, a, b):
    """Over all samples, weighted by their intervals: between a and b."""
    spans = [m["interval_seconds"] for m in samples]
    took = sum(spans)
    mine = b["uptime"] - a["uptime"]

    def mean(value):
        return sum(value(m) * s for m, s in zip(samples, spans)) / took
    near("cpu_usage_percent", mean(lambda m: m["cpu"]["cpu_usage_percent"]),
         shares(a["cpu"]["cpu"], b["cpu"]["cpu"]), 0.15, 8)
    for n in range(samples[0]["cpu"]["cores"]):
        if f"cpu{n}" in a["cpu"]:
            near(f"core {n}",
                 mean(lambda m, n=n: m["cpu"]["per_core_percent"][n]),
                 shares(a["cpu"][f"cpu{n}"], b["cpu"][f"cpu{n}"]), 0.15, 8)
    for i, name in enumerate(("bytes_recv_mb_per_sec", None,
                              "bytes_sent_mb_per_sec", None)):
        if name:
            near(name, mean(lambda m: m["network"][name]),
                 (b["net"][i] - a["net"][i]) / MB / mine, 0.15, 0.1)
    for i, name in enumerate(("read_mb_per_sec", "write_mb_per_sec")):
        near(name, mean(lambda m: m["disk"][name]),
             (b["io"][i] - a["io"][i]) / MB / mine, 0.5, 20)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    p = subprocess.Popen(["rx-metrics", "-i", "1s"], stdout=subprocess.PIPE)
    json.loads(p.stdout.readline())  # its interval is a short one
    first = before = read()
    samples = []
    for _ in range(count):
        line = p.stdout.readline()
        after = read()
        m = json.loads(line)["metrics"]
        check_sample(m, before, after)
        samples.append(m)
        before = after
    p.terminate()
    p.wait()
    check_rates(samples, first, before)
    for line in wrong:
        print(line)
    print(f"{checked - len(wrong)} of {checked} values agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
