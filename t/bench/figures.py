# SPDX-License-Identifier: MIT
"""What one process costs that is no race: memory, and the durable queue.

Each function gives rows (what, figure, required) for run.py, and works in the
directory it is called in.  Memory is VmHWM, read while the process runs.
"""
import os
import subprocess
import time

MORE = 2048  # KiB that a process may still grow once it is under way


def status(pid, field, where="status"):
    try:
        with open(f"/proc/{pid}/{where}") as f:
            for line in f:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def watch(stages, stdin, out):
    """Runs a pipe of argument lists: [(name, early KiB, peak KiB)], seconds.

    early: when the first had read 32 MB, so that what grows with the input shows.
    """
    began, procs, before = time.monotonic(), [], stdin
    for n, argv in enumerate(stages):
        last = n == len(stages) - 1
        p = subprocess.Popen(argv, stdin=before,
                             stdout=out if last else subprocess.PIPE)
        if n > 0:
            before.close()
        before = p.stdout
        procs.append(p)
    early, peak, cpu = [0] * len(procs), [0] * len(procs), os.times()
    while any(p.poll() is None for p in procs):
        under_way = status(procs[0].pid, "rchar", "io") > 32 << 20
        for n, p in enumerate(procs):
            now = status(p.pid, "VmHWM") if p.returncode is None else 0
            peak[n] = max(peak[n], now)
            if not under_way or early[n] == 0:
                early[n] = max(early[n], now)
        time.sleep(0.01)
    after = os.times()
    for argv, p in zip(stages, procs):
        if p.returncode != 0:
            raise SystemExit(f"{argv}: status {p.returncode}")
    names = [" ".join(argv[:2 if argv[0] == "rx-spool" else 1])
             for argv in stages]
    return (list(zip(names, early, peak)), time.monotonic() - began,
            after[2] + after[3] - cpu[2] - cpu[3])


def memory(text):
    """rx-tail and rx-match in the pipe of the first comparison."""
    with open("/dev/null") as null, open("out", "wb") as out:
        stages, _, _ = watch([["rx-tail", "--once", text], ["rx-match", "-k"]],
                             null, out)
    return [(f"{name}, resident in the pipe", f"{peak / 1024:.1f} MiB",
             "< 8 MiB") for name, _, peak in stages]


def record(n):
    return b'{"n":%-7d,"log_line":"%s"}\n' % (n, b"x" * (300 - 28))


def queue(count):
    """count records of 300 bytes stored, synchronous=FULL, and drained."""
    rows = []
    with open("records", "wb") as f:
        for n in range(0, count, 1000):
            f.write(b"".join(record(i) for i in range(n, n + 1000)))
    with open("records", "rb") as records, open("out", "wb") as out:
        push, wall, cpu = watch(
            [["rx-spool", "push", "--unmarked", "--max-bytes", "20G", "q.db"]],
            records, out)
    with open("/dev/null") as null, open("out", "wb") as out:
        drain, slow, _ = watch(
            [["rx-spool", "emit", "--once", "q.db"], ["rx-ship", "file:gone"],
             ["rx-spool", "ack", "q.db"]], null, out)
    with open("gone", "rb") as gone:
        arrived = sum(chunk.count(b"\n")
                      for chunk in iter(lambda: gone.read(1 << 20), b""))
    rows.append((f"{count} records of 300 bytes stored",
                 f"{count / wall:.0f} a second", ">= 250000"))
    rows.append(("CPU to store one", f"{cpu / count * 1e6:.2f} us",
                 "<= 1.6 us"))
    rows.append(("drained to a file", f"{arrived} in {slow:.0f} s",
                 f"{count}"))
    for name, early, peak in push + drain:
        rows.append((f"{name}, resident early and at last",
                     f"{early / 1024:.1f}, {peak / 1024:.1f} MiB",
                     f"+ {MORE // 1024} MiB at most"))
    for name in ("records", "gone", "out", "q.db", "q.db-wal", "q.db-shm"):
        if os.path.exists(name):
            os.unlink(name)
    return rows


def trickle(seconds):
    """100 records a second into the spool: bytes written, all of them."""
    p = subprocess.Popen(["rx-spool", "push", "--unmarked", "w.db"],
                         stdin=subprocess.PIPE)
    first, began = 0, time.monotonic()
    for n in range(100 * seconds):
        p.stdin.write(record(n))
        p.stdin.flush()
        if n == 100:  # the schema is written
            first, began = status(p.pid, "wchar", "io"), time.monotonic()
        time.sleep(0.01)
    wrote, took = status(p.pid, "wchar", "io") - first, time.monotonic() - began
    p.stdin.close()
    if p.wait() != 0:
        raise SystemExit("rx-spool push failed")
    return [("written at 100 records/s, synchronous=FULL",
             f"{wrote / took / 1e6:.2f} MB/s", "<= 1.5 MB/s")]
