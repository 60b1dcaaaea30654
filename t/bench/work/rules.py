# SPDX-License-Identifier: MIT
"""rules: a thousand rules at once, the lines that any of them keeps.

rx-match names the rule for each line; the greps get the same words as a thousand
patterns of a file, whole words in any case, and tell that one matched.
"""
from bench import QUICK, compare, corpus, gb, part
from rulesets import write_patterns, write_rules

COUNT = 1000
text = corpus((16 if QUICK else 256) << 20)
few = part(text, (4 if QUICK else 32) << 20)
write_rules("rules.json", COUNT)
write_patterns("patterns", COUNT)
compare([
    ("rx-match -f RULES", None, f"rx-match -f rules.json {text}"),
    ("rx-match -kWORDS", None, f"rx-match -k@patterns --format raw {text}"),
    ("rg -iwf", "rg", f"rg -iwf patterns {text}"),
    ("ugrep -iwf", "ugrep", f"ugrep -iwf patterns {few}", gb(few)),
    ("grep -Pi", "grep",
     f"grep -Pi \"\\b($(paste -sd'|' patterns))\\b\" {few}", gb(few)),
], gb(text), "GB")
