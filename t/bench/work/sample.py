# SPDX-License-Identifier: MIT
"""sample: what a sample of the host costs, with 400 processes on it.

rx-metrics beside psutil asked for the same values, node_exporter and collectd with
its usual plugins.  CPU is taken between two moments under way, of the process, its
threads and its children: start-up is not in it.  With thousands of sockets open the
cost must stay.
"""
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from bench import (PYTHON, QUICK, RUNS, cpu_s, family, field, free_port,
                   module, need, tell, wait)

PROCESSES = 400
WARM, SAMPLES = (2, 4) if QUICK else (4, 20)
SOCKETS = 2000 if QUICK else 20000

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



COLLECTD = """
Interval 0.2
BaseDir "{d}"
PIDFile "{d}/collectd.pid"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin cpu
LoadPlugin load
LoadPlugin memory
LoadPlugin swap
LoadPlugin df
LoadPlugin disk
LoadPlugin interface
LoadPlugin tcpconns
LoadPlugin processes
LoadPlugin uptime
LoadPlugin csv
<Plugin csv>
  DataDir "{d}/csv"
</Plugin>
"""


def rss(pid):
    return sum(field(p, "VmHWM") for p in family(pid)) / 1024


def report(name, p, samples, step):
    """samples of p between two moments: step() waits for one more."""
    for _ in range(WARM):
        step()
    before, began = cpu_s(p.pid), time.monotonic()
    for _ in range(samples):
        step()
    tell(name, samples, "sample", cpu_s(p.pid) - before,
         time.monotonic() - began, rss(p.pid))
    p.kill()
    p.wait()


def one_sample(p):
    """A line of JSON, or the empty line behind a page."""
    while line := p.stdout.readline():
        if line.startswith(b"{") or line == b"\n":
            return
    sys.exit("it ended")


def printed(name, argv):
    p = subprocess.Popen(argv, stdout=subprocess.PIPE)
    report(name, p, SAMPLES, lambda: one_sample(p))


def node_exporter():
    port = free_port()
    url = f"http://127.0.0.1:{port}/metrics"
    p = subprocess.Popen(["prometheus-node-exporter",
                          f"--web.listen-address=127.0.0.1:{port}"],
                         stderr=subprocess.DEVNULL)

    def scrape():
        with urllib.request.urlopen(url, timeout=30) as answer:
            answer.read()
        time.sleep(0.1)

    def answers():
        try:
            scrape()
        except OSError:
            return False
        return True
    wait(answers)
    report("node_exporter", p, SAMPLES, scrape)


def collectd():
    """It cannot be asked for a sample: five a second for some seconds."""
    with open("collectd.conf", "w", encoding="ascii") as f:
        f.write(COLLECTD.format(d=os.getcwd()))
    p = subprocess.Popen(["collectd", "-f", "-C", "collectd.conf"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait(lambda: os.path.isdir("csv"))
    report("collectd", p, SAMPLES, lambda: time.sleep(0.2))
    shutil.rmtree("csv")


def hold(count):
    """So many open TCP sockets, in a process of its own."""
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    server, kept = socket.create_server(("127.0.0.1", 0), backlog=1024), []
    for _ in range(count // 2):
        kept.append(socket.create_connection(server.getsockname()))
        kept.append(server.accept()[0])
    print(len(kept), flush=True)
    sys.stdin.read()


def crowded():
    holder = subprocess.Popen([sys.executable, __file__, "hold", str(SOCKETS)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    printed(f"rx-metrics, {SOCKETS} sockets", ["rx-metrics", "-i", "1s"])
    holder.stdin.close()
    holder.wait()


def main():
    have = sum(name.isdigit() for name in os.listdir("/proc"))
    fill = [subprocess.Popen(["sleep", "100000"])
            for _ in range(max(0, PROCESSES - have))]
    jobs = [lambda: printed("rx-metrics", ["rx-metrics", "-i", "1s"]),
            lambda: printed("rx-metrics --prometheus",
                            ["rx-metrics", "-i", "1s", "--prometheus"])]
    if module("psutil", "psutil"):
        jobs.append(lambda: printed("psutil", [PYTHON, "-c", PSUTIL, "1000"]))
    if need("node_exporter", "prometheus-node-exporter"):
        jobs.append(node_exporter)
    if need("collectd", "collectd"):
        jobs.append(collectd)
    try:
        for _ in range(min(RUNS, 3)):
            for job in jobs:
                job()
        crowded()
    finally:
        for p in fill:
            p.kill()
        for p in fill:
            p.wait()


if sys.argv[1:2] == ["hold"]:
    hold(int(sys.argv[2]))
else:
    main()
