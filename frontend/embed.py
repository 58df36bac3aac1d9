# SPDX-License-Identifier: Apache-2.0
"""Turns a file into a C header with its bytes: embed.py NAME INPUT OUTPUT."""
import sys

name, source, target = sys.argv[1:]
with open(source, "rb") as file:
    data = file.read()
lines = []
for line in data.splitlines(keepends=True):
    text = "".join(
        {"\\": "\\\\", '"': '\\"', "\n": "\\n"}.get(c, c if " " <= c <= "~" else "")
        for c in line.decode("ascii")
    )
    lines.append(f'    "{text}"')
with open(target, "w") as file:
    file.write(f"/* Made from {source.rsplit('/', 1)[-1]} by embed.py. */\n")
    file.write(f"static const char {name}[] =\n" + "\n".join(lines) + ";\n")
