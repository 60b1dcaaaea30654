# SPDX-License-Identifier: MIT
"""What the works told, as results/NAME.json, one table, and a plot of each curve.

usage: report.py DIR NAME WORK...

DIR has a file of JSON lines for each WORK (bench.py), WORK.load, the load when it
began, and where it failed WORK.failed.  The table is printed; without NAME nothing
else is written.  Figures are medians of the repetitions, the spread is from the
least to the most of CPU in percent of that.  With BENCH_GOALS=guards.tsv those of
its bounds are shown that are broken, and the status is 1 when one is.
"""
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from fractions import Fraction

import syslogs
from bench import QUICK, RUNS, TOP

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = """ripgrep ugrep grep coreutils jq miller rsyslog collectd-core
prometheus-node-exporter python3 python3-pika python3-psutil python3-websockets
rabbitmq-server amqp-tools nginx libsqlite3-0 libhyperscan5""".split()
UNITS = {"GB": ("s/GB", 1), "second": ("%", 100)}  # of CPU; else us for each
MORE = {"p50_ms": "p50 {:.2f} ms", "p99_ms": "p99 {:.2f} ms",
        "rate": "{:.0f}/s", "synced": "{:.0f} syncs",
        "written_mb_s": "{:.2f} MB/s written", "broker_cpu_s":
        "broker {:.1f} s CPU", "complete": "{:.0%} delivered",
        "processes": "{:.0f} processes", "tools_mib": "tools {:.1f} MiB",
        "kept": "{:.0f} kept", "instructions": "{:.3g} instructions"}


def goals():
    """(work, ours, theirs, figure, bound) of goals.tsv, or of guards.tsv"""
    with open(os.path.join(HERE, os.environ.get("BENCH_GOALS", "goals.tsv")),
              encoding="utf-8") as f:
        return [tuple(line.rstrip("\n").split("\t")) for line in f
                if line[0] != "#"]


class Program:
    """A program of a work: medians of its repetitions."""

    def __init__(self, rows):
        self.unit = rows[0].get("unit", "")
        self.missing = rows[0].get("missing")
        self.figures, self.spread, self.n = {}, 0, len(rows)
        for name in dict.fromkeys(n for r in rows for n in r):
            if name not in ("program", "unit", "missing"):
                self.figures[name] = statistics.median(
                    r[name] for r in rows if name in r)
        if "instructions" in self.figures:
            self.figures["instructions"] /= self.figures["amount"]
        each = [r["cpu_s"] / r["amount"] for r in rows if "cpu_s" in r]
        if each:
            scale = UNITS.get(self.unit, ("", 1e6))[1]
            self.figures["cpu"] = statistics.median(each) * scale
            if statistics.median(each) > 0:
                self.spread = (max(each) - min(each)) / statistics.median(each)

    def cpu(self):
        if "cpu" not in self.figures:
            return ""
        unit = UNITS.get(self.unit, (f"µs/{self.unit}",))[0]
        return f"{self.figures['cpu']:.3g} {unit}"

    def more(self):
        return ", ".join(text.format(self.figures[name])
                         for name, text in MORE.items()
                         if name in self.figures)


def read(directory, works):
    told = {}
    for work in works:
        by = {}
        with open(f"{directory}/{work}", encoding="utf-8") as f:
            for line in f:
                row = json.loads(line)
                by.setdefault((row["program"], row.get("x")), []).append(row)
        told[work] = by
    return told


def ratio(value):
    if value == 0:
        return "0"
    return f"1/{1 / value:.3g}" if value < 1 else f"{value:.3g}"


def judged(work, name, programs, bounds):
    """Ratio, goal and verdict of one program, from the goals that name it."""
    out = []
    for w, ours, theirs, figure, bound in bounds:
        if w != work or name != (ours if theirs == "-" else theirs):
            continue
        a = programs.get(ours)
        b = None if theirs == "-" else programs.get(theirs)
        if a is None or figure not in a.figures or (
                theirs != "-" and (b is None or not b.figures.get(figure))):
            if bound:
                out.append(("", f"{figure} {bound}", "not measured"))
            continue
        value = a.figures[figure] / (b.figures[figure] if b else 1)
        verdict = ""
        if bound:
            sign, limit = bound.split()
            met = (value <= Fraction(limit) if sign == "<="
                   else value >= Fraction(limit))
            verdict = "met" if met else "**missed**"
        out.append((f"{figure} {ratio(value) if b else f'{value:.3g}'}",
                    f"{figure} {bound}" if bound else "", verdict))
    return out


