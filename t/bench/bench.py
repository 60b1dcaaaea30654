# SPDX-License-Identifier: MIT
"""What the works of t/bench/work have in common: one timer, one way to tell.

A work is a program work/NAME.py that compares programs doing the same thing.  It
runs in an empty directory of its own, rx first in PATH, and prints a line of JSON
for each repetition of each program:

    {"program": NAME, "amount": N, "unit": UNIT,    what was done: N of UNIT
     "cpu_s": S, "wall_s": S, "rss_mib": M, ...}    what that took, and more figures

or, once, {"program": NAME, "missing": WHY} for one that is not there.  A work that
draws a curve adds "x".  Nothing else is in standard output; a work fails, with a
status that is not 0, when a program gave a wrong result.  UNIT is GB (10^9 bytes),
second (then CPU is a share of one core), or the name of a thing that is counted.

CPU is user and system time of a process and of all its children; resident memory
the sum of the most that each of them ever had (VmHWM, looked at every 20 ms).
Environment: BENCH_RUNS repetitions; BENCH_QUICK=1 small sizes, for a look;
BENCH_DATA a directory that the works of one run share; BENCH_PEERS where packages
were unpacked.  An exit status of 1 is a grep that found nothing.
"""
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PYTHON = "/usr/bin/python3"  # where the distribution puts pika and the others
RUNS = int(os.environ.get("BENCH_RUNS", "1"))
QUICK = os.environ.get("BENCH_QUICK") == "1"
DATA = os.environ.get("BENCH_DATA", ".")
PEERS = os.environ.get("BENCH_PEERS", "")
LOGS = os.path.join(TOP, "../shared/data/logs")
WORDS = "emerg|alert|critical|error|fail|panic|fatal"


def tell(program, amount, unit, cpu_s=None, wall_s=None, rss_mib=None, **more):
    row = {"program": program, "amount": amount, "unit": unit}
    for name, value in (("cpu_s", cpu_s), ("wall_s", wall_s),
                        ("rss_mib", rss_mib), *more.items()):
        if value is not None:
            row[name] = round(value, 6) if isinstance(value, float) else value
    print(json.dumps(row), flush=True)


def missing(program, why):
    print(json.dumps({"program": program, "missing": why}), flush=True)


def need(program, tool):
    """Whether a tool is here; said when it is not."""
    if shutil.which(tool):
        return True
    missing(program, f"{tool} is not installed")
    return False


def module(program, name):
    """The same for a module of the distribution's Python."""
    if subprocess.run([PYTHON, "-c", f"import {name}"],
                      stderr=subprocess.DEVNULL, check=False).returncode == 0:
        return True
    missing(program, f"python3-{name} is not installed")
    return False


# -- the timer ---------------------------------------------------------------

def family(pid):
    """pid and all below it."""
    found = [pid]
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, encoding="ascii") as f:
                for child in f.read().split():
                    found += family(int(child))
        except OSError:
            pass
    return found


