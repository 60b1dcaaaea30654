# SPDX-License-Identifier: MIT
"""fanout: records of 120 bytes to 500 WebSocket clients, 100 and 2,000 a second.

rx-serve beside broadcast() of Python websockets, which gets fewer at the higher rate:
it is behind by far, and its cost for each record does not change.  Once more, with
100 clients beside the others that read nothing.
"""
import streams
from bench import QUICK, RUNS, module

CLIENTS = 100 if QUICK else 500
SECONDS = 1 if QUICK else 5

streams.raise_limit()
peer = module("websockets, 100/s", "websockets")
for _ in range(min(RUNS, 3)):
    streams.rx("rx-serve, 100/s", CLIENTS, 100, SECONDS)
    if peer:
        streams.websockets("websockets, 100/s", CLIENTS, 100, SECONDS)
    streams.rx("rx-serve, 2000/s", CLIENTS, 2000, SECONDS)
    if peer:
        streams.websockets("websockets, 2000/s", CLIENTS, 2000, 0.2 if QUICK else 0.5)
streams.rx("rx-serve, 100/s, 100 stalled", CLIENTS, 100, SECONDS, stalled=100)
