# SPDX-License-Identifier: MIT
"""instructions: what programs execute for a small input, counted by valgrind.

The same counts however loaded the machine is: what make bench-check holds against each other, so that a gain is not lost unseen (guards.tsv).  Start and
end of a program are in them, those of a run without input are taken off.
"""
import glob
import os
import re
import shutil
import subprocess
import sys

from bench import (WORDS, corpus, gb, missing, part, records, tell,
                   write_records)
from rulesets import write_patterns, write_rules

KEYS = WORDS.replace("|", ",")


def count(shell):
    """Instructions of all processes of a shell line."""
    done = subprocess.run(
        ["valgrind", "--tool=cachegrind", "--cache-sim=no",
         "--cachegrind-out-file=/dev/null", "--trace-children=yes",
         "--log-file=counted.%p", "sh", "-c", shell],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"status {done.returncode}: {shell}: {done.stderr.decode()}")
    total = 0
    for name in glob.glob("counted.*"):
        with open(name, encoding="utf-8") as f:
            total += sum(int(n.replace(",", "")) for n in
                         re.findall(r"I +refs: +([0-9,]+)", f.read()))
        os.unlink(name)
    for name in glob.glob("q.db*") + glob.glob("gone*"):
        os.unlink(name)
    return total


def compare(what, amount, unit, path, programs):
    """programs: (name, tool or None, shell with {} for the path)"""
    for name, tool, shell in programs:
        if tool and not shutil.which(tool):
            missing(f"{what}: {name}", f"{tool} is not installed")
            continue
        tell(f"{what}: {name}", amount, unit,
             instructions=count(shell.replace("{}", path)))


def main():
    text = part(corpus(8 << 20), 1 << 20)
    ndjson, fewer = records(text), records(part(text, 1 << 16))
    rg = f"exec rg -i '\\b({WORDS})' {{}}"
    compare("pipe", gb(text), "GB", text, [
        ("rx", None, "rx-tail --once {} | rx-match -k"), ("rg", "rg", rg)])
    compare("words", gb(text), "GB", text, [
        ("rx", None, f"exec rx-match -k{KEYS} --format raw {{}}"),
        ("rg", "rg", f"exec rg -iw '({WORDS})' {{}}")])
    write_rules("rules.json", 1000)
    write_patterns("patterns", 1000)
    compare("rules", gb(text), "GB", text, [
        ("rx", None, "exec rx-match -qf rules.json {}"),
        ("rg", "rg", "exec rg -iwf patterns {}")])
    compare("ndjson", gb(ndjson), "GB", ndjson, [
        ("rx", None, f"exec rx-match -k{KEYS} <{{}}"), ("rg", "rg", rg)])
    compare("json", gb(fewer), "GB", fewer, [
        ("rx", None, f"exec rx-match -k{KEYS} <{{}}"),
        ("jq", "jq", f"exec jq -c 'select(.log_line|test(\"({WORDS})\";\"i\"))' {{}}")])
    write_records("records", 20000)
    write_records("fewer", 1000)
    with open("rows", "wb") as out, open("fewer", "rb") as f:
        out.write(b"pragma journal_mode = wal; create table q(r text);\n")
        out.writelines(b"insert into q values ('%s');\n" % line.strip()
                       for line in f)
    compare("store", 20000, "record", "records", [
        ("rx", None, "exec rx-spool push --unmarked q.db <{}")])
    compare("store", 1000, "record", "rows", [
        ("sqlite3", "sqlite3", "exec sqlite3 q.db <{}")])
    compare("deliver", 20000, "record", "records", [
        ("rx", None, "exec rx-ship -q file:gone <{}")])
    compare("deliver", 1000, "record", "fewer", [
        ("jq", "jq", "exec jq -c . {}")])


if shutil.which("valgrind"):
    main()
else:
    missing("rx", "valgrind is not installed")
