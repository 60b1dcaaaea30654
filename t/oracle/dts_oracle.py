#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether JSON is of a type that a TypeScript declaration file declares.

usage: dts_oracle.py FILE.d.ts TYPE <lines

Reads the part of the language that declarations of records are made of:
interfaces, type aliases, unions, arrays, Record<string, T>, literals and index
signatures.  A member that no interface names is an error, as it is to a compiler
that sees an object literal.  Prints what does not fit and exits 1; 0 when all
lines do, and there is one.
"""
import json
import re
import sys

TOKEN = re.compile(r'"[^"]*"|[A-Za-z_]\w*|\[\]|[^\s]')


class Reader:
    def __init__(self, text):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        self.tokens = TOKEN.findall(text)
        self.types = {}
        while self.tokens:
            self.take("export")
            if self.tokens[0] == "type":
                self.take("type")
                name = self.tokens.pop(0)
                self.take("=")
                self.types[name] = self.union()
                self.take(";")
            else:
                self.take("interface")
                name = self.tokens.pop(0)
                self.types[name] = self.interface()

    def take(self, token):
        got = self.tokens.pop(0)
        if got != token:
            sys.exit(f"{token} expected, and there is {got}")

    def interface(self):
        members, index = {}, None
        self.take("{")
        while self.tokens[0] != "}":
            if self.tokens[0] == "[":
                while self.tokens.pop(0) != "]":
                    pass
                self.take(":")
                index = self.union()
            else:
                name = self.tokens.pop(0)
                optional = self.tokens[0] == "?"
                if optional:
                    self.take("?")
                self.take(":")
                members[name] = (optional, self.union())
            self.take(";")
        self.take("}")
        return ("interface", members, index)

    def union(self):
        parts = [self.item()]
        while self.tokens[0] == "|":
            self.take("|")
            parts.append(self.item())
        return ("union", parts)

    def item(self):
        token = self.tokens.pop(0)
        if token == "(":
            item = self.union()
            self.take(")")
        elif token == "Record":
            self.take("<")
            self.take("string")
            self.take(",")
            item = ("interface", {}, self.union())
            self.take(">")
        else:
            item = ("name", token)
        while self.tokens[0] == "[]":
            self.take("[]")
            item = ("array", item)
        return item

    def fits(self, kind, v):
        if kind[0] == "union":
            return any(self.fits(part, v) for part in kind[1])
        if kind[0] == "array":
            return isinstance(v, list) and all(self.fits(kind[1], x) for x in v)
        if kind[0] == "interface":
            return isinstance(v, dict) and self.members_fit(kind, v)
        name = kind[1]
        if name in self.types:
            return self.fits(self.types[name], v)
        if name == "number":
            return isinstance(v, (int, float)) and not isinstance(v, bool)
        if name == "string":
            return isinstance(v, str)
        if name.startswith('"'):
            return v == name[1:-1]
        return {"null": v is None, "true": v is True, "false": v is False}[name]

    def members_fit(self, kind, v):
        _, members, index = kind
        for name, (optional, of) in members.items():
            if name not in v and not optional:
                return False
            if name in v and not self.fits(of, v[name]):
                return False
        return all(name in members or index and self.fits(index, x)
                   for name, x in v.items())


def main():
    with open(sys.argv[1]) as f:
        reader = Reader(f.read())
    lines = sys.stdin.read().splitlines()
    wrong = [line for line in lines
             if not reader.fits(("name", sys.argv[2]), json.loads(line))]
    for line in wrong:
        print(f"no {sys.argv[2]}: {line[:300]}")
    return 1 if wrong or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