def rows_of(work, by, bounds):
    """Cells of each program of a work."""
    programs = {name: Program(rows) for (name, _), rows in by.items()}
    first = next((p for p in programs.values() if "cpu" in p.figures), None)
    for name, p in programs.items():
        told = judged(work, name, programs, bounds)
        if not told and first and p is not first and p.unit == first.unit \
                and p.figures.get("cpu"):
            told = [("cpu " + ratio(first.figures["cpu"] / p.figures["cpu"]),
                     "", "")]
        f = p.figures
        yield [work, name, p.missing or p.cpu(),
               f"{p.spread:.0%} of {p.n}" if p.n > 1 else "",
               f"{f['wall_s']:.2f}" if "wall_s" in f else "",
               f"{f['rss_mib']:.1f}" if "rss_mib" in f else "", p.more(),
               *("; ".join(part).strip("; ") for part in
                 (zip(*told) if told else ("", "", "")))]
    for w, ours, theirs, figure, bound in bounds:
        name = ours if theirs == "-" else theirs
        if w == work and bound and name not in programs:
            yield [work, name, "not run", "", "", "", "", "",
                   f"{figure} {bound}", "not measured"]


def curve_rows(work, by):
    """A line for each x, a column for each program."""
    names = list(dict.fromkeys(name for name, x in by if x is not None))
    xs = sorted({x for _, x in by if x is not None})
    yield [work.split("-")[1]] + [f"{n}: {what}" for n in names
                                  for what in ("CPU", "MiB")]
    for x in xs:
        cells = [f"{x:g}" if x < 1e5 else f"{x:.0e}"]
        for name in names:
            p = Program(by[name, x]) if (name, x) in by else None
            cells += [p.cpu(), f"{p.figures['rss_mib']:.1f}"] if p else ["", ""]
        yield cells


PLOT = """set terminal svg size 720,420 font "sans-serif,12" background "white"
set output "{out}"
set title "{title}"
set xlabel "{what}"
set ylabel "CPU, {unit}"
set y2label "resident, MiB"
{log}
set yrange [0:*]
set y2range [0:*]
set ytics nomirror
set y2tics
set key top left
set grid
plot {plots}
"""
TITLES = {"files": "files followed", "rules": "rules",
          "clients": "clients of one stream", "depth": "records in the queue",
          "length": "bytes of a line", "rate": "share of lines that matter"}


def plot(work, by, out):
    """An SVG by gnuplot; False where there is none."""
    what = work.split("-")[1]
    names = list(dict.fromkeys(name for name, x in by if x is not None))
    blocks, plots, unit = [], [], ""
    for i, name in enumerate(names):
        points = []
        for (n, x), rows in sorted(by.items(), key=lambda k: k[0][1] or 0):
            if n == name and x is not None:
                p = Program(rows)
                points.append(f"{x} {p.figures['cpu']} {p.figures['rss_mib']}")
                unit = UNITS.get(p.unit, (f"µs/{p.unit}",))[0]
        blocks.append(f"$d{i} << EOD\n" + "\n".join(points) + "\nEOD\n")
        plots.append(f'$d{i} using 1:2 with linespoints lw 2 lc {i + 1} pt 7 '
                     f'title "{name}"')
        plots.append(f'$d{i} using 1:3 axes x1y2 with lines dt 2 lc {i + 1} '
                     f'title "{name}, MiB"')
    script = "".join(blocks) + PLOT.format(
        out=out, title=f"Cost against {TITLES[what]}", what=TITLES[what],
        unit=unit, log="" if what == "rate" else "set logscale x",
        plots=", ".join(plots))
    try:
        subprocess.run(["gnuplot"], input=script, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as e:
        print(f"report.py: no plot of {work}: {e}", file=sys.stderr)
        return False
    return True


def first_line(path, pattern):
    with open(path, encoding="utf-8") as f:
        found = re.search(pattern, f.read(), re.M)
    return found[1] if found else "unknown"


def about(directory, works):
    """The machine and what ran on it; no name and no path of it."""
    commit = subprocess.run(["git", "-C", TOP, "describe", "--always",
                             "--dirty"], capture_output=True, text=True,
                            check=False).stdout.strip()
    asked = subprocess.run(["dpkg-query -W -f '${Package} ${Version}\n' " +
                            " ".join(PACKAGES)], shell=True, text=True,
                           capture_output=True, check=False).stdout.split("\n")
    versions = dict(line.split() for line in asked if " " in line)
    if syslogs.have_syslog_ng():
        versions["syslog-ng"] = syslogs.version_of_syslog_ng().split()[-1]
    loads = {}
    for work in works:
        with open(f"{directory}/{work}.load", encoding="ascii") as f:
            loads[work] = float(f.read())
    cpu = "/proc/cpuinfo"
    return {
        "commit": commit, "date": subprocess.run(
            ["date", "-u", "+%F"], capture_output=True, text=True,
            check=True).stdout.strip(),
        "cpu": f"{first_line(cpu, r'^model name.*: (.*)')}, family "
               f"{first_line(cpu, r'^cpu family.*: (.*)')} model "
               f"{first_line(cpu, r'^model.*: ([0-9]+)')}",
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") *
                            os.sysconf("SC_PAGE_SIZE") / 2 ** 30),
        "kernel": f"Linux {platform.release().split('-')[0]}",
        "repetitions": RUNS, "quick": QUICK, "load_at_start": loads,
        "versions": versions}


