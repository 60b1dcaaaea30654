#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The durable queue beside what else keeps lines on a disk, and what each syncs.

usage: queue.py [--bin DIR] [--records N] [--deep N] [--slow N] [--runs N]
                [--peers ROOT] [--out NAME]

rx: N records of 300 bytes through rx-spool push, and at the same time through
rx-spool emit | rx-ship file: | rx-spool ack, --runs times, the best and the
median; the same through push alone; then --deep of them are stored before anybody emits (0: left out; the
default takes 3.3 GB and most of the time).
Peers get --slow records (they sync each, or are fed over a socket): python's
sqlite3 with a commit for each row, rsyslog with a disk queue, syslog-ng with a
reliable disk-buffer.  A peer that is not installed is left out, and said; of
packages that exclude one another one may be unpacked into ROOT, by
dpkg-deb -x, and is found there.

Prints a line each: records a second, CPU microseconds a record, the largest
resident process, and fsync and fdatasync calls by strace in a smaller run.
Writes t/bench/results/NAME.json and .md.
"""
import argparse
import glob
import json
import os
import platform
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SYNCED = 20000  # records of the run that strace counts
GOAL_RATE, GOAL_MIB = 150000, 24


def record(n):
    return b'{"n":%-8d,"log_line":"%s"}\n' % (n, b"x" * (300 - 29))


def write_records(path, count):
    with open(path, "wb") as f:
        for n in range(0, count, 1000):
            f.write(b"".join(record(i) for i in range(n, n + 1000)))


def traced(command, log):
    if log is None:
        return command
    return ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", log,
            *command]


def count_syncs(logs):
    syncs = 0
    for log in logs:
        with open(log, encoding="utf-8", errors="replace") as f:
            syncs += sum("sync(" in line for line in f)
        os.unlink(log)
    return syncs


class Watch:
    """CPU and the largest process of what was started since."""

    def __init__(self):
        self.peak, self.stages = 0, []
        self.before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.since = time.monotonic()

    def run(self, commands, stdin, log=None, **more):
        """A pipe; None as the log is not traced."""
        before = stdin
        for n, command in enumerate(commands):
            last = n == len(commands) - 1
            stage = subprocess.Popen(
                traced(command, log and f"{log}.{len(self.stages)}"),
                stdin=before, stdout=None if last else subprocess.PIPE, **more)
            if before is not stdin:
                before.close()
            before = stage.stdout
            self.stages.append(stage)
        return self.stages[-1]

    def look(self):
        for stage in self.stages:
            try:
                with open(f"/proc/{stage.pid}/status") as f:
                    for line in f:
                        if line.startswith("VmHWM"):
                            self.peak = max(self.peak, int(line.split()[1]))
            except OSError:
                pass

    def end(self):
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (time.monotonic() - self.since,
                after.ru_utime + after.ru_stime - self.before.ru_utime
                - self.before.ru_stime, self.peak)


rows = []


def tell(name, count, runs, syncs):
    """runs: (wall, cpu, peak) of each."""
    best = min(runs)
    row = {"what": name, "records": count,
           "records/s, best": round(count / best[0]),
           "records/s, median": round(
               count / statistics.median(wall for wall, _, _ in runs)),
           "CPU us/record": round(
               statistics.median(cpu for _, cpu, _ in runs) / count * 1e6, 2),
           "MiB": round(max(peak for _, _, peak in runs) / 1024, 1),
           f"syncs for {SYNCED}": syncs}
    rows.append(row)
    print("; ".join(f"{k}: {v}" for k, v in row.items()), flush=True)


def write_results(name):
    path = os.path.join(HERE, "results", name)
    about = {"machine": platform.machine(), "processors": os.cpu_count(),
             "load": os.getloadavg()[0], "record": "300 bytes",
             "goals": f"{GOAL_RATE} records/s, {GOAL_MIB} MiB at any depth"}
    with open(path + ".json", "w") as f:
        json.dump({"about": about, "rows": rows}, f, indent=1)
        f.write("\n")
    with open(path + ".md", "w") as f:
        f.write("# The durable queue beside others\n\nt/bench/queue.py; "
                + "; ".join(f"{k}: {v}" for k, v in about.items())
                + ".\n\n| " + " | ".join(rows[0]) + " |\n|"
                + "---|" * len(rows[0]) + "\n")
        for row in rows:
            f.write("| " + " | ".join(str(v) for v in row.values()) + " |\n")


def lines_in(path):
    try:
        with open(path, "rb") as f:
            return sum(chunk.count(b"\n")
                       for chunk in iter(lambda: f.read(1 << 20), b""))
    except FileNotFoundError:
        return 0


def rx(tool, count, deep, log=None):
    """Stored and drained; deep: one after the other."""
    write_records("records", count)
    watch = Watch()
    with open("records", "rb") as records:
        push = watch.run([[tool("rx-spool"), "push", "--unmarked",
                           "--max-bytes", "20G", "q.db"]], records, log)
    if deep:
        while push.poll() is None:
            watch.look()
            time.sleep(0.05)
    with open("/dev/null") as null:
        watch.run([[tool("rx-spool"), "emit", "q.db"],
                   [tool("rx-ship"), "file:gone"],
                   [tool("rx-spool"), "ack", "q.db"]], null,
                  log and log + ".out")
    while not os.path.exists("gone") or os.path.getsize("gone") < 300 * count:
        watch.look()
        time.sleep(0.01)
    delivered = time.monotonic()
    push.wait()
    if log is None:
        for stage in watch.stages[1:2]:
            stage.terminate()  # emit: the rest of its pipe ends behind it
    else:
        subprocess.run(["pkill", "-TERM", "-P", str(watch.stages[1].pid)])
    for stage in watch.stages:
        stage.wait()
    wall, cpu, peak = watch.end()
    # Who settles the last of it is part of the work, who waits for us is not.
    wall = min(wall, delivered - watch.since + 0.1)
    if lines_in("gone") != count:
        sys.exit("queue: rx lost or doubled records")
    for name in ("records", "gone", "q.db", "q.db-wal", "q.db-shm"):
        if os.path.exists(name):
            os.unlink(name)
    return wall, cpu, peak


def push_alone(tool, count, log=None):
    """Stored, every commit synced, and nothing else."""
    write_records("records", count)
    watch = Watch()
    with open("records", "rb") as records:
        stage = watch.run([[tool("rx-spool"), "push", "--unmarked",
                            "--max-bytes", "20G", "q.db"]], records, log)
    while stage.poll() is None:
        watch.look()
        time.sleep(0.02)
    told = watch.end()
    for name in ("records", "q.db", "q.db.lock"):
        os.unlink(name)
    return told


PYTHON = """
import sqlite3, sys
db = sqlite3.connect("p.db")
db.execute("PRAGMA journal_mode = WAL")
db.execute("CREATE TABLE queue (id INTEGER PRIMARY KEY, payload TEXT)")
for line in sys.stdin:
    db.execute("INSERT INTO queue (payload) VALUES (?)", (line,))
    db.commit()
