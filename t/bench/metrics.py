#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a sample of the host costs, beside psutil and node_exporter doing the same.

usage: metrics.py [--bin DIR] [--samples N] [--processes N] [--sockets N]
                  [--out NAME]

The host is filled up to N processes (default: 400).  CPU microseconds a sample
are those of the process, its threads and its children between two moments under
way, from /proc/PID/task/*/schedstat; start-up is not in them.  Then the same with
N open TCP sockets (default: 30000), and half a minute at the default interval.
Then, idle and under stress-ng, t/oracle/metrics_oracle.py asks /proc, free, df,
ss and uptime whether the values are right.
psutil (of /usr/bin/python3), prometheus-node-exporter and stress-ng are left out
where they are not installed, and said.
Writes t/bench/results/NAME.json and .md (default: metrics).
"""
import argparse
import glob
import json
import os
import platform
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PYTHON = "/usr/bin/python3"

# What rx-metrics samples, asked of psutil.
PSUTIL = """
import heapq, json, sys, time, psutil
def sample():
    m, w = psutil.virtual_memory(), psutil.swap_memory()
    procs = list(psutil.process_iter(["pid", "name", "memory_info"]))
    top = heapq.nlargest(5, procs, key=lambda p: p.info["memory_info"].rss
                         if p.info["memory_info"] else 0)
    return {"cpu": psutil.cpu_percent(), "cores": psutil.cpu_percent(percpu=True),
        "load": psutil.getloadavg(), "memory": m._asdict(), "swap": w._asdict(),
        "disk": {p.mountpoint: psutil.disk_usage(p.mountpoint)._asdict()
                 for p in psutil.disk_partitions()},
        "io": {k: v._asdict() for k, v in psutil.disk_io_counters(True).items()},
        "net": {k: v._asdict() for k, v in psutil.net_io_counters(True).items()},
        "connections": sum(c.status == "ESTABLISHED"
                           for c in psutil.net_connections("tcp")),
        "processes": len(procs), "uptime": time.time() - psutil.boot_time(),
        "top": [(p.info["pid"], p.info["name"]) for p in top]}
for n in range(int(sys.argv[1])):
    print(json.dumps(sample()), flush=True)
    time.sleep(0.2)
"""


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(c) for c in f.read().split()]


def cpu_us(pid):
    """Of all threads of a process, and of its children."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path) as f:
                total += int(f.read().split()[0])
        except OSError:
            pass
    return total / 1000 + sum(cpu_us(c) for c in children(pid))


def rss_mib(pid):
    """Resident, and what of it is not shared with others (PSS)."""
    values = []
    for path, key in (("status", "VmHWM"), ("smaps_rollup", "Pss")):
        with open(f"/proc/{pid}/{path}") as f:
            values += [int(line.split()[1]) / 1024 for line in f
                       if line.startswith(key + ":")]
    return values


def per_sample(argv, count):
    """(us a sample, resident MiB, MiB of a child): a sample ends as a record does,
    or with an empty line."""
    p = subprocess.Popen(argv, stdout=subprocess.PIPE)

    def read(n):
        while n > 0:
            line = p.stdout.readline()
            if not line:
                sys.exit(f"{argv}: it ended")
            n -= line.startswith(b"{") or line == b"\n"
    read(5)
    before = cpu_us(p.pid)
    read(count)
    cost = (cpu_us(p.pid) - before) / count
    memory = rss_mib(p.pid)[0]
    extra = sum(rss_mib(c)[1] for c in children(p.pid))
    p.stdout.close()
    p.terminate()
    p.wait()
    return cost, memory, extra


def count_processes():
    return sum(name.isdigit() for name in os.listdir("/proc"))


def fill(wanted):
    return [subprocess.Popen(["sleep", "100000"])
            for _ in range(max(0, wanted - count_processes()))]


def end_all(procs):
    for p in procs:
        p.kill()
    for p in procs:
        p.wait()


def hold_sockets(count):
    """count open TCP sockets, until stdin ends: for a process of its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = socket.create_server(("127.0.0.1", 0), backlog=1024)
    kept = []
    for _ in range(count // 2):
        kept.append(socket.create_connection(server.getsockname()))
        kept.append(server.accept()[0])
    print(len(kept), flush=True)
    sys.stdin.read()


def open_sockets(count):
    holders, left = [], count
    while left > 0:
        p = subprocess.Popen([sys.executable, __file__, "--hold",
                              str(min(left, 10000))],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        p.stdout.readline()
        holders.append(p)
        left -= 10000
    return holders


def node_exporter(count):
    """us of CPU a scrape, with its defaults, as Debian runs it."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    p = subprocess.Popen(["prometheus-node-exporter",
                          f"--web.listen-address=127.0.0.1:{port}"],
                         stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/metrics"

    def scrape():
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read()
    for n in range(100):
        try:
            scrape()
            break
        except OSError:
            time.sleep(0.1)
    for _ in range(4):
        scrape()
    before = cpu_us(p.pid)
    for _ in range(count):
        scrape()
        time.sleep(0.2)
    cost, memory = (cpu_us(p.pid) - before) / count, rss_mib(p.pid)[0]
    end_all([p])
    return cost, memory


def psutil_sample(count):
    p = subprocess.Popen([PYTHON, "-c", PSUTIL, str(count + 5)],
                         stdout=subprocess.PIPE)
    for _ in range(5):
        p.stdout.readline()
    before = cpu_us(p.pid)
    for _ in range(count):
        if not p.stdout.readline():
            sys.exit("psutil: it ended")
    cost, memory = (cpu_us(p.pid) - before) / count, rss_mib(p.pid)[0]
    end_all([p])
    return cost, memory


def share_of_a_core(seconds):
    """Percent at the default interval, between two moments far apart."""
    p = subprocess.Popen(["rx-metrics"], stdout=subprocess.PIPE)
    p.stdout.readline()
    before, began = cpu_us(p.pid), time.monotonic()
    while time.monotonic() - began < seconds:
        p.stdout.readline()
    took = time.monotonic() - began
    share = (cpu_us(p.pid) - before) / 1e6 / took * 100
    p.stdout.close()
    p.terminate()
    p.wait()
    return share


def agreement():
    """[(state of the host, verdict of the oracle)]"""
    oracle = [sys.executable, f"{TOP}/t/oracle/metrics_oracle.py"]
    rows = [("as it is", subprocess.run(oracle, capture_output=True, text=True))]
    if shutil.which("stress-ng"):
        p = subprocess.Popen(
            ["stress-ng", "--quiet", "--cpu", "2", "--vm", "1", "--vm-bytes",
             "512M", "--hdd", "1", "--temp-path", tempfile.gettempdir()])
        time.sleep(3)
        rows.append(("stress-ng", subprocess.run(oracle, capture_output=True,
                                                 text=True)))
        p.terminate()
        p.wait()
    else:
        print("stress-ng: not installed, left out")
    return [(name, (r.stdout + r.stderr).strip().splitlines()[-1])
            for name, r in rows]


def measure(args):
    rows, peers = [], {}
    fillers = fill(args.processes)
    n = args.samples
    try:
        count = count_processes()
        rx, memory, extra = per_sample(["rx-metrics", "-i", "1s"], n)
        rows += [(f"full sample, {count} processes", f"{rx:.0f} us",
                  "<= 1200 us"),
                 ("resident", f"{memory:.1f} MiB", "<= 4 MiB"),
                 ("its child that asks file systems, not shared",
                  f"{extra:.1f} MiB", "")]
        flat, _, _ = per_sample(["rx-metrics", "-i", "1s", "--flat"], n)
        rows.append(("flat form", f"{flat:.0f} us", ""))
        page, _, _ = per_sample(["rx-metrics", "-i", "1s", "--prometheus"], n)
        rows.append(("page for Prometheus", f"{page:.0f} us", ""))
        if subprocess.run([PYTHON, "-c", "import psutil"],
                          capture_output=True).returncode == 0:
            cost, memory = psutil_sample(n)
            rows.append(("psutil, the same values",
                         f"{cost:.0f} us, {memory:.0f} MiB: "
                         f"{cost / rx:.0f} times", ">= 20 times"))
        else:
            print("psutil: not installed, left out")
        if shutil.which("prometheus-node-exporter"):
            cost, memory = node_exporter(n)
            rows.append(("node_exporter, a scrape",
                         f"{cost:.0f} us, {memory:.0f} MiB: {cost / rx:.0f} "
                         f"times a sample, {cost / page:.0f} times a page",
                         ">= 7 times"))
        else:
            print("prometheus-node-exporter: not installed, left out")
        rows.append(("at the default interval of 3 s",
                     f"{share_of_a_core(30):.3f} %", "<= 0.05 %"))
        holders = open_sockets(args.sockets)
        crowded, _, _ = per_sample(["rx-metrics", "-i", "1s"], n)
        rows.append((f"full sample, {args.sockets} sockets open",
                     f"{crowded:.0f} us", "as without them"))
        end_all(holders)
    finally:
        end_all(fillers)
    for name, verdict in agreement():
        rows.append((f"values beside /proc, free, df, ss, uptime: {name}",
                     verdict, "all agree"))
    return rows


def write(args, rows, load):
    commit = subprocess.run(["git", "-C", HERE, "describe", "--always",
                             "--dirty"], capture_output=True, text=True)
    head = (f"rx at {commit.stdout.strip()}; {platform.machine()}, "
            f"{os.cpu_count()} processors, Linux {platform.release()}; load "
            f"{load[0]:.1f} at the start; {args.samples} samples each.")
    base = os.path.join(HERE, "results", args.out)
    with open(base + ".json", "w") as f:
        json.dump({"about": head, "rows": [
            dict(zip(("what", "figure", "required"), row)) for row in rows]},
            f, indent=1)
        f.write("\n")
    with open(base + ".md", "w") as f:
        f.write(f"# Sampling the host\n\n{head}\n\n"
                "| what | figure | required |\n|---|---|---|\n")
        f.writelines("| %s | %s | %s |\n" % row for row in rows)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n", 1)[1])
    parser.add_argument("--bin", default=f"{TOP}/build")
    parser.add_argument("--samples", type=int, default=30)
    parser.add_argument("--processes", type=int, default=400)
    parser.add_argument("--sockets", type=int, default=30000)
    parser.add_argument("--out", default="metrics")
    parser.add_argument("--hold", type=int)
    args = parser.parse_args()
    if args.hold:
        return hold_sockets(args.hold)
    os.environ["PATH"] = f"{os.path.abspath(args.bin)}:{os.environ['PATH']}"
    load = os.getloadavg()
    rows = measure(args)
    for row in rows:
        print("%-60s %-50s %s" % row)
    write(args, rows, load)


if __name__ == "__main__":
    main()
