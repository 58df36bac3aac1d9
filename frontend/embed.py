# SPDX-License-Identifier: Apache-2.0
"""Turns a file into a C header with its bytes: embed.py NAME INPUT OUTPUT."""
import sys

name, source, target = sys.argv[1:]
with open(source, "rb") as file:
    data = file.read()
# Numbers, because a string literal may have 4095 characters at most.
lines = [", ".join(map(str, data[at:at + 20])) for at in range(0, len(data), 20)]
with open(target, "w") as file:
    file.write(f"/* Made from {source.rsplit('/', 1)[-1]} by embed.py. */\n")
    file.write(f"static const char {name}[] = {{\n    " + ",\n    ".join(lines) + "};\n")
