# SPDX-License-Identifier: MIT
# What must hold of tickets whatever the values are, seen from outside alone.
#   make SEED | check RULES IN OUT
# Regular samples, so that record time is all the time there is.
import collections
import datetime
import json
import random
import sys

T0 = datetime.datetime(2026, 1, 5, 10, 0, 0)


def make(seed):
    rnd = random.Random(seed)
    for host in range(300):
        value, step = 50.0, rnd.choice([1, 5, 30])
        for i in range(rnd.randrange(50, 400)):
            dice = rnd.random()
            if dice < 0.03:
                value = rnd.choice([0, 60, 70, 79.9, 80, 90, 95])
            elif dice < 0.3:
                value += rnd.gauss(0, 4)
            if i > 45 and host % 3 == 0:
                value = 1               # stays below to the end
            t = T0 + datetime.timedelta(seconds=i * step)
            value = round(value, 3)
            print(json.dumps({"timestamp": t.isoformat() + "Z",
                              "node_id": "h%d" % host, "v": value}))


def seconds(text):
    return (datetime.datetime.fromisoformat(text[:-1]) - T0).total_seconds()


def check(rules, given, told):
    rules = {r["name"]: r for r in json.load(open(rules))["rules"]}
    values, events = collections.defaultdict(list), collections.defaultdict(list)
    for line in open(given):
        r = json.loads(line)
        values[r["node_id"]].append((seconds(r["timestamp"]), r["v"]))
    for line in open(told):
        r = json.loads(line)
        events[r["node_id"], r["alert_type"]].append(
            (seconds(r["timestamp"]), r["status"], r["metric_value"]))
    seen = collections.Counter()
    for (node, name), list_ in events.items():
        rule, series = rules[name], values[node]
        opened, last = False, None
        for t, status, value in list_:
            assert (t, value) in series, (node, name, t)
            if status == "resolved":
                assert opened and value < rule["resolve"], (node, name, t)
                opened = False
                seen["resolved"] += 1
                continue
            # Never two tickets within a cooldown.
            assert last is None or t - last >= rule["cooldown"], (node, t)
            # Never a ticket before the duration: it was beyond all along.
            if not opened:
                back = [v for s, v in series if t - rule["duration"] <= s <= t]
                assert min(back) >= rule["threshold"], (node, name, t)
                assert series[0][0] <= t - rule["duration"], (node, name, t)
            assert value >= rule["threshold"], (node, name, t)
            opened, last = True, t
            seen["open"] += 1
        # Always a resolve when it stays below.
        if opened:
            assert series[-1][1] >= rule["resolve"], (node, name)
            seen["left open"] += 1
    assert seen["open"] > 300 and seen["resolved"] > 200, seen
    assert seen["left open"] > 10, seen


if sys.argv[1] == "make":
    make(int(sys.argv[2]))
else:
    check(*sys.argv[2:5])
