# SPDX-License-Identifier: Apache-2.0
"""Which folder may include which: the arrows of docs/style.md, checked."""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "common": {"common"},
    "publisher": {"common", "publisher"},
    "router": {"common", "publisher", "router"},
    "frontend": {"common", "frontend"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def faults_in(path, folder, root):
    for name in INCLUDE.findall(path.read_text()):
        target = name.partition("/")[0]
        if "/" not in name:
            yield f"{path.relative_to(root)}: say \"{folder}/{name}\", not \"{name}\""
        elif target not in MAY_INCLUDE[folder]:
            yield f"{path.relative_to(root)}: {folder}/ must not include {target}/"


def main(root):
    faults = [fault for folder in MAY_INCLUDE for path in sorted((root / folder).rglob("*.[ch]"))
              for fault in faults_in(path, folder, root)]
    print("\n".join(faults) or "the arrows hold")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
