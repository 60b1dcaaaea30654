#!/usr/bin/env python3
"""rx beside what a user would use instead, in one run.

usage: run.py [--bin DIR] [--size BYTES] [--runs N] [--out NAME]

CPU seconds (user and system, all processes of a pipe) first, then wall seconds,
as medians of N runs after one that is not counted.  Everybody writes to a file: grep and ugrep stop at the first match
when they see /dev/null.  Peers that are not installed are left out, and said.
Writes t/bench/results/NAME.json and .md.
"""
import argparse
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

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS = "emerg|alert|critical|error|fail|panic|fatal"


def jobs(text, ndjson):
    """(what is compared, [(name, the peer's command or None for rx, shell)])"""
    return [
        ("files to matching lines: whole pipe beside raw search", [
            ("rx-tail --once to rx-match", None,
             f"rx-tail --once {text} | rx-match -k"),
            ("rg -i", "rg", f"rg -i '\\b({WORDS})' {text}"),
            ("grep -Pi", "grep", f"grep -Pi '\\b({WORDS})' {text}"),
            ("ugrep -Pi", "ugrep", f"ugrep -Pi '\\b({WORDS})' {text}")]),
        ("plain text, seven words", [
            ("rx-match -kWORDS --format raw", None,
             f"rx-match -k{WORDS.replace('|', ',')} --format raw {text}"),
            ("rg -iw", "rg", f"rg -iw '({WORDS})' {text}"),
            ("grep -Pi", "grep", f"grep -Pi '\\b({WORDS})\\b' {text}"),
            ("ugrep -Pi", "ugrep", f"ugrep -Pi '\\b({WORDS})\\b' {text}")]),
        ("NDJSON", [
            ("rx-match -k", None, f"rx-match -k <{ndjson}"),
            ("rg -i", "rg", f"rg -i '\\b({WORDS})' {ndjson}"),
            ("jq select(test())", "jq",
             f"head -c 20000000 {ndjson} | head -n -1 | "
             f"jq -c 'select(.log_line | test(\"\\\\b({WORDS})\"; \"i\"))'")]),
        ("durable queue, synchronous=FULL", [
            ("rx-spool push", None,
             f"rm -f q.db*; rx-spool push --unmarked --max-bytes 20G q.db"
             f" <{ndjson}")]),
    ]


def measure(shell, runs):
    cpu, wall = [], []
    for n in range(runs + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        with open("out", "wb") as out:
            code = subprocess.run(["sh", "-c", shell], stdout=out,
                                  stderr=subprocess.PIPE).returncode
        took = time.monotonic() - began
        if code not in (0, 1):
            sys.exit(f"run.py: status {code}: {shell}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if n > 0:
            cpu.append(after.ru_utime + after.ru_stime - before.ru_utime -
                       before.ru_stime)
            wall.append(took)
    return (statistics.median(cpu), max(cpu) - min(cpu),
            statistics.median(wall))


def version(tool):
    done = subprocess.run([tool, "--version"], capture_output=True, text=True)
    return (done.stdout or done.stderr).split("\n")[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=os.path.join(HERE, "../../build"))
    parser.add_argument("--size", type=int, default=256 << 20)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", default="latest")
    args = parser.parse_args()
    os.environ["PATH"] = os.path.abspath(args.bin) + ":" + os.environ["PATH"]
    os.environ.update(TZ="UTC", LC_ALL="C.UTF-8", RX_NODE_ID="bench")
    commit = subprocess.run(["git", "-C", HERE, "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True).stdout.strip()
    work = tempfile.mkdtemp(prefix="rx-bench.")
    os.chdir(work)
    with open("text", "wb") as out:
        subprocess.run([sys.executable, os.path.join(HERE, "corpus.py"),
                        str(args.size)], stdout=out, check=True)
    with open("ndjson", "wb") as out:
        subprocess.run(["rx-tail", "--once", "text"], stdout=out, check=True)
    with open("/proc/loadavg") as load:
        load = load.read().split()[0]
    result = {"machine": f"{platform.machine()}, {os.cpu_count()} processors,"
                         f" Linux {platform.release()}", "load": load,
              "commit": commit, "runs": args.runs, "rows": []}
    lines = [f"rx at {commit}; {result['machine']}; load {load} at the start;"
             f" medians of {args.runs} runs, output to a file.", "",
             "| work | program | CPU-s/GB of input | spread | wall s | beside rx |",
             "|---|---|---|---|---|---|"]
    for what, rows in jobs("text", "ndjson"):
        own = None
        for name, peer, shell in rows:
            if peer and not shutil.which(peer):
                print(f"run.py: {peer} is not installed: left out",
                      file=sys.stderr)
                continue
            cpu, spread, wall = measure(shell, args.runs)
            bytes_in = 20000000 if "head -c" in shell else os.path.getsize(
                "ndjson" if "ndjson" in shell else "text")
            per = cpu / bytes_in * 1e9
            own = per if peer is None else own
            row = {"work": what, "program": name, "cpu_s_per_gb": round(per, 2),
                   "spread_s": round(spread, 2), "wall_s": round(wall, 2),
                   "version": version(peer) if peer else commit}
            result["rows"].append(row)
            lines.append(f"| {what} | {name} | {per:.2f} | {spread:.2f} |"
                         f" {wall:.2f} | {per / own:.1f} |")
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
