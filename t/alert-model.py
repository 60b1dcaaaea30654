# SPDX-License-Identifier: MIT
# A plain model of rx-alert(1), written from its man page: dictionaries, floats
# and lists, no cleverness.   make N SEED RULES | judge RULES
import datetime
import json
import random
import sys

T0 = datetime.datetime(2026, 1, 5, 10, 0, 0)

RULES = {"rules": [
    {"name": "top", "metric": "V", "value": "/v", "operator": ">=",
     "threshold": 90, "resolve": 80, "duration": 20, "cooldown": 100,
     "priority": "critical"},
    {"name": "mid", "metric": "V", "value": "/v", "operator": ">",
     "threshold": 70, "duration": 40, "cooldown": 60, "priority": "high",
     "silenced_by": "top"},
    {"name": "now", "metric": "W", "value": "/w", "operator": "<=",
     "threshold": 5, "resolve": 7, "duration": 0, "cooldown": 30,
     "priority": "low"}]}


def stamp(s):
    return (T0 + datetime.timedelta(seconds=s)).strftime("%Y-%m-%dT%H:%M:%SZ")


def make(n, seed, rules):
    json.dump(RULES, open(rules, "w"))
    rnd = random.Random(seed)
    for script in range(n):
        t, up = rnd.randrange(1000), rnd.randrange(500)
        uptime = rnd.random() < 0.6
        v, w = rnd.choice([50, 75, 92]), 50
        for _ in range(rnd.randrange(20, 80)):
            step = rnd.choice([0, 1, 5, 5, 5, 5, 5, 5, 5, 10, 15, 16, 40])
            t, up = t + step, up + step
            dice = rnd.random()
            if dice < 0.02:             # the clock is set
                t += rnd.choice([-300, -20, 86400])
            elif dice < 0.03:           # the host is started again
                up = rnd.randrange(20)
            if rnd.random() < 0.15:
                v = rnd.choice([10, 69, 70, 71, 79, 80, 81, 89, 90, 95])
            if rnd.random() < 0.2:
                w = rnd.choice([4, 5, 6, 7, 8, 50])
            r = {"timestamp": stamp(t), "node_id": "s%d" % script}
            if rnd.random() < 0.01:     # one straggler
                r["timestamp"] = stamp(t - 7)
            if uptime:
                r["uptime_seconds"] = up
            for name, value in (("v", v), ("w", w)):
                dice = rnd.random()
                if dice > 0.05:
                    r[name] = value
                elif dice < 0.02:
                    r[name] = rnd.choice([None, "90", [90], {}])
            print(json.dumps(r))


def seconds(text):
    d = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return int((d - T0).total_seconds())


def beyond(value, op, limit):
    return {">": value > limit, ">=": value >= limit,
            "<": value < limit, "<=": value <= limit}[op]


class Node:
    now = None


def advance(node, t, up):
    """False: not looked at.  Else (gap, the longest wait that is none)."""
    if node.now is None:
        node.now, node.t, node.up, node.wait, node.older = t, t, up, 0, None
        return False, 3
    longest = 3 * max(node.wait, 1)
    gap = False
    both = up is not None and node.up is not None
    if both and up >= node.up:
        passed = up - node.up
    else:
        passed = t - node.t
        if passed < 0:
            if node.older is None or t < node.older:
                node.older = t
                return None
            node.t, node.up, node.older = t, up, None
            return True, longest
        gap = both
    if node.wait and passed > longest:
        gap = True
    if passed:
        node.wait = passed
    node.now += passed
    node.t, node.up, node.older = t, up, None
    return gap, max(longest, 3 * max(node.wait, 1))


def judge(rules):
    rules = json.load(open(rules))["rules"]
    nodes, watches = {}, {}
    for line in sys.stdin:
        r = json.loads(line)
        t = seconds(r["timestamp"])
        node = nodes.setdefault(r["node_id"], Node())
        result = advance(node, t, r.get("uptime_seconds"))
        if result is None:
            continue
        for rule in rules:
            value = r.get(rule["value"][1:])
            if type(value) not in (int, float):
                continue
            key = (r["node_id"], rule["name"])
            w = watches.setdefault(key, {"state": "calm", "fired": None,
                                         "seen": None, "due": False})
            gap, longest = result
            if w["seen"] is not None and node.now - w["seen"] > longest:
                gap = True
            loud = watches.get((r["node_id"], rule.get("silenced_by")))
            silenced = (loud is not None and
                        (loud["state"] == "firing" or loud["due"]) and
                        node.now - loud["seen"] <= longest)
            w["seen"] = node.now
            limit, op = rule["threshold"], rule["operator"]
            cool = (w["fired"] is None or
                    node.now - w["fired"] >= rule["cooldown"])
            event = None
            if w["state"] == "firing":
                if not beyond(value, op, rule.get("resolve", limit)):
                    w["state"], w["due"], event = "calm", False, "resolved"
                elif beyond(value, op, limit) and cool and not silenced:
                    w["fired"], event = node.now, "open"
            elif not beyond(value, op, limit):
                w["state"], w["due"] = "calm", False
            else:
                if w["state"] == "calm":
                    w["state"], w["since"] = "pending", node.now
                    w["first"] = t
                elif gap and not w["due"]:
                    w["since"] = node.now
                if node.now - w["since"] >= rule["duration"]:
                    w["due"] = True
                if w["due"] and cool and not silenced:
                    w["state"], w["fired"], event = "firing", node.now, "open"
            if event:
                print(r["node_id"], rule["name"], event, r["timestamp"],
                      stamp(w["first"])[:-1] + ".000Z")


if sys.argv[1] == "make":
    make(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
else:
    judge(sys.argv[2])
