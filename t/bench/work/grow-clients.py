# SPDX-License-Identifier: MIT
"""grow-clients: a record delivered to each of 1 to 2,000 WebSocket clients."""
import streams
from bench import QUICK, module

streams.raise_limit()
peer = module("websockets", "websockets")
for n in [1, 10, 100] if QUICK else [1, 10, 100, 500, 1000, 2000]:
    streams.rx("rx-serve", n, 100, 1 if QUICK else 4, x=n)
    if peer:
        streams.websockets("websockets", n, 100, 1, x=n)
