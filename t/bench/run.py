#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rx beside what a user would use instead, in one run.

usage: run.py [--bin DIR] [--size BYTES] [--logs DIR] [--records N] [--runs N]
              [--only WORD,...] [--out NAME]

CPU seconds (user and system, all processes of a pipe) first, then wall seconds,
as medians of N rounds after one that is not counted; a round runs each program
of a comparison once.  Everybody writes to a file: grep and ugrep stop at the
first match when they see /dev/null.  Peers that are not installed are left out,
and said.

Two texts: SIZE bytes of corpus.py, and twice as many of the logs in DIR
(default: data/logs of ../shared, beside the repository), one after the other,
again and again.  Then memory, N records (default: 3,000,000) through the spool,
and 100 records a second for a while.  With --only, just the comparisons whose
name has one of these words, and what is called memory, queue or trickle.
Writes t/bench/results/NAME.json and .md.
"""
import argparse
import glob
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import figures
import match_jobs

HERE = os.path.dirname(os.path.abspath(__file__))
JQ_BYTES = match_jobs.JQ_BYTES
WORDS = "emerg|alert|critical|error|fail|panic|fatal"


NO_JIT = ("python3 -c 'import ctypes, os; "
          "assert ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0; "
          "os.execvp(\"rx-match\", [\"rx-match\", \"-k\"])'")


def jobs(text, ndjson):
    """(what is compared, the file that counts, [(name, peer or None, shell)])"""
    return [
        (f"{text} to matching lines: whole pipe beside raw search", text, [
            ("rx-tail --once to rx-match -k", None,
             f"rx-tail --once {text} | rx-match -k"),
            ("rg -i", "rg", f"rg -i '\\b({WORDS})' {text}"),
            ("grep -Pi", "grep", f"grep -Pi '\\b({WORDS})' {text}"),
            ("ugrep -Pi", "ugrep", f"ugrep -Pi '\\b({WORDS})' {text}")]),
        (f"{text} to records, to /dev/null", text, [
            ("rx-tail --once", None, f"rx-tail --once {text} >/dev/null"),
            ("cat", "cat", f"cat {text} | cat >/dev/null"),
            ("wc -l", "wc", f"wc -l {text}")]),
        (f"{text}, seven words", text, [
            ("rx-match -kWORDS --format raw", None,
             f"rx-match -k{WORDS.replace('|', ',')} --format raw {text}"),
            ("rg -iw", "rg", f"rg -iw '({WORDS})' {text}"),
            ("grep -Pi", "grep", f"grep -Pi '\\b({WORDS})\\b' {text}"),
            ("ugrep -Pi", "ugrep", f"ugrep -Pi '\\b({WORDS})\\b' {text}")]),
        (f"NDJSON of {text}", ndjson, [
            ("rx-match -k", None, f"rx-match -k <{ndjson}"),
            ("rx-match -k, PR_SET_MDWE", "python3", f"{NO_JIT} <{ndjson}"),
            ("rg -i", "rg", f"rg -i '\\b({WORDS})' {ndjson}"),
            ("jq select(test())", "jq",
             f"head -c {JQ_BYTES} {ndjson} | head -n -1 | "
             f"jq -c 'select(.log_line | test(\"\\\\b({WORDS})\"; \"i\"))'")]),
    ]


def spend(shell):
    """CPU and wall seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    with open("out", "wb") as out:
        code = subprocess.run(["sh", "-c", shell], stdout=out,
                              stderr=subprocess.PIPE).returncode
    took = time.monotonic() - began
    if code not in (0, 1):
        sys.exit(f"run.py: status {code}: {shell}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime -
            before.ru_stime, took)


def compare(rows, runs):
    """[(name, peer, shell)] to [(name, peer, shell, CPU, spread, wall)]"""
    taken = [[] for _ in rows]
    for n in range(runs + 1):
        for times, (_, _, shell) in zip(taken, rows):
            spent = spend(shell)
            if n > 0:
                times.append(spent)
    return [row + (statistics.median(c for c, _ in times),
                   max(c for c, _ in times) - min(c for c, _ in times),
                   statistics.median(w for _, w in times))
            for row, times in zip(rows, taken)]


def repeat(folder, size):
    """The real logs one after the other, again and again."""
    names = sorted(glob.glob(os.path.join(folder, "*.log")))
    whole = b""
    for name in names:
        with open(name, "rb") as f:
            whole += f.read()
    with open("logs", "wb") as out:
        while whole and out.tell() < size:
            out.write(whole)