for n, in db.execute("SELECT id FROM queue ORDER BY id").fetchall():
    db.execute("DELETE FROM queue WHERE id = ?", (n,))
    db.commit()
"""


def python(_, count, log=None):
    write_records("records", count)
    watch = Watch()
    with open("records", "rb") as records:
        stage = watch.run([[sys.executable, "-c", PYTHON]], records, log)
    while stage.poll() is None:
        watch.look()
        time.sleep(0.02)
    for name in ("records", "p.db", "p.db-wal", "p.db-shm"):
        if os.path.exists(name):
            os.unlink(name)
    return watch.end()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def send(port, count):
    deadline = time.monotonic() + 10
    while True:
        try:
            s = socket.create_connection(("127.0.0.1", port))
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    with s:
        for n in range(0, count, 1000):
            s.sendall(b"".join(b"<11>Jan  5 10:00:00 host app: " + record(i)
                               for i in range(n, min(n + 1000, count))))


RSYSLOG = """
global(workDirectory="{dir}")
module(load="imptcp")
main_queue(queue.type="Disk" queue.filename="main" queue.maxDiskSpace="4g")
input(type="imptcp" address="127.0.0.1" port="{port}")
*.* action(type="omfile" file="{dir}/gone")
"""


def rsyslog(_, count, log=None):
    port, here = free_port(), os.getcwd()
    with open("r.conf", "w") as f:
        f.write(RSYSLOG.format(dir=here, port=port))
    watch = Watch()
    watch.run([["rsyslogd", "-n", "-f", f"{here}/r.conf", "-i",
                f"{here}/r.pid"]], None, log)
    send(port, count)
    return drained(watch, count)


SYSLOG_NG = """
@version: current
options {{ stats-freq(0); }};
source s {{ network(ip("127.0.0.1") port({port}) transport("tcp")); }};
destination d {{ network("127.0.0.1" port({to}) disk-buffer(reliable(yes)
  disk-buf-size(4294967296) mem-buf-size(16777216) dir("{dir}"))); }};
