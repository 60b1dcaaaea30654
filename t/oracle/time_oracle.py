#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What time it is, according to somebody else: checks lib/rtime.

  time_oracle.py rows DRIVER FILE           a table of lines and their times
  time_oracle.py rfc3339 DRIVER SEED N      in and out, against datetime
  time_oracle.py zones DRIVER SEED N        local times, against zoneinfo
  time_oracle.py memo DRIVER SEED N FILE... a warm scanner says what a cold one
                                            says, whatever the lines are
  time_oracle.py logs DRIVER DIR            real logs and their truth tables
  time_oracle.py syslog DRIVER DIR          published syslog vectors

DRIVER is the program of t/unit.
"""
import csv
import glob
import os
import random
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

NOW = "2026-11-22T08:00:00Z"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
LAST_S = 9214646399  # the end of 2261


def run(argv, text):
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogateescape")
    p = subprocess.run(argv, input=text, capture_output=True)
    if p.returncode != 0 or p.stderr:
        sys.exit("%s: %d %s" % (argv, p.returncode, p.stderr.decode()[:2000]))
    return p.stdout.decode().split("\n")[:-1]


def report(what, n, wrong):
    for w in wrong[:10]:
        print(*w, sep="\t")
    print("%d %s, %d wrong" % (n, what, len(wrong)))
    return bool(wrong) or n == 0


def cold(driver, rows):
    return run([driver, "rows"], "".join("\t".join(r) + "\n" for r in rows))


def rows(driver, path):
    with open(path) as f:
        table = [line.rstrip("\n").split("\t", 3) for line in f
                 if not line.startswith("#")]
    got = cold(driver, [(now, zone, line) for now, zone, _, line in table])
    return report("lines", len(table), [
        (line, have, "expected " + want)
        for (_, _, want, line), have in zip(table, got)
        if have.split("\t")[0] != want])


def utc(ns, digits):
    t = EPOCH + timedelta(seconds=ns // 10**9)
    text = t.strftime("%Y-%m-%dT%H:%M:%S")
    if digits:
        text += "." + ("%09d" % (ns % 10**9))[:digits]
    return text + "Z"


def rfc3339(driver, seed, n):
    rnd = random.Random(seed)
    wrong = []
    values = [rnd.randrange(LAST_S * 10**9) for _ in range(n)]
    values += [0, 1, 951782400 * 10**9, LAST_S * 10**9 + 999999999]
    for digits in (0, 3, 6, 9):
        got = run([driver, "render", str(digits)],
                  "".join("%d\n" % v for v in values))
        wrong += [(v, g) for v, g in zip(values, got) if g != utc(v, digits)]
    texts, want = [], []
    for v in values:
        digits = rnd.randrange(10)
        minutes = rnd.randrange(-23 * 60 - 59, 23 * 60 + 60)
        t = v + minutes * 60 * 10**9
        if t < 0 or t // 10**9 > LAST_S or rnd.random() < 0.3:
            minutes, t = 0, v
        zone = "%s%02d:%02d" % ("-" if minutes < 0 else "+",
                                abs(minutes) // 60, abs(minutes) % 60)
        if minutes == 0:
            zone = rnd.choice(["Z", "z", "+00:00", "-00:00"])
        texts.append(utc(t, digits)[:-1] + zone)
        want.append("%d %d" % (v // 10**(9 - digits) * 10**(9 - digits),
                               digits))
    bad = ["2026-11-22", "2026-11-22T07:45:41", "2026-11-22T07:45Z",
           "2026-11-22 07:45:41Z", "2026-11-22T07:45:41.Z",
           "2026-11-22T07:45:41,5Z", "2026-11-22T7:45:41Z",
           "2026-11-22T07:45:41+0100", "2026-11-22T07:45:41+01",
           "2026-11-22T07:45:41+24:00", "2026-11-22T07:45:41+01:60",
           "2026-02-29T07:45:41Z", "2100-02-29T07:45:41Z",
           "2026-00-22T07:45:41Z", "2026-11-00T07:45:41Z",
           "2026-11-31T07:45:41Z", "2026-11-22T24:00:00Z",
           "2026-11-22T07:60:00Z", "2026-11-22T07:45:61Z",
           "2026-11-22T07:45:41Z ", " 2026-11-22T07:45:41Z", "",
           "1969-12-31T23:59:59Z", "2262-01-01T00:00:00Z",
           "+2026-11-22T07:45:41Z", "20261122T074541Z"]
    got = run([driver, "parse"], "".join(t + "\n" for t in texts + bad))
    wrong += [(t, g, w) for t, g, w in
              zip(texts + bad, got, want + ["-"] * len(bad)) if g != w]
    return report("times", len(values) * 5 + len(bad), wrong)


ZONES = ["Europe/Berlin", "America/New_York", "America/St_Johns",
         "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu",
         "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "UTC"]


def local_to_utc(naive, zone):
    """The first of two, None where there is none."""
    t = naive.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)
    return t if t.astimezone(zone).replace(tzinfo=None) == naive else None


def zones(driver, seed, n):
    rnd = random.Random(seed)
    wrong = []
    for name in ZONES:
        zone = ZoneInfo(name)
        times = [datetime(1972, 2, 1) + timedelta(
            seconds=rnd.randrange(100 * 365 * 86400)) for _ in range(n)]
        # and in small steps through every change of some years
        t = datetime(2005 + rnd.randrange(15), 1, 1)
        for _ in range(366 * 24 * 2):
            t += timedelta(minutes=rnd.choice([15, 30, 30, 45]))
            times.append(t)
        got = run([driver, "scan", NOW, name], "".join(
            t.strftime("%Y-%m-%d %H:%M:%S up\n") for t in times))
        for t, g in zip(times, got):
            want = local_to_utc(t, zone)
            want = want.strftime("%Y-%m-%dT%H:%M:%SZ") if want else "-"
            if g.split("\t")[0] != want:
                wrong.append((name, t, g, want))
    return report("local times", len(ZONES) * (n + 366 * 48), wrong)


def memo(driver, seed, n, *paths):
    rnd, n = random.Random(int(seed)), int(n)
    base = []
    for path in paths:
        with open(path, "rb") as f:
            base += [re.split(rb"\t", line.rstrip(b"\r\n"), 3)[-1]
                     for line in f if not line.startswith(b"#")]
    lines, line = [], b""
    for _ in range(n):
        kind = rnd.randrange(12)
        if kind < 3:
            line = rnd.choice(base)
        elif kind == 3 and line:
            line = line[:rnd.randrange(len(line) + 1)]
        elif kind == 4:
            at = rnd.randrange(min(len(line), 40) + 1)
            line = line[:at] + bytes([rnd.choice(
                b"0123456789:., -+TZ/[]{}\"=AaMm\x00\xff")]) + line[at + 1:]
        elif kind == 5:
            at = rnd.randrange(min(len(line), 40) + 1)
            line = line[:at] + rnd.choice([b" ", b"9", b" 2025", b" PM",
                                           b" UTC", b"+01:00"]) + line[at:]
        elif kind >= 8:  # the next line of the same program
            for _ in range(rnd.randrange(1, 8)):
                digits = [m.start() for m in re.finditer(rb"\d", line[:60])]
                at = rnd.choice(digits or [0])
                line = line[:at] + b"%d" % rnd.randrange(10) + line[at + 1:]
        elif kind == 6:
            line += rnd.choice([b" 2025 x", b"1", b" AM", b"Z", b" x"])
        line = line.replace(b"\n", b"").replace(b"\t", b" ")
        lines.append(line)
    clock, nows = instant(NOW), []
    for _ in lines:  # it goes on, leaps and is set back
        clock += timedelta(seconds=rnd.choice([0, 0, 0, 0, 1, 700, -5]) if
                           rnd.random() < .99 else rnd.randrange(-9**7, 9**7))
        nows.append(clock.strftime("%Y-%m-%dT%H:%M:%SZ\t").encode())
    warm = run([driver, "clock"], b"".join(
        now + x + b"\n" for now, x in zip(nows, lines)))
    fresh = run([driver, "rows"], b"".join(
        now + b"\t" + x + b"\n" for now, x in zip(nows, lines)))
    found = sum(w != "-" for w in warm)
    print("%d with a time" % found)
    return report("lines", len(lines), [
        x for x in zip(lines, warm, fresh) if x[1] != x[2]])


def instant(text):
    t = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text).replace(
        "Z", "+00:00"))
    return t if t.tzinfo else t.replace(tzinfo=timezone.utc)


def same(got, want):
    if want in ("REJECT", "NOW", ""):
        return got == "-"
    if want == "ANY":
        return True
    if got == "-":
        return False
    if want.startswith("XXXX"):  # the year is not in the text
        want = got[:4] + want[4:]
    return abs(instant(got) - instant(want)) < timedelta(milliseconds=1.1)


def table(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        return list(csv.DictReader(f, delimiter="\t",
                                   quoting=csv.QUOTE_NONE))


def logs(driver, folder):
    wrong, n = [], 0
    for path in sorted(glob.glob(os.path.join(folder, "*.log"))):
        with open(path, "rb") as f:
            raw = f.read()
        got = run([driver, "scan", NOW], raw)
        lines = raw.split(b"\n")
        for row in table(path[:-3] + "truth.tsv"):
            at = int(row["line"]) - 1
            when, *where = got[at].split("\t")
            n += 1
            if row["epoch"]:  # the line itself says when, in any zone
                ok = when != "-" and instant(when) == EPOCH + timedelta(
                    seconds=int(row["epoch"]))
            else:
                ok = same(when, row["ts"])
                if ok:
                    start, size = map(int, where)
                    text = lines[at][start:start + size].decode()
                    ok = text == row["ts_raw"]
            if not ok:
                wrong.append((os.path.basename(path), at + 1, got[at],
                              row["ts"]))
    return report("lines", n, wrong)


def unescape(text):
    return re.sub(r"\\(x[0-9a-fA-F]{2}|.)", lambda m: {
        "t": " ", "n": " ", "r": " ", "\\": "\\"}.get(m[1]) or
        chr(int(m[1][1:], 16)), text)


def syslog(driver, folder):
    stamps = table(os.path.join(folder, "timestamps.tsv"))
    messages = table(os.path.join(folder, "messages.tsv"))
    given = [(r["now"], r["tz"], unescape(r["input"]), r["expect"])
             for r in stamps]
    given += [(r["now"] or NOW, "UTC", unescape(r["input"]), r["ts"])
              for r in messages]
    got = cold(driver, [g[:3] for g in given])
    return report("lines", len(given), [
        (line, have, want) for (_, _, line, want), have in zip(given, got)
        if not any(same(have.split("\t")[0], w) for w in want.split("|"))])


def main():
    verb, driver, *rest = sys.argv[1:]
    rest = [int(a) if a.isdigit() else a for a in rest]
    if {"rows": rows, "rfc3339": rfc3339, "zones": zones, "memo": memo,
            "logs": logs, "syslog": syslog}[verb](driver, *rest):
        sys.exit(1)


main()