def version(tool):
    done = subprocess.run([tool, "--version"], capture_output=True, text=True)
    return (done.stdout or done.stderr).split("\n")[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=os.path.join(HERE, "../../build"))
    parser.add_argument("--size", type=int, default=256 << 20)
    parser.add_argument("--logs",
                        default=os.path.join(HERE, "../../../shared/data/logs"))
    parser.add_argument("--records", type=int, default=3000000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", default="latest")
    args = parser.parse_args()
    args.logs = os.path.abspath(args.logs)
    os.environ["PATH"] = os.path.abspath(args.bin) + ":" + os.environ["PATH"]
    os.environ.update(TZ="UTC", LC_ALL="C.UTF-8", RX_NODE_ID="bench")
    commit = subprocess.run(["git", "-C", HERE, "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True).stdout.strip()
    work = tempfile.mkdtemp(prefix="rx-bench.")
    os.chdir(work)
    texts = ["lines"]
    with open("lines", "wb") as out:
        subprocess.run([sys.executable, os.path.join(HERE, "corpus.py"),
                        str(args.size)], stdout=out, check=True)
    if os.path.isdir(args.logs):
        texts.insert(0, "logs")
        repeat(args.logs, 2 * args.size)
    else:
        print(f"run.py: no {args.logs}: left out", file=sys.stderr)
    with open("/proc/loadavg") as load:
        load = load.read().split()[0]
    result = {"machine": f"{platform.machine()}, {os.cpu_count()} processors,"
                         f" Linux {platform.release()}", "load": load,
              "commit": commit, "runs": args.runs, "rows": [], "figures": []}
    lines = [f"rx at {commit}; {result['machine']}; load {load} at the start;"
             f" medians of {args.runs} runs.", "",
             "| work | program | CPU-s/GB of input | spread | wall s | beside rx |",
             "|---|---|---|---|---|---|"]
    for text in texts:
        with open(text + ".ndjson", "wb") as out:
            subprocess.run(["rx-tail", "--once", text], stdout=out, check=True)
        for what, counts, rows in (jobs(text, text + ".ndjson") +
                                   match_jobs.jobs(text, text + ".ndjson")):
            if args.only and not any(w in what
                                     for w in args.only.split(",")):
                continue
            for name, peer, _ in rows:
                if peer and not shutil.which(peer):
                    print(f"run.py: {peer} is not installed: left out",
                          file=sys.stderr)
            rows = [r for r in rows if not r[1] or shutil.which(r[1])]
            own = None
            for name, peer, shell, cpu, spread, wall in compare(rows,
                                                                args.runs):
                size = os.path.getsize(counts)
                if "head -c" in shell:
                    size = min(size, JQ_BYTES)
                per = cpu / size * 1e9
                own = per if own is None else own
                result["rows"].append({
                    "work": what, "program": name,
                    "cpu_s_per_gb": round(per, 2),
                    "spread_s": round(spread, 2), "wall_s": round(wall, 2),
                    "version": version(peer) if peer else commit})
                lines.append(f"| {what} | {name} | {per:.2f} | {spread:.2f} |"
                             f" {wall:.2f} | {per / own:.1f} |")
                print(lines[-1], flush=True)
        os.unlink(text + ".ndjson")
    measures = [("memory", lambda: figures.memory(texts[0])),
                ("queue", lambda: figures.queue(args.records)),
                ("trickle", lambda: figures.trickle(20))]
    if args.only:
        measures = [m for m in measures if m[0] in args.only.split(",")]
    if measures:
        lines += ["", "| figure | measured | required |", "|---|---|---|"]
    for _, measure in measures:
        for what, value, required in measure():
            result["figures"].append({"figure": what, "measured": value,
                                      "required": required})
            lines.append(f"| {what} | {value} | {required} |")
            print(lines[-1], flush=True)
    shutil.rmtree(work)
    os.makedirs(os.path.join(HERE, "results"), exist_ok=True)
    base = os.path.join(HERE, "results", args.out)
    with open(base + ".json", "w") as out:
        json.dump(result, out, indent=1)
        out.write("\n")
    with open(base + ".md", "w") as out:
        out.write("\n".join(lines) + "\n")


main()
