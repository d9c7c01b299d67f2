# SPDX-License-Identifier: Apache-2.0
"""Records to JSON and back: nothing is lost, and what is not of this type and version is refused in one clear line."""

import json
import math
from dataclasses import dataclass, fields, replace
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Literal

import numpy as np
import pytest

from traindeploy.records import progress, serial
from traindeploy.records.bench import BenchRecord
from traindeploy.records.case import Artefact, CaseRecord, append, artefacts, read_all
from traindeploy.records.serial import RecordError
from traindeploy.records.verdict import Verdict


@dataclass(frozen=True)
class Inner:
    pair: tuple[int, float]
    level: Literal["L1", "L2"] = "L1"


@dataclass(frozen=True)
class Example:
    VERSION: ClassVar[int] = 3
    DERIVED: ClassVar[tuple[str, ...]] = ("double",)

    number: int
    inner: tuple[Inner, ...] = ()
    perhaps: Annotated[float | None, "a sentence"] = None
    seconds: Annotated[float, serial.VOLATILE] = 0.0

    @property
    def double(self) -> int:
        return 2 * self.number


def test_a_record_reads_back_as_the_same_record(tmp_path, case):
    named = replace(case, artefacts=(Artefact(path=PurePosixPath("a/b.txt"), bytes=3, sha256="ab"),))
    serial.write(named, tmp_path / "case.json")
    assert serial.read(CaseRecord, tmp_path / "case.json") == named
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]


def test_what_a_case_does_not_say_is_nothing(case):
    said = {"kind", "verdict", "test", "command", "provenance"}
    least = CaseRecord(**{name: getattr(case, name) for name in said})
    assert {
        f.name: getattr(least, f.name) for f in fields(least) if f.name not in said and getattr(least, f.name)
    } == {}


def test_numbers_that_json_lacks_survive_in_strict_json():
    record = BenchRecord(verdict=Verdict.PASSED, losses=(math.nan, -math.inf, 1.0))
    document = json.loads(serial.text(record), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert document["losses"] == ["NaN", "-Infinity", 1.0]
    losses = serial.parse(BenchRecord, serial.text(record)).losses
    assert math.isnan(losses[0])
    assert losses[1:] == (-math.inf, 1.0)


def test_derived_values_are_written_and_ignored_when_read():
    document = serial.plain(Example(4))
    assert document["double"] == 8
    assert serial.decode(Example, document | {"double": 9}, "x") == Example(4)


def test_what_may_differ_between_two_runs_is_left_out_of_the_stable_form(case):
    other = replace(case, seconds=99.0, figures={}, provenance=replace(case.provenance, date="later", machine="there"))
    assert other != case
    assert serial.text(other, stable=True) == serial.text(case, stable=True)
    assert serial.text(replace(case, cycles=1), stable=True) != serial.text(case, stable=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "a Example of version 2, but this TrainDeploy reads version 3"),
        ({"version": None}, "without a version"),
        ({"record": "Other"}, 'holds a "Other", not a Example'),
        ({"extra": 1}, "Example has no field 'extra'"),
        ({"number": "4"}, 'here.number: expected int, found "4"'),
        ({"number": True}, "here.number: expected int, found true"),
        ({"inner": [{"pair": [1]}]}, "here.inner[0].pair: expected 2 values, found 1"),
        ({"inner": [{"pair": [1, 2], "level": "L9"}]}, "here.inner[0].level: expected 'L1' or 'L2', found \"L9\""),
        ({"inner": [{}]}, "here.inner[0]: Inner lacks 'pair'"),
        ({"perhaps": "much"}, 'here.perhaps: expected float or null, found "much"'),
    ],
)
def test_a_document_that_does_not_fit_is_refused_in_one_line_that_names_the_field(change, message):
    document = serial.plain(Example(4)) | change
    with pytest.raises(RecordError) as caught:
        serial.decode(Example, document, "here")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_json_or_not_there_is_refused_with_its_name(tmp_path):
    (tmp_path / "broken.json").write_text('{"record": ')
    for name in ("broken.json", "absent.json"):
        with pytest.raises(RecordError, match=name):
            serial.read(BenchRecord, tmp_path / name)


def test_a_result_of_the_version_before_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "result.json").write_text('{"passed": true, "version": 1}')
    with pytest.raises(RecordError, match=r"of version 1, but this TrainDeploy reads version \d: make it again"):
        serial.read(BenchRecord, tmp_path / "result.json")


@pytest.mark.parametrize("value", [np.float32(1), np.int64(1), np.zeros(2), {1: 2}, {"a"}])
def test_no_array_and_no_other_foreign_value_gets_into_a_record(value):
    with pytest.raises(TypeError):
        serial.plain(value)


def test_events_are_told_apart_by_their_name():
    for event in (
        progress.BuildEnded(name="compact", seconds=1.5),
        progress.Tick(cycle=3, seconds=0.25),
        progress.OperatorEnded(index=0, name="conv", step=1, cycle=9, cycles=8, max_ulp=-1),
    ):
        assert progress.parse(serial.line(event)) == event
    with pytest.raises(RecordError, match="progress event"):
        progress.parse('{"event": "party"}')


def test_cases_are_collected_line_by_line(tmp_path, case):
    path = tmp_path / "reports" / "cases.jsonl"
    append(case, path)
    append(replace(case, seed=8), path)
    assert [found.seed for found in read_all(path)] == [7, 8]
    with open(path, "a") as file:
        file.write("{}\n")
    with pytest.raises(RecordError, match=r"cases\.jsonl:3"):
        read_all(path)


def test_artefacts_are_those_that_exist_with_their_digest(tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "a").write_text("abc")
    (found,) = artefacts(tmp_path, ["log/a", "b"])
    assert (str(found.path), found.bytes, found.sha256[:8]) == ("log/a", 3, "ba7816bf")


def test_failures_of_one_cause_fall_into_one_bucket(case):
    assert case.bucket == "N bytes differ at N, first of NAME"
