#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What following files costs: rx-tail beside coreutils' tail -F, in one run.

usage: tail.py [--bin DIR] [--out NAME] idle|trickle|churn [SECONDS] | many [FILES]

idle     CPU (percent of one core) and memory with 100 files nobody writes to
trickle  CPU for a line at 100 lines a second
churn    files made, rotated and deleted all the time: descriptors, watches and
         memory in a table; fails when any has grown at the end
many     FILES (10,000), of which a fortieth may be open at once: the start, a look
         at all of them without events, a line in each, all of them rotated and
         a line in each again; fails when a line is missing

CPU is what the kernel's scheduler counted (/proc/PID/schedstat).  With --out it
is added to t/bench/results/NAME.md.
"""
import argparse
import contextlib
import glob
import os
import platform
import random
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Follower:
    """A tool that follows ./d, its records on a pipe."""

    def __init__(self, argv):
        self.p = subprocess.Popen(argv, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)

    def cpu_ns(self):
        with open(f"/proc/{self.p.pid}/schedstat") as f:
            return int(f.read().split()[0])

    def memory_kib(self, what="Rss"):
        with open(f"/proc/{self.p.pid}/smaps_rollup") as f:
            return next(int(line.split()[1]) for line in f
                        if line.startswith(what + ":"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.p.pid}/fd"))

    def watches(self):
        n = 0
        for path in glob.glob(f"/proc/{self.p.pid}/fdinfo/*"):
            with contextlib.suppress(FileNotFoundError), open(path) as f:
                n += sum(line.startswith("inotify ") for line in f)
        return n

    def await_bytes(self, text):
        got = b""
        while text not in got:
            more = os.read(self.p.stdout.fileno(), 1 << 16)
            assert more, "it ended"
            got = got[-200:] + more

    def end(self):
        self.p.terminate()
        self.p.stdout.close()
        self.p.wait()


def append(path, text):
    with open(path, "ab", buffering=0) as f:
        f.write(text)


def settled(followers, path):
    """Until what is appended comes out: they have taken their positions."""
    for f in followers:
        time.sleep(.5)
        append(path, b"2026-01-05T10:00:00Z web app[1]: settled\n")
        f.await_bytes(b"settled")


def rx():
    return Follower(["rx-tail", "d/*.log"])


def peer(files):
    return Follower(["tail", "-n0", "-F", *files])


def idle(seconds):
    files = [f"d/{n:03}.log" for n in range(100)]
    for path in files:
        append(path, b"2026-01-05T10:00:00Z web app[1]: once\n" * 1000)
    rows = []
    both = {"rx-tail": rx(), "tail -F": peer(files)}
    for f in both.values():
        settled([f], files[0])
    time.sleep(6)  # past the first slow look
    before = {name: f.cpu_ns() for name, f in both.items()}
    time.sleep(seconds)
    spent = {name: f.cpu_ns() - before[name] for name, f in both.items()}
    for name, f in both.items():
        percent = spent[name] / seconds / 1e7
        rows.append((name, f"{percent:.4f}", f"{f.memory_kib() / 1024:.1f}",
                     f.descriptors()))
        f.end()
    return ("100 idle files", ("", "CPU %", "RSS MiB", "descriptors"), rows)


def trickle(seconds):
    append("d/a.log", b"")
    rows = []
    for name, f in (("rx-tail", rx()), ("tail -F", peer(["d/a.log"]))):
        settled([f], "d/a.log")
        before, n = f.cpu_ns(), int(seconds * 100)
        for i in range(n):
            append("d/a.log", b"2026-01-05T10:00:00Z web app[1]: %d.\n" % i)
            time.sleep(.01)
        f.await_bytes(b" %d." % (n - 1))
        rows.append((name, f"{(f.cpu_ns() - before) / n / 1e3:.1f}", n))
        f.end()
    return ("100 lines a second", ("", "CPU µs a line", "lines"), rows)


def churn(seconds):
    f = Follower(["rx-tail", "--rotate-wait", "100ms", "--from", "start",
                  "d/**/*.log"])
    os.set_blocking(f.p.stdout.fileno(), False)
    n, files, rows = 0, 0, []
    began = time.monotonic()
    step = max(seconds / 10, 1)
    random.seed(1)

    def drain():
        nonlocal n
        try:
            while text := os.read(f.p.stdout.fileno(), 1 << 20):
                n += text.count(b"\n")
        except BlockingIOError:
            pass

    def line(path):
        nonlocal files
        files += 1
        append(path, b"2026-01-05T10:00:00Z web app[1]: %d\n" % files)

    def some_turns(until):
        while time.monotonic() < until:
            path = f"d/{random.randrange(20)}.log"
            line(path)
            deep = f"d/sub{random.randrange(5)}"
            os.makedirs(deep, exist_ok=True)
            line(deep + "/x.log")
            drain()
            time.sleep(.005)
            match random.randrange(4):
                case 0:
                    os.rename(path, path + ".1")
                case 1:
                    os.unlink(path)
                case 2:
                    subprocess.run(["rm", "-r", deep], check=True)
                case 3:
                    os.truncate(path, 0)

    def calm():
        for path in glob.glob("d/*"):
            subprocess.run(["rm", "-r", path], check=True)
        until = time.monotonic() + 3
        while time.monotonic() < until:
            drain()
            time.sleep(.1)

    def row(what):
        drain()
        rows.append((what, files, n, f.descriptors(), f.watches(),
                     f.memory_kib(), f.memory_kib("Anonymous")))

    # All that is taken once is taken, however slow the machine is.
    while files < 600:
        some_turns(time.monotonic() + step)
    calm()
    row("begin")
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        some_turns(time.monotonic() + step)
        calm()
        row(f"{time.monotonic() - began:.0f} s")
    f.end()
    first, last = rows[0], rows[-1]
    assert last[3] <= first[3] and last[4] <= first[4], rows
    # Pages of the program's own file come in as they are first run, so that
    # the first rows need not have all of them; what it asked for is flat.
    assert last[6] <= first[6] + 96, rows
    assert last[5] <= first[5] + 512, rows
    return ("churn", ("after", "lines written", "records", "descriptors",
                      "watches", "RSS KiB", "of it anonymous"), rows)


def many(count):
    count = int(count)
    files = [f"d/{n:05}.log" for n in range(count)]
    random.seed(1)
    for path in files:
        append(path, b"2026-01-05T10:00:00Z web app[1]: once\n")
    with open("out", "wb") as out, open("err", "wb") as err:
        p = subprocess.Popen(["prlimit", f"--nofile={count // 40}", "rx-tail",
                              "-v", "--max-files", str(count), "--rotate-wait",
                              "1s", "--stats", "stats", "d/*.log"],
                             stdout=out, stderr=err)
    f = Follower.__new__(Follower)
    f.p, rows, lines, got = p, [], 0, 0

    def read():
        with open("/proc/%d/schedstat" % p.pid) as schedstat:
            return int(schedstat.read().split()[0]) / 1e9

    def row(what, before, began):
        rows.append((what, f"{time.monotonic() - began:.1f}",
                     f"{read() - before:.2f}", f"{f.memory_kib() / 1024:.1f}",
                     f.descriptors(), f.watches()))

    def all_out(out):
        nonlocal got
        until = time.monotonic() + 600
        while got < lines and time.monotonic() < until:
            got += out.read().count(b"\n")
            time.sleep(.1)

    out = open("out", "rb")
    began = time.monotonic()
    while b"following" not in open("err", "rb").read():
        time.sleep(.05)
        assert p.poll() is None, open("err").read()
    row("start", 0, began)
    before, began = read(), time.monotonic()
    time.sleep(30)
    row("30 s of quiet", before, began)
    for what in "a line in each", "each renamed, a line in each new one":
        before, began = read(), time.monotonic()
        random.shuffle(files)
        for path in files:
            if what != "a line in each":
                os.rename(path, path + ".1")
            lines += 1
            append(path, b"2026-01-05T10:00:00Z web app[1]: line %d\n" % lines)
        all_out(out)
        row(what, before, began)
    before, began = read(), time.monotonic()
    time.sleep(10)
    row("10 s later", before, began)
    p.terminate()
    assert p.wait() == 0
    got += out.read().count(b"\n")
    assert got == lines, (got, lines, open("err").read()[-1000:])
    return (f"{count} files, {count // 40} descriptors, {lines} lines",
            ("", "s", "CPU s", "RSS MiB", "descriptors", "watches"), rows)


def table(title, head, rows):
    text = f"\n{title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}\n"
    return text + "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)


def main():
    modes = {"idle": (idle, 30), "trickle": (trickle, 20),
             "churn": (churn, 60), "many": (many, 10000)}
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=os.path.join(HERE, "../../build"))
    parser.add_argument("--out")
    parser.add_argument("mode", choices=modes)
    parser.add_argument("seconds", nargs="?", type=float)
    args = parser.parse_args()
    os.environ["PATH"] = os.path.abspath(args.bin) + ":" + os.environ["PATH"]
    os.environ.setdefault("RX_NODE_ID", "bench")
    run, seconds = modes[args.mode]
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        os.mkdir("d")
        text = table(*run(args.seconds or seconds))
    sys.stdout.write(text)
    if args.out:
        path = os.path.join(HERE, "results", args.out + ".md")
        new = not os.path.exists(path)
        with open(path, "a") as f:
            if new:
                f.write(f"# Following files\n\n{platform.machine()}, "
                        f"{os.cpu_count()} processors, Linux "
                        f"{platform.release()}\n")
            f.write(text)


if __name__ == "__main__":
    main()
