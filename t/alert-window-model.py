# SPDX-License-Identifier: MIT
# A plain model of the windows of rx-alert(1), written from its man page: each
# key keeps all its times in a list and counts by looking at all of them.
#   make N SEED LATENESS | judge WINDOW LATENESS COOLDOWN THRESHOLD [NAME=N ...]
import collections
import json
import math
import random
import sys

T0 = 1767607200 * 1000                  # in milliseconds, as all times here


def stamp(ms):
    import time
    return (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) +
            ".%03dZ" % (ms % 1000))


def milliseconds(text):
    import calendar
    import time
    whole = calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    return whole * 1000 + int(text[20:23])


def make(n, seed, lateness):
    rnd = random.Random(seed)
    now = T0
    for _ in range(n):
        now += rnd.choice([0, 0, 0, 1, 5, 20, 60, 300])
        if rnd.random() < 0.001:        # nobody is there
            now += rnd.choice([3000, 9000, 70000])
        t = now
        dice = rnd.random()
        if dice < 0.25:                 # out of order, up to the last moment
            t -= rnd.choice([1, 7, lateness // 2, lateness - 1, lateness])
        elif dice < 0.27:               # too late
            t -= lateness + rnd.choice([1, 2, 500, 40000])
        elif dice < 0.272:              # a clock that is ahead
            t += rnd.choice([2000, 3600000])
        # Some have a clock of their own.
        user = min(int(rnd.expovariate(0.25)), 30)
        if user % 7 == 3:
            t -= 1800000
        print(json.dumps({
            "timestamp": stamp(t), "id": rnd.randrange(10 ** 9),
            "user_id": rnd.choice(["u%d" % user, "u%d" % user, user]),
            "signal_type": rnd.choice(["a", "b\u00e9\t", "c"])}))


class Key:
    def __init__(self):
        self.times, self.aside = [], None
        self.fired, self.critical = None, False


def judge(window, lateness, cooldown, threshold, table):
    keys = collections.defaultdict(Key)
    for line in sys.stdin:
        r = json.loads(line)
        t = milliseconds(r["timestamp"])
        kind = r["signal_type"]
        k = keys[(str(type(r["user_id"])), r["user_id"], kind)]
        limit = table.get(kind, threshold)
        newest = max(k.times, default=t)
        if t < newest - lateness:
            if k.aside is None or t < k.aside:
                k.aside = t
                continue
            if k.fired is not None:
                k.fired -= newest - t
            k.times = []
        k.aside = None
        k.times.append(t)
        # The model may forget what no window can reach: only to be quick.
        if len(k.times) > 4000:
            k.times = sorted(k.times)[-3000:]
        count = max(sum(1 for x in k.times if e - window < x <= e)
                    for e in set(k.times) if t <= e < t + window)
        if count <= limit:
            continue
        critical = count >= math.ceil(1.5 * limit)
        cool = k.fired is None or t - k.fired >= cooldown
        if not cool and (k.critical or not critical):
            continue
        k.fired = t if cool else max(k.fired, t)
        k.critical = critical
        print(r["timestamp"], r["user_id"], kind, count, limit,
              "critical" if critical else "warn")


if sys.argv[1] == "make":
    make(*map(int, sys.argv[2:5]))
else:
    judge(*map(int, sys.argv[2:6]),
          {a.split("=")[0]: int(a.split("=")[1]) for a in sys.argv[6:]})
