# SPDX-License-Identifier: MIT
"""rx-match beside greps and record filters: the comparisons of run.py.

Peers get the pattern that rx-match has: the built-in keywords as --list tells
them.  Counting many words shows what one more word costs.
"""
import json
import re
import shlex
import subprocess

JQ_BYTES = 20000000  # enough for one that is slower by a hundred


def builtin():
    """The pattern of -k, in PCRE2."""
    words, endings = [], []
    for line in subprocess.run(["rx-match", "--list"], capture_output=True,
                               text=True, check=True).stdout.splitlines():
        row = re.match(r"  (critical|failure|error) +(.*)", line)
        if not row and words and line.startswith("severity"):
            break
        for word in row[2].split(", ") if row else []:
            (endings if word[0] == "…" else words).append(word.lstrip("…"))
    return (rf"(?:(?<!\w)(?<!non[- ])(?:{'|'.join(words)})(?!-(?:safe|over))|"
            rf"(?<=[A-Za-z0-9])(?-i:{'|'.join(endings)})s?)(?!\w)")


def some_words(n):
    """n words, seven of them those of the documents."""
    words = ["emerg", "alert", "critical", "error", "fail", "panic", "fatal"]
    return words + [f"word{i:04d}" for i in range(n - len(words))]


def many(text, n):
    """n words: counted."""
    name = f"words{n}"
    with open(name, "w") as out:
        out.write("\n".join(some_words(n)) + "\n")
    return (f"rx-match -c, {n} words", None, f"rx-match -c -k@{name} {text}")


def many_rules(text, n):
    """n rules of a word each: what they keep, counted."""
    name = f"rules{n}.json"
    with open(name, "w") as out:
        json.dump({"rules": [{"name": word, "when": {"words": [word]}}
                             for word in some_words(n)]}, out)
    return (f"rx-match -c, {n} rules", None, f"rx-match -c -f {name} {text}")


def jobs(text, ndjson):
    """(what is compared, the file that counts, [(name, peer or None, shell)])"""
    keys = shlex.quote(builtin())
    words = "emerg|alert|critical|error|fail|panic|fatal"
    return [
        (f"{text}, built-in keywords", text, [
            ("rx-match -k --format raw", None,
             f"rx-match -k --format raw {text}"),
            ("rx-match -k, to records", None, f"rx-match -k {text}"),
            ("rg -Pi", "rg", f"rg -Pi {keys} {text}"),
            ("grep -Pi", "grep", f"grep -Pi {keys} {text}"),
            ("ugrep -Pi", "ugrep", f"ugrep -Pi {keys} {text}")]),
        (f"{text}, more words", text,
         [many(text, 7), many(text, 40), many(text, 1000)]),
        (f"{text}, more rules", text,
         [many_rules(text, 7), many_rules(text, 40), many_rules(text, 1000)]),
        (f"NDJSON of {text}, filters", ndjson, [
            ("rx-match -k=seven words", None,
             f"rx-match -k{words.replace('|', ',')} <{ndjson}"),
            ("jq select(test())", "jq",
             f"head -c {JQ_BYTES} {ndjson} | head -n -1 | jq -c "
             f"'select(.log_line | test(\"\\\\b({words})\\\\b\"; \"i\"))'"),
            ("mlr filter", "mlr",
             f"head -c {JQ_BYTES} {ndjson} | head -n -1 | mlr --ojsonl --ijsonl"
             f" filter '$log_line =~ \"\\b({words})\\b\"i'")]),
    ]
