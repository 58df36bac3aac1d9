# SPDX-License-Identifier: Apache-2.0
"""Habits that a script can check (docs/style.md): one function per habit, each yields faults."""
import pathlib
import re
import sys

FOLDERS = ("common", "publisher", "router", "frontend", "tests")
LICENCE = "SPDX-License-Identifier: Apache-2.0"
MOST_LINES = 400
MAY_SLEEP = {"tests/support/waiting.py"}
SLEEP = re.compile(r"\b(?:time\.sleep|usleep|nanosleep|clock_nanosleep|sleep) ?\(")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
NAMED_FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:c|h|def|py|md|sh|build|yaml))`")


def sources(root, *endings):
    found = [root / "holdfast.c"] if ".c" in endings else []
    for folder in FOLDERS:
        found += sorted(path for path in (root / folder).rglob("*")
                        if path.suffix in endings and path.is_file())
    return [(path, path.relative_to(root).as_posix(), path.read_text()) for path in found]


def every_file_names_its_licence_first(root):
    for _, name, text in sources(root, ".c", ".h", ".py"):
        if text and not any(LICENCE in line for line in text.splitlines()[:2]):
            yield f"{name}: it does not begin with the SPDX line"


def every_header_says_its_thread(root):
    for _, name, text in sources(root, ".h"):
        if not name.startswith("tests/") and "Thread:" not in text:
            yield f"{name}: no \"Thread:\" line"


def nothing_is_unfinished(root):
    for _, name, text in sources(root, ".c", ".h", ".py", ".def", ".build"):
        for number, line in enumerate(text.splitlines(), 1):
            if UNFINISHED.search(line):
                yield f"{name}:{number}: unfinished work; finish it or open an issue"


def no_file_is_long(root):
    for _, name, text in sources(root, ".c", ".h", ".py"):
        count = text.count("\n")
        if count > MOST_LINES:
            yield f"{name}: {count} lines; is there a second noun inside?"


def tests_do_not_sleep(root):
    for _, name, text in sources(root, ".c", ".h", ".py"):
        if not name.startswith("tests/") or name in MAY_SLEEP:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if SLEEP.search(line):
                yield f"{name}:{number}: a sleep; wait for the event (tests/support/waiting.py)"


def documents_name_only_files_that_exist(root):
    path = root / "docs" / "architecture.md"
    if not path.exists():
        return
    for name in sorted(set(NAMED_FILE.findall(path.read_text()))):
        places = [root / name, *(root / folder / name for folder in (*FOLDERS, "docs"))]
        if not any(place.exists() for place in places):
            yield f"docs/architecture.md: names `{name}`, which does not exist"


def lock_files_name_no_registry(root):
    for path in sorted((root / "tests" / "clients").glob("package-lock.json")):
        if '"resolved"' in path.read_text():
            yield f"{path.relative_to(root)}: \"resolved\" names a registry; the integrity is enough"


def main(root):
    habits = (every_file_names_its_licence_first, every_header_says_its_thread,
              nothing_is_unfinished, no_file_is_long, tests_do_not_sleep,
              documents_name_only_files_that_exist,
              lock_files_name_no_registry)
    faults = [fault for habit in habits for fault in habit(root)]
    print("\n".join(faults) or "the house is tidy")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
