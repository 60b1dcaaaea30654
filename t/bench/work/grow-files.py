# SPDX-License-Identifier: MIT
"""grow-files: what a line costs a follower of 1 to 10,000 files.

Lines by turns to all files; CPU from before the first to the last one read.
"""
import os
import resource
import subprocess
import time

from bench import QUICK, Spent, cpu_s, field, lines_in, tell, wait

COUNTS = [1, 100, 1000] if QUICK else [1, 10, 100, 1000, 10000]
LINES = 2000 if QUICK else 20000


def lines(paths, count):
    """Some at a time, as programs write them."""
    for begin in range(0, count, 200):
        for n in range(begin, min(begin + 200, count)):
            with open(paths[n % len(paths)], "ab", buffering=0) as f:
                f.write(b"2026-01-05T10:00:00Z web app[1]: line %d\n" % n)
        time.sleep(0.02)


def measure(name, argv, paths):
    with open("out", "wb") as out:
        p = Spent(argv, stdout=out, stderr=subprocess.DEVNULL)
    # It follows when a line of the last file comes out.
    time.sleep(1 + len(paths) / 2000)
    lines(paths[-1:], 1)
    wait(lambda: lines_in("out") >= 1, 120)
    before, began = cpu_s(p.pid), time.monotonic()
    lines(paths, LINES)
    wait(lambda: lines_in("out") >= LINES, 120)
    tell(name, LINES, "line", cpu_s(p.pid) - before, time.monotonic() - began,
         field(p.pid, "VmRSS") / 1024, x=len(paths))
    p.end(stop=True, fine=(0,))


resource.setrlimit(resource.RLIMIT_NOFILE,
                   (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
os.mkdir("d")
for n_files in COUNTS:
    files = [f"d/{n:05}.log" for n in range(n_files)]
    for path in files:
        open(path, "ab").close()
    measure("rx-tail", ["rx-tail", "--max-files", "10000", "d/*.log"], files)
    measure("tail -F", ["tail", "-q", "-n0", "-F", *files], files)
