#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""10,000 nodes at once: when they beat, come back after an outage, renew tokens.

usage: fleet.py [--bin DIR] [--nodes N] [--check] [--out NAME]

What the nodes wait for is worked out by t/fleet, which is linked with the
agent's own code: lib/backoff and the phase of rx-metrics.  All of them lose the
broker in the same millisecond, the worst there is.  Beside it: the same fleet if
nothing told its nodes apart.  The busiest second is held against the mean over
the time from the first to the last of them.
Writes t/bench/results/NAME.md and NAME.svg; with --check it writes nothing, and
the exit status is 1 if an outage of ten minutes has a peak over 3 times the mean.
"""
import argparse
import collections
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
HOUR = 3600000
SCENES = [  # what, ms, is told as
    ("beat", 30000, "heartbeats, every 30 s"),
    ("lost", 5000, "back after the broker was away for 5 s"),
    ("lost", 60000, "back after 1 minute"),
    ("lost", 600000, "back after 10 minutes"),
    ("lost", 3 * HOUR, "back after 3 hours"),
    ("token", 24 * HOUR, "renewals of tokens of a day, given at once"),
]


def seconds(fleet, nodes, what, ms, alike):
    """How many succeed in each second, from the first on; tries in the worst
    second before that."""
    out = subprocess.run([fleet, what, str(nodes), str(ms)] +
                         (["alike"] if alike else []),
                         check=True, capture_output=True, text=True).stdout
    vain, good = collections.Counter(), []
    for line in out.split("\n")[:-1]:
        word, at = line.split()
        if word == "try":
            vain[int(at) // 1000] += 1
        else:
            good.append(int(at))
    first = ms if what == "lost" else min(good)
    if what == "beat":
        first = 0
    bins = [0] * ((max(good) - first) // 1000 + 1)
    for at in good:
        bins[(at - first) // 1000] += 1
    late = max((n for s, n in vain.items() if s > 120), default=0)
    return bins, late


def ratio(bins):
    return max(bins) * len(bins) / sum(bins)


def svg(bins, alike, nodes):
    """Bars of the fleet as it is, a line for the mean, a mark for the other."""
    width, height, left, low = 640, 300, 60, 260
    top = max(bins) * 1.15
    step = (width - left - 20) / len(bins)
    y = lambda n: low - (low - 40) * n / top
    mean = sum(bins) / len(bins)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{left}" y="20">{nodes} nodes come back after 10 minutes: '
        'how many in each second</text>']
    for i, n in enumerate(bins):
        parts.append(f'<rect x="{left + i * step:.1f}" y="{y(n):.1f}" '
                     f'width="{step - 1:.1f}" height="{low - y(n):.1f}" '
                     'fill="#3b7dd8"/>')
    for n, name in ((mean, f"mean {mean:.0f}"), (3 * mean, "3 times that")):
        if n < top:
            parts.append(f'<path d="M{left} {y(n):.1f}H{width - 20}" '
                         'stroke="#c33" stroke-dasharray="4 3"/>'
                         f'<text x="{width - 22}" y="{y(n) - 4:.1f}" '
                         f'text-anchor="end" fill="#c33">{name}</text>')
    parts += [
        f'<path d="M{left} 40V{low}H{width - 20}" fill="none" stroke="#333"/>',
        f'<text x="{left - 6}" y="{y(max(bins)) + 4:.1f}" '
        f'text-anchor="end">{max(bins)}</text>',
        f'<text x="{left}" y="{low + 16}">0 s</text>',
        f'<text x="{width - 20}" y="{low + 16}" text-anchor="end">'
        f'{len(bins)} s after the broker is back</text>',
        f'<text x="{left}" y="{height - 6}" fill="#777">without jitter: '
        f'{max(alike)} in one second</text>', "</svg>"]
    return "\n".join(parts) + "\n"


args = argparse.ArgumentParser()
args.add_argument("--bin", default=os.path.join(HERE, "../../build"))
args.add_argument("--nodes", type=int, default=10000)
args.add_argument("--check", action="store_true")
args.add_argument("--out", default="fleet")
args = args.parse_args()
fleet = os.path.join(args.bin, "t/fleet")

if args.check:
    bins, _ = seconds(fleet, args.nodes, "lost", 600000, False)
    alike, _ = seconds(fleet, args.nodes, "lost", 600000, True)
    print(f"peak {max(bins)}/s, {ratio(bins):.2f} times the mean; "
          f"without jitter {max(alike)}/s")
    sys.exit(ratio(bins) > 3 or sum(bins) != args.nodes or
             max(alike) != args.nodes)

rows = []
for what, ms, name in SCENES:
    bins, late = seconds(fleet, args.nodes, what, ms, False)
    alike, _ = seconds(fleet, args.nodes, what, ms, True)
    rows.append(f"| {name} | {max(bins)}/s | {sum(bins) / len(bins):.0f}/s "
                f"over {len(bins)} s | {ratio(bins):.1f} | "
                f"{late or '-'} | {max(alike)}/s |")
    if (what, ms) == ("lost", 600000):
        with open(os.path.join(HERE, "results", args.out + ".svg"), "w",
                  encoding="utf-8") as f:
            f.write(svg(bins, alike, args.nodes))
with open(os.path.join(HERE, "results", args.out + ".md"), "w",
          encoding="utf-8") as f:
    f.write(f"""# {args.nodes} nodes at once

`t/bench/fleet.py`: the waits of lib/backoff (1 s to 60 s, 10 % either way) and
the phases of rx-metrics, in a fleet that loses its broker in one millisecond.

| what | busiest second | mean | peak / mean | tries in vain, worst second after 2 minutes | without jitter |
| --- | --- | --- | --- | --- | --- |
""" + "\n".join(rows) + """

![how they come back after ten minutes](fleet.svg)

An outage of ten minutes is spread as the aim wants it: at most 3 times the mean.
A short one is not: in the first minute there were too few waits to drift apart,
and R-192 bounds jitter to 10 %.  A broker that takes fewer connections in a second
turns the rest away, and those come back with the next, longer wait.  Tokens are
renewed up to a fifth of the margin earlier, which differs from node to node.
""")
print("\n".join(rows))