def head(info):
    loads = list(info["load_at_start"].values())
    busy = max(loads) > 2 * info["cores"]
    return [
        "# rx beside what a user would use instead", "",
        f"Made by `t/bench/run.sh`{' --quick' if info['quick'] else ''} on "
        f"{info['date']}, rx at {info['commit']}; {info['cpu']}, "
        f"{info['cores']} cores, {info['memory_gib']} GiB, {info['kernel']}; "
        f"load {min(loads)} to {max(loads)} when a work began" +
        (": **a busy machine, so wall time, rates and latencies say little**."
         if busy else ".") +
        (" **Small sizes**: starts weigh more than in a whole run, and few goals"
         " can be judged." if info["quick"] else "") +
        f" {info['repetitions']} repetitions: medians.", "",
        "CPU is user and system time of all processes of a program, for each GB "
        "(10^9 bytes), each record, or in percent of one core. The ratio is that "
        "of rx to the program of the line; without a peer it is the figure "
        "itself. What each work does is said on top of `t/bench/work/WORK.py`.",
        ""]


def markdown(rows):
    return ["| " + " | ".join(c.replace("|", "\\|") for c in row) + " |"
            for row in rows]


def guard(rows, verdicts, failed):
    """What make bench-check says; its status."""
    for work, program, *_, found, bound, verdict in rows:
        if "missed" in verdict or "not measured" in verdict:
            print(f"{work}: {program}: {found}, guard: {bound}: "
                  f"{verdict.replace('*', '')}")
    print(*failed, f"{verdicts.count('met')} guards hold, "
          f"{verdicts.count('**missed**')} broken, "
          f"{verdicts.count('not measured')} not measured", sep="\n")
    return bool(failed) or "**missed**" in verdicts or "met" not in verdicts


def main():
    directory, name, works = sys.argv[1], sys.argv[2], sys.argv[3:]
    told, info, bounds = read(directory, works), about(directory, works), goals()
    lines, failed, verdicts = head(info), [], []
    table = [["work", "program", "CPU", "spread", "wall s", "MiB", "more",
              "ratio", "goal", ""], ["---"] * 10]
    for work in works:
        if not work.startswith("grow-"):
            table += rows_of(work, told[work], bounds)
        if os.path.exists(f"{directory}/{work}.failed"):
            with open(f"{directory}/{work}.failed", encoding="utf-8") as f:
                failed.append(f"**{work} failed**: {f.read().strip()}")
    for row in table[2:]:
        verdicts += row[9].split("; ")
    if "BENCH_GOALS" in os.environ:
        return guard(table[2:], verdicts, failed)
    if len(table) > 2:
        lines += [f"{verdicts.count('met')} goals met, "
                  f"{verdicts.count('**missed**')} missed, "
                  f"{verdicts.count('not measured')} not measured.", ""]
        lines += failed + [""] * bool(failed) + markdown(table)
    else:
        lines += failed
    for work in works:
        if work.startswith("grow-") and told[work]:
            rows = list(curve_rows(work, told[work]))
            lines += ["", f"## {TITLES[work.split('-')[1]]} ({work})", "",
                      *markdown([rows[0], ["---"] * len(rows[0]), *rows[1:]])]
            svg = f"{name}-{work}.svg"
            if name and plot(work, told[work], f"{HERE}/results/{svg}"):
                lines += ["", f"![{work}]({svg})"]
    print("\n".join(lines))
    if name:
        with open(f"{HERE}/results/{name}.md", "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        flat = {w: [r for rows in by.values() for r in rows]
                for w, by in told.items()}
        with open(f"{HERE}/results/{name}.json", "w", encoding="utf-8") as f:
            json.dump({"about": info, "failed": failed, "works": flat}, f,
                      indent=1)
            f.write("\n")
    return bool(failed)


sys.exit(main())
