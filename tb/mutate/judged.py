# SPDX-License-Identifier: Apache-2.0
"""Mutants that survive and may: judged.txt says of each why no test can notice it, or need not."""

from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("judged.txt")


@dataclass(frozen=True)
class Place:
    """What a mutant is, wherever its line has moved to: ``text`` of its line without indentation, ``change`` to it."""

    file: str
    text: str
    change: str


def judged(path: Path = FILE) -> dict[Place, str]:
    """The reason for each mutant that is judged.

    Raises:
        ValueError: a line has not its four parts, or says what another says.
    """
    reasons: dict[Place, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) != 4 or not all(parts):
            raise ValueError(f"{path.name}:{number}: expected file, text, change and reason with tabs between")
        place = Place(*parts[:3])
        if place in reasons:
            raise ValueError(f"{path.name}:{number}: judged twice")
        reasons[place] = parts[3]
    return reasons
