# SPDX-License-Identifier: MIT
"""pipe: a log file to records to the records that matter.

rx-tail | rx-match beside the raw search of greps, which read a record's text and
nothing else, and beside rsyslog and syslog-ng, which do the same as rx: follow a
file from its beginning, keep what has one of seven words, write JSON.
"""
import os

import syslogs
from bench import (QUICK, RUNS, WORDS, compare, corpus, gb, lines_in, missing,
                   part, real, spend, tell, wait)

RSYSLOG = """
module(load="imfile")
template(name="record" type="list" option.jsonf="on") {{
  property(outname="timestamp" name="timereported" dateFormat="rfc3339"
    format="jsonf")
  property(outname="log_line" name="rawmsg" format="jsonf")
}}
input(type="imfile" file="{file}" tag="t" freshStartTail="off")
if re_match_i($rawmsg, "(^|[^a-z0-9_])({words})") then
  action(type="omfile" file="{d}/gone" template="record")
"""
SYSLOG_NG = syslogs.WORDS_NG + """
source s {{ file("{file}" flags(no-parse)); }};
destination d {{ file("{d}/gone"
  template("$(format-json timestamp=$ISODATE log_line=$MESSAGE)\\n")); }};
log {{ source(s); filter(f); destination(d); flags(flow-control); }};
"""


def greps(text, suffix):
    pattern = f"'\\b({WORDS})'"
    compare([
        ("rx-tail | rx-match" + suffix, None,
         f"rx-tail --once {text} | rx-match -k"),
        ("rg -i" + suffix, "rg", f"rg -i {pattern} {text}"),
        ("grep -Pi" + suffix, "grep", f"grep -Pi {pattern} {text}"),
        ("ugrep -Pi" + suffix, "ugrep", f"ugrep -Pi {pattern} {text}"),
    ], gb(text), "GB")


def daemon(name, start, text):
    """Until all that is expected has come, which a grep tells."""
    spend(f"grep -Pic '\\b({WORDS})' {text}", stdout="count")
    with open("count", encoding="ascii") as f:
        wanted = int(f.read())
    for _ in range(RUNS):
        p = start()
        wait(lambda: lines_in("gone") >= wanted, 120, 0.1)
        tell(name, gb(text), "GB", *p.end(stop=True), kept=lines_in("gone"))
        for left in set(os.listdir(".")) - {"out", "count"}:
            os.unlink(left)


text = corpus((16 if QUICK else 256) << 20)
greps(text, "")
logs = real((16 if QUICK else 256) << 20)
if logs:
    greps(logs, ", real logs")
few = part(text, (2 if QUICK else 16) << 20)
if syslogs.have_rsyslog():
    daemon("rsyslog",
           lambda: syslogs.rsyslog(RSYSLOG, file=few, words=WORDS), few)
else:
    missing("rsyslog", "not installed")
if syslogs.have_syslog_ng():
    daemon("syslog-ng",
           lambda: syslogs.syslog_ng(SYSLOG_NG, file=few, words=WORDS), few)
else:
    missing("syslog-ng", "not installed")
