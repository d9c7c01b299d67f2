# SPDX-License-Identifier: Apache-2.0
"""A command that a regression runs leaves case records, whatever its own records hold beyond."""

from dataclasses import dataclass
from pathlib import Path

from traindeploy.records.case import CaseRecord, Kind, leave, read_all
from traindeploy.records.provenance import Provenance
from traindeploy.records.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Special(CaseRecord):
    more: int = 0


def test_what_a_special_record_has_in_common_with_a_case_is_left(tmp_path: Path) -> None:
    origin = Provenance(commit="", dirty=False, python="3", date="", machine="")
    record = Special(
        verdict=Verdict.PASSED, kind=Kind.KERNEL, test="k", command="c", provenance=origin, cycles=3, more=1
    )
    leave(record, "")
    leave(record, str(tmp_path))
    (file,) = tmp_path.iterdir()
    (found,) = read_all(file)
    assert (type(found), found.test, found.cycles) == (CaseRecord, "k", 3)
