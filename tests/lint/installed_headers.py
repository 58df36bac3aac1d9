# SPDX-License-Identifier: Apache-2.0
"""What an installed header includes is installed too.

    installed_headers.py BUILD_ROOT
"""
import json
import pathlib
import re
import sys

INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def main(build):
    installed = json.loads((build / "meson-info/intro-installed.json").read_text())
    headers = {"/".join(pathlib.Path(to).parts[-2:]): pathlib.Path(here)
               for here, to in installed.items() if to.endswith(".h")}
    faults = [f"{name} includes \"{other}\", which is not installed"
              for name, path in headers.items() for other in INCLUDE.findall(path.read_text())
              if other not in headers]
    if "publisher/sender.h" not in headers:
        faults.append("publisher/sender.h is not installed")
    print("\n".join(faults) or f"{len(headers)} headers stand alone")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
