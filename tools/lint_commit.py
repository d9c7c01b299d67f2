# SPDX-License-Identifier: Apache-2.0
"""The first line of a commit is ``area: imperative``, at most 60 characters (CONTRIBUTING.md).

usage: lint_commit.py FILE   with the message, as git's commit-msg hook gives it
"""

import re
import sys
from pathlib import Path

LENGTH = 60
FORM = re.compile(r"[\w./-]+( [\w./-]+)?(, [\w./-]+)*: \S.*(?<![.\s])")
OF_GIT = ("Revert ", "Merge ", "fixup! ", "squash! ", "amend! ")


def complaint(message: str) -> str:
    """What is wrong with the first line; empty if nothing."""
    first, rest, *_ = [*message.splitlines(), "", ""]
    if first.startswith(OF_GIT):
        return ""
    if len(first) > LENGTH:
        return f"the first line has {len(first)} characters: at most {LENGTH}"
    if not FORM.fullmatch(first):
        return f"{first!r}: expected `area: imperative`, without a full stop"
    return "the second line must be empty" if rest.strip() and not rest.startswith("#") else ""


if __name__ == "__main__":
    sys.exit(complaint(Path(sys.argv[1]).read_text(encoding="utf-8")) or 0)
