# SPDX-License-Identifier: Apache-2.0
"""Every tracked or new source file names its licence in the first line (the second, after ``#!`` or a doctype)."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {".py", ".sv", ".svh", ".v", ".vlt", ".rdl", ".c", ".h", ".cpp", ".S", ".ld", ".sh", ".mk", ".j2", ".html"}
NAMED = {"Makefile", "run"}


def expected(path: Path) -> str:
    """The licence line of the file at ``path`` (relative to the repository)."""
    licence = "Apache-2.0 WITH SHL-2.1" if path.parts[0] == "rtl" else "Apache-2.0"
    return f"SPDX-License-Identifier: {licence}"


def main() -> int:
    """Print the files without it; 1 if there are any."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    wrong = []
    for name in listed:
        path = Path(name)
        if (path.suffix not in SOURCES and path.name not in NAMED) or not (ROOT / path).is_file():
            continue
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()[:2]
        ends = [line.rstrip().removesuffix("#}").removesuffix("*/").removesuffix("-->").rstrip() for line in lines]
        if not any(line.endswith(expected(path)) for line in ends):
            wrong.append(f"{name}: the first line must read '{expected(path)}'")
    print("\n".join(wrong) or "SPDX: every source file names its licence")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
