# SPDX-License-Identifier: Apache-2.0
"""What a page says of where its record comes from."""

from traindeploy.records.case import CaseRecord
from traindeploy.report.text import duration


def origin(record: CaseRecord) -> list[tuple[str, str]]:
    """Commit, date, machine, versions and the command that repeats the record, for ``render(provenance=...)``."""
    source = record.provenance
    commit = source.commit or "none: the sources are no Git checkout"
    return [
        ("Repeat", record.command),
        ("Commit", f"{commit}{', with changes that are not committed' if source.dirty else ''}"),
        ("Date", source.date),
        ("Wall time", f"{duration(record.seconds)} on {source.machine}"),
        ("Versions", ", ".join([f"Python {source.python}", *(f"{n} {v}" for n, v in sorted(source.tools.items()))])),
    ]
