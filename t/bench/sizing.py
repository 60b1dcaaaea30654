#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a host's pipeline costs at the three sizes of the operations guide.

usage: sizing.py [--bin DIR] [--seconds N] [--out NAME]

For each size a generator appends lines of 160 bytes to FILES files, RATE lines a
second in all, one in ten of them an error, while
    rx-tail --resume | rx-match -k | rx-spool push    rx-spool emit | rx-ship | rx-spool ack
deliver to a file.  CPU seconds and the most memory of each process come from its
/proc entry: other load on the machine moves them little.
Writes t/bench/results/NAME.md; a minute.
"""
import argparse
import glob
import os
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [("conservative", 20, 500), ("realistic", 50, 1500),
         ("aggressive", 100, 3000)]
TICK = 0.1
CLK = os.sysconf("SC_CLK_TCK")


def cost(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        words = f.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        status = dict(l.split(":", 1) for l in f if ":" in l)
    return ((int(words[11]) + int(words[12])) / CLK,
            int(status["VmHWM"].split()[0]) / 1024)


def pipe(env, *commands):
    procs, source = [], subprocess.DEVNULL
    for c in commands:
        p = subprocess.Popen(c, stdin=source, stdout=subprocess.PIPE, env=env)
        if source is not subprocess.DEVNULL:
            source.close()
        source = p.stdout
        procs.append(p)
    return procs


def measure(bindir, files, rate, seconds):
    with tempfile.TemporaryDirectory() as d:
        env = dict(os.environ, PATH=bindir + ":" + os.environ["PATH"],
                   RX_STATE_DIR=d)
        logs = [open(f"{d}/{i}.log", "wb", buffering=0) for i in range(files)]
        with open(f"{d}/claim", "wb") as claim:
            subprocess.run(["rx-spool", "claim", f"{d}/q.db", "main"],
                           check=True, env=env, stdout=claim)
        procs = pipe(env, ["rx-tail", "--resume", f"{d}/claim", f"{d}/*.log"],
                     ["rx-match", "-k"], ["rx-spool", "push", f"{d}/q.db"])
        procs += pipe(env, ["rx-spool", "emit", f"{d}/q.db"],
                      ["rx-ship", "-q", f"file:{d}/out.ndjson"],
                      ["rx-spool", "ack", f"{d}/q.db"])
        time.sleep(1)
        before = [cost(p.pid)[0] for p in procs]
        begin, sent, errors = time.monotonic(), 0, 0
        while time.monotonic() - begin < seconds:
            due = int((time.monotonic() - begin) * rate)
            per = {}
            for n in range(sent, due):
                level = "ERROR" if n % 10 == 0 else "INFO"
                errors += n % 10 == 0
                line = f"2026-01-05T10:00:00Z {level} worker[{n}]: "
                per.setdefault(n * 7 % files, []).append(
                    (line + "request done in some time " * 5)[:159] + "\n")
            for i, lines in per.items():
                logs[i].write("".join(lines).encode())
            sent = due
            time.sleep(TICK)
        wall = time.monotonic() - begin
        out = f"{d}/out.ndjson"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            got = open(out, "rb").read().count(b"\n") \
                if os.path.exists(out) else 0
            if got >= errors:
                break
            time.sleep(0.2)
        costs = [cost(p.pid) for p in procs]
        disk = sum(os.path.getsize(f) for f in glob.glob(f"{d}/q.db*"))
        for p in procs[::-1]:
            p.terminate()
        for p in procs:
            p.wait()
        cpu = sum(c[0] - b for c, b in zip(costs, before)) / wall * 100
        return sent / wall, cpu, sum(c[1] for c in costs), got, errors, disk


args = argparse.ArgumentParser()
args.add_argument("--bin", default=os.path.join(HERE, "../../build"))
args.add_argument("--seconds", type=float, default=15)
args.add_argument("--out", default="sizing")
args = args.parse_args()
rows = []
for name, files, rate in SIZES:
    lines, cpu, mib, got, errors, disk = measure(
        os.path.abspath(args.bin), files, rate, args.seconds)
    rows.append(f"| {name} | {files} | {lines:.0f} | {cpu:.1f} % | {mib:.0f} "
                f"MiB | {got} of {errors} | {disk / 1e6:.1f} MB |")
    print(rows[-1], flush=True)
with open(os.path.join(HERE, "results", args.out + ".md"), "w",
          encoding="utf-8") as f:
    f.write("# A host's pipeline, six processes\n\n`t/bench/sizing.py`, "
            f"{args.seconds:.0f} s each, load {os.getloadavg()[0]:.1f}.  CPU "
            "is of one core, memory the sum of each\nprocess's most, shared "
            "pages counted in each.\n\n| preset | files | lines/s | CPU | "
            "memory | delivered | queue |\n| --- | --- | --- | --- | --- | "
            "--- | --- |\n" + "\n".join(rows) + "\n")