log {{ source(s); destination(d); flags(flow-control); }};
"""


def receive(server):
    peer, _ = server.accept()
    with peer, open("gone", "wb", buffering=0) as out:
        for data in iter(lambda: peer.recv(1 << 18), b""):
            out.write(data)


peers = ""  # where packages were unpacked


def syslog_ng_command():
    """Installed, or unpacked: then it is told where its parts are."""
    program = f"{peers}/usr/sbin/syslog-ng"
    if not peers or not os.path.exists(program):
        return ["syslog-ng"], None
    modules = glob.glob(f"{peers}/usr/lib/syslog-ng/[0-9]*")[0]
    places = glob.glob(f"{peers}/usr/lib/*-linux-gnu")
    places.append(f"{peers}/usr/lib/syslog-ng")
    return ([program, "--module-path", modules],
            dict(os.environ, LD_LIBRARY_PATH=":".join(places)))


def syslog_ng(_, count, log=None):
    port, here = free_port(), os.getcwd()
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=receive, args=(server,), daemon=True).start()
    with open("s.conf", "w") as f:
        f.write(SYSLOG_NG.format(dir=here, port=port,
                                 to=server.getsockname()[1]))
    watch = Watch()
    command, env = syslog_ng_command()
    watch.run([[*command, "-F", "--no-caps", "-f", f"{here}/s.conf", "-R",
                f"{here}/s.persist", "-c", f"{here}/s.ctl", "-p",
                f"{here}/s.pid"]], None, log, env=env)
    send(port, count)
    return drained(watch, count)


def drained(watch, count):
    deadline = time.monotonic() + 120
    while lines_in("gone") < count:
        watch.look()
        if time.monotonic() > deadline:
            sys.exit("queue: a peer did not deliver all")
        time.sleep(0.05)
    wall = time.monotonic() - watch.since
    for stage in watch.stages:
        subprocess.run(["pkill", "-TERM", "-P", str(stage.pid)])
        stage.terminate()
        stage.wait()
    _, cpu, peak = watch.end()
    for name in os.listdir("."):
        if name != "syncs":
            os.unlink(name)
    return wall, cpu, peak


def measure(name, how, tool, count, runs=1):
    told = [how(tool, count) for _ in range(runs)]
    log = os.path.join(os.getcwd(), "syncs")
    os.makedirs(log, exist_ok=True)
    how(tool, SYNCED, os.path.join(log, "log"))
    syncs = count_syncs([os.path.join(log, f) for f in os.listdir(log)])
    tell(name, count, told, syncs)


def main():
    global peers
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build")
    parser.add_argument("--records", type=int, default=1000000)
    parser.add_argument("--deep", type=int, default=10000000)
    parser.add_argument("--slow", type=int, default=20000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", default="")
    parser.add_argument("--out", default="queue")
    args = parser.parse_args()
    bin_ = os.path.abspath(args.bin)
    peers = args.peers and os.path.abspath(args.peers)
    tool = lambda name: os.path.join(bin_, name)
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        measure("rx: push and emit, ship, ack at once",
                lambda t, n, log=None: rx(t, n, False, log), tool,
                args.records, args.runs)
        measure("rx: push alone, FULL", push_alone, tool, args.records,
                args.runs)
        measure("python sqlite3, a commit for each row", python, tool,
                args.slow)
        for name, how in (("rsyslogd", rsyslog), ("syslog-ng", syslog_ng)):
            if shutil.which(name) is None and not os.path.exists(
                    f"{peers}/usr/sbin/{name}"):
                print(f"{name}: not installed, left out")
                continue
            measure(f"{name}, its disk queue", how, tool, args.records // 10)
        if args.deep:
            tell(f"rx: {args.deep} stored, then drained", args.deep,
                 [rx(tool, args.deep, True)], "")
        os.chdir("/")
    write_results(args.out)


main()
