# SPDX-License-Identifier: MIT
"""grow-rate: the pipe when none to all of the lines matter, beside a raw search."""
import os

from bench import QUICK, WORDS, compare, corpus, gb

for rate in (0, 0.1, 1) if QUICK else (0, 0.01, 0.1, 0.25, 0.5, 1):
    text = corpus((8 if QUICK else 64) << 20, "--rate", str(rate))
    compare([("rx-tail | rx-match", None, f"rx-tail --once {text} | rx-match -k"),
             ("rg -i", "rg", f"rg -i '\\b({WORDS})' {text}")],
            gb(text), "GB", x=rate)
    os.unlink(text)
