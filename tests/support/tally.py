# SPDX-License-Identifier: Apache-2.0
"""Sums what meson, pytest and cmocka counted into one line: "N passed, N failed".

    tally.py RECORD...

A record is meson's testlog.json, or a file of lines "passed NAME" and
"failed NAME"; one that is not there counts as a failure. A test program counts with the tests inside it; one that failed
without naming a test (a crash, a timeout) counts as one. Exit status 1 where
anything failed or nothing ran.
"""
import json
import os
import re
import sys

INSIDE = {
    "passed": re.compile(r"^(?:.*?\b)?(\d+) passed\b.* in [\d.]+s|\[  PASSED  \] (\d+) test", re.M),
    "failed": re.compile(r"^(?:.*?\b)?(\d+) failed\b.* in [\d.]+s|\[  FAILED  \] (\d+) test", re.M),
    "broken": re.compile(r"(\d+) errors?\b.* in [\d.]+s", re.M),
}


def count_inside(output):
    return {kind: sum(int(next(filter(None, found.groups())))
                      for found in pattern.finditer(output))
            for kind, pattern in INSIDE.items()}


def count_program(entry):
    """Returns: passed, failed."""
    inside = count_inside(entry.get("stdout", "") + entry.get("stderr", ""))
    passed, failed = inside["passed"], inside["failed"] + inside["broken"]
    is_fine = entry["result"] in ("OK", "EXPECTEDFAIL")
    if is_fine:
        return max(passed, 1), failed
    return passed, max(failed, 1)


def count_record(path):
    if not os.path.exists(path):
        return 0, 1
    passed = failed = 0
    with open(path, encoding="utf-8") as record:
        for line in record:
            if line.startswith("{"):
                more = count_program(json.loads(line))
            else:
                more = (line.startswith("passed "), line.startswith("failed "))
            passed, failed = passed + more[0], failed + more[1]
    return passed, failed


def main(paths):
    passed, failed = (sum(each) for each in zip(*map(count_record, paths)))
    print(f"{passed} passed, {failed} failed")
    return bool(failed) or not passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