def field(pid, name, where="status"):
    """A number of /proc/PID/where; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/{where}", encoding="utf-8",
                  errors="replace") as f:
            for line in f:
                if line.startswith(name + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def cpu_of(pid):
    """CPU seconds of a process up to now, threads that ended included: the clock
    that clock_getcpuclockid(3) names."""
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return 0


def cpu_s(pid):
    """The same of what lives of a family."""
    return sum(cpu_of(one) for one in family(pid))


class Spent:
    """A process started, and what it and its children took when it ended."""

    def __init__(self, command, stdin=None, stdout=None, **more):
        if isinstance(command, str):
            command = ["sh", "-c", command]
        self.name, self.seen = command, {}
        self.began = time.monotonic()
        self.p = subprocess.Popen(command, stdin=stdin, stdout=stdout, **more)
        self.pid = self.p.pid
        self.ended = threading.Event()
        self.watch = threading.Thread(target=self.look, daemon=True)
        self.watch.start()

    def look(self):
        while True:
            for pid in family(self.pid):
                self.seen[pid] = max(self.seen.get(pid, 0),
                                     field(pid, "VmHWM"))
            if self.ended.wait(0.02):
                return

    def end(self, stop=False, fine=(0, 1)):
        """CPU seconds, wall seconds, MiB.  stop: it is told to end."""
        if stop:
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT |
                         os.WNOHANG):
                sys.exit(f"it ended by itself: {self.name}")
            os.kill(self.pid, signal.SIGTERM)
        _, status, used = os.wait4(self.pid, 0)
        wall = time.monotonic() - self.began
        self.ended.set()
        self.watch.join()
        self.p.returncode = os.waitstatus_to_exitcode(status)
        if not stop and self.p.returncode not in fine:
            sys.exit(f"status {self.p.returncode}: {self.name}")
        return (used.ru_utime + used.ru_stime, wall,
                sum(self.seen.values()) / 1024)


def spend(command, stdin=os.devnull, stdout="out"):
    """One process or shell line from its start to its end."""
    with open(stdin, "rb") as given, open(stdout, "wb") as out:
        return Spent(command, given, out).end()


def compare(jobs, amount, unit, x=None):
    """Programs by turns, after one turn that is not counted.

    jobs: (name, tool or None, shell line[, its own amount])
    """
    jobs = [j for j in jobs if j[1] is None or need(j[0], j[1])]
    for turn in range(0 if QUICK else -1, RUNS):
        for name, _, shell, *own in jobs:
            spent = spend(shell)
            if turn >= 0:
                more = {} if x is None else {"x": x}
                tell(name, own[0] if own else amount, unit, *spent, **more)


# -- what is read ------------------------------------------------------------

def corpus(size, *options):
    """The path of so many bytes of corpus.py, made once in a run.

    More than 64 MiB are the same ones again.
    """
    path = os.path.join(DATA, "-".join(["lines", str(size), *options]).replace(
        "--", ""))
    if not os.path.exists(path):
        some = min(size, 64 << 20)
        text = subprocess.run(
            [sys.executable, os.path.join(HERE, "corpus.py"), *options,
             str(some)], stdout=subprocess.PIPE, check=True).stdout
        with open(path, "wb") as out:
            for _ in range(0, size, some):
                out.write(text)
    return path


def real(size):
    """The logs of ../shared, again and again; None where they are not."""
    names = sorted(glob.glob(os.path.join(LOGS, "*.log")))
    path = os.path.join(DATA, f"real-{size}")
    if names and not os.path.exists(path):
        whole = b""
        for name in names:
            with open(name, "rb") as f:
                whole += f.read().rstrip(b"\n") + b"\n"
        with open(path + ".new", "wb") as out:
            while out.tell() < size:
                out.write(whole)
        os.rename(path + ".new", path)
    return path if names else None


def records(path):
    """NDJSON of a text, made once in a run."""
    if not os.path.exists(path + ".ndjson"):
        with open(path + ".new", "wb") as out:
            subprocess.run(["rx-tail", "--once", path], stdout=out, check=True)
        os.rename(path + ".new", path + ".ndjson")
    return path + ".ndjson"


def part(path, size):
    """The first lines of a file, about so many bytes of them."""
    with open(path, "rb") as f:
        text = f.read(size)
    name = f"{path}-{size}"
    with open(name, "wb") as out:
        out.write(text[:text.rindex(b"\n") + 1])
    return name


def gb(path):
    return os.path.getsize(path) / 1e9


def lines_in(path):
    try:
        with open(path, "rb") as f:
            return sum(chunk.count(b"\n")
                       for chunk in iter(lambda: f.read(1 << 20), b""))
    except FileNotFoundError:
        return 0


def record(n, size=300):
    return b'{"n":%-8d,"log_line":"%s"}\n' % (n, b"x" * (size - 29))


def write_records(path, count, size=300):
    with open(path, "wb") as f:
        for n in range(0, count, 1000):
            f.write(b"".join(record(i, size)
                             for i in range(n, min(n + 1000, count))))


# -- waiting -----------------------------------------------------------------

def wait(ready, seconds=60, step=0.02):
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            sys.exit("it does not come")
        time.sleep(step)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def quantiles(values):
    """p50 and p99."""
    values = sorted(values)
    return (values[len(values) // 2],
            values[min(len(values) - 1, int(len(values) * 0.99))])
