# SPDX-License-Identifier: Apache-2.0
"""Each header compiles alone, with the flags the program is compiled with.

    standalone_headers.py SOURCE_ROOT BUILD_ROOT
"""
import concurrent.futures
import json
import pathlib
import shlex
import subprocess
import sys

FOLDERS = ("common", "publisher", "router", "frontend")


def flags_of_program(build):
    """The command line of holdfast.c, less what names files."""
    entries = json.loads((build / "compile_commands.json").read_text())
    entry = next(each for each in entries if each["file"].endswith("holdfast.c"))
    words = shlex.split(entry["command"])
    kept, skip = [], False
    for word in words:
        if skip or word in ("-MD", "-c"):
            skip = False
        elif word in ("-o", "-MF", "-MQ"):
            skip = True
        elif not word.endswith("holdfast.c"):
            kept.append(word)
    return kept, entry["directory"]


def main(root, build):
    flags, folder = flags_of_program(build)

    def complaint(header):
        # A translation unit of macros alone would be empty.
        source = f'#include "{header.relative_to(root)}"\nstruct nothing;\n'
        result = subprocess.run([*flags, f"-I{root}", "-fsyntax-only", "-xc", "-"], input=source,
                                text=True, capture_output=True, cwd=folder, check=False)
        return result.stderr if result.returncode else ""

    headers = [header for name in FOLDERS for header in sorted((root / name).glob("*.h"))]
    with concurrent.futures.ThreadPoolExecutor() as several:
        complaints = [each for each in several.map(complaint, headers) if each]
    print("\n".join(complaints) or f"{len(headers)} headers stand alone")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(*(pathlib.Path(each).resolve() for each in sys.argv[1:3])))
