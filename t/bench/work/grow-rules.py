# SPDX-License-Identifier: MIT
"""grow-rules: one pass over a text for 1 to 10,000 rules of a word each."""
from bench import QUICK, compare, corpus, gb
from rulesets import write_patterns, write_rules

text = corpus((8 if QUICK else 64) << 20)
for n in [1, 10, 100, 1000] if QUICK else [1, 10, 100, 1000, 10000]:
    write_rules("rules.json", n)
    write_patterns("patterns", n)
    compare([("rx-match -f RULES", None, f"rx-match -q -f rules.json {text}"),
             ("rg -iwf", "rg", f"rg -iwf patterns {text}")],
            gb(text), "GB", x=n)
