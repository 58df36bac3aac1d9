# SPDX-License-Identifier: Apache-2.0
"""Takes the program out of docs/publishing.md, so that it is compiled as it stands there.

    example.py docs/publishing.md OUTPUT
"""
import pathlib
import re
import sys

source, output = map(pathlib.Path, sys.argv[1:])
(program,) = re.findall(r"^```c\n(.*?)^```$", source.read_text(), re.M | re.S)
output.write_text(program)
