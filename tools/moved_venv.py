#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Let an environment that was copied or moved with its checkout run this checkout's code, without a network.

usage: moved_venv.py .venv

An environment knows where it was made: its scripts call that Python, and the editable install points to that checkout,
so a copy would silently run the original's code. pyvenv.cfg says where that was; everything else is rewritten, it last.
"""

import re
import shutil
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

CREATED = re.compile(r"^command = .* -m venv (?:--\S+ )*(.+)$", re.MULTILINE)
LONGEST_SHEBANG = 120


def made_in(venv: Path) -> Path | None:
    """Where the environment was made; None if its pyvenv.cfg does not say."""
    found = CREATED.search((venv / "pyvenv.cfg").read_text(encoding="utf-8"))
    return Path(found[1].strip()) if found else None


def scripts_and_links(venv: Path) -> Iterator[Path]:
    """The files of an environment that hold its path or its checkout's."""
    for path in (venv / "bin").iterdir():
        if path.is_file() and not path.is_symlink():
            yield path
    for packages in venv.glob("lib/python*/site-packages"):
        for pattern in ("*.pth", "__editable__*.py", "traindeploy-*.dist-info/direct_url.json"):
            yield from packages.glob(pattern)


def rewritten(text: str, old: Path, new: Path) -> str:
    """``text`` with the environment ``new`` in place of ``old``, and the checkout around it."""
    for before, after in ((str(old), str(new)), (str(old.parent), str(new.parent))):
        for found, wanted in ((before, after), (urllib.parse.quote(before), urllib.parse.quote(after))):
            pieces = re.split(rf"{re.escape(found)}(?=$|[/\n\"'])", text)
            text = wanted.join(pieces)
    first, end, rest = text.partition("\n")
    interpreter = first.removeprefix("#!")
    if first.startswith(f"#!{new}/bin/python") and (" " in interpreter or len(first) > LONGEST_SHEBANG):
        # The kernel splits the line at blanks and cuts it off: let a shell find the program.
        first = f"#!/bin/sh\n'''exec' \"{interpreter}\" \"$0\" \"$@\"\n' '''"
    return first + end + rest


def heal(venv: Path) -> bool:
    """Whether ``venv`` was made elsewhere, and has been made right."""
    new, old = venv.resolve(), made_in(venv)
    if old is None or old == new or (old.exists() and old.samefile(new)):
        return False
    for path in scripts_and_links(venv):
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue  # a program
        changed = rewritten(text, old, new)
        if changed != text:
            replace(path, changed)
    configuration = venv / "pyvenv.cfg"
    text = configuration.read_text(encoding="utf-8")
    replace(configuration, rewritten(text, old, new))
    return True


def replace(path: Path, text: str) -> None:
    """Put ``text`` in the place of ``path``, which may share its content with the original's by a hard link."""
    partial = path.with_name(f".{path.name}.new")
    partial.write_bytes(text.encode("utf-8"))
    shutil.copymode(path, partial)
    partial.replace(path)


if __name__ == "__main__":
    try:
        if heal(Path(sys.argv[1])):
            print(f"{sys.argv[1]} was made elsewhere: it runs this checkout's code now")
    except OSError as error:
        sys.exit(f"error: {error.filename}: {error.strerror}")
