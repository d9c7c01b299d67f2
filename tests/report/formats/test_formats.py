# SPDX-License-Identifier: Apache-2.0
"""Records in the formats of others: each read back by its published rules, with counts that agree."""

import io
import json
import re
import zipfile
from collections import defaultdict
from dataclasses import replace
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.names import NASTY
from tests.report.formats.conftest import block
from tests.report.kernel.made import made
from tests.report.page.parsed import Parsed
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records import schema, serial
from traindeploy.records.verdict import Verdict
from traindeploy.report.formats import FORMATS
from traindeploy.report.formats.coverview import info, path_of

NAME = "".join(NASTY)
# Of CTRF's published schema: the fields that must be there, and with them those that may.
TEXT, COUNT = {"type": "string"}, {"type": "integer"}
STATUSES = {"enum": ["passed", "failed", "skipped", "pending", "other"]}
CTRF_COUNTS = ("tests", "passed", "failed", "skipped", "pending", "other", "start", "stop")


def closed(required: tuple[str, ...], **properties: dict) -> dict:
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


CTRF = closed(
    ("results", "reportFormat", "specVersion"),
    reportFormat={"const": "CTRF"},
    specVersion=TEXT | {"pattern": r"^\d+\.\d+\.\d+$"},
    timestamp=TEXT | {"format": "date-time"},
    generatedBy=TEXT,
    results=closed(
        ("tool", "summary", "tests"),
        tool=closed(("name",), name=TEXT | {"minLength": 1}, version=TEXT),
        summary=closed(CTRF_COUNTS, **dict.fromkeys((*CTRF_COUNTS, "suites", "duration"), COUNT)),
        environment=closed((), appName=TEXT, commit=TEXT, extra={"type": "object"}),
        tests={
            "type": "array",
            "items": closed(
                ("name", "status", "duration"),
                id=TEXT | {"pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
                name=TEXT | {"minLength": 1},
                status=STATUSES,
                duration=COUNT,
                suite={"type": "array", "minItems": 1, "items": TEXT},
                message=TEXT,
                trace=TEXT,
                rawStatus=TEXT,
                labels={"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
                extra={"type": "object"},
            ),
        },
    ),
)


def test_junit_has_the_structure_that_ci_reads(records) -> None:
    root = ElementTree.fromstring(FORMATS["junit"].render(records))
    assert root.tag == "testsuites"
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["12", "3", "1"]
    for suite in root:
        assert suite.tag == "testsuite"
        cases = suite.findall("testcase")
        assert int(suite.attrib["tests"]) == len(cases)
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        assert all(case.get("name") and case.get("classname") and float(case.attrib["time"]) >= 0 for case in cases)
    failure = root.find("testsuite[@name='kernel.layernorm_grad']/testcase/failure")
    assert failure.get("message") == "dx[3, 7]: 0x3f800001, expected 0x3f800000, 1 ULP"
    assert "make verify KERNEL=layernorm_grad CASE=2" in (failure.text or "")
    assert root.find("testsuite[@name='bench']/testcase/error").get("message") == "the simulator was killed by signal 9"


def test_ctrf_keeps_to_the_published_fields(records) -> None:
    document = json.loads(FORMATS["ctrf"].render(records))
    jsonschema.Draft202012Validator(CTRF).validate(document)
    summary, tests = document["results"]["summary"], document["results"]["tests"]
    assert [summary[name] for name in ("tests", "passed", "failed", "other")] == [12, 8, 3, 1]
    assert summary["tests"] == len(tests) == len({test["id"] for test in tests})
    assert summary["stop"] - summary["start"] == summary["duration"] > 60_000


def test_ctrf_that_breaks_the_rules_is_noticed(records) -> None:
    document = json.loads(FORMATS["ctrf"].render(records))
    document["results"]["tests"][0]["status"] = "error"
    assert not jsonschema.Draft202012Validator(CTRF).is_valid(document)


def test_json_is_described_by_the_schema(records) -> None:
    validator = jsonschema.Draft202012Validator(schema.json_schema())
    document = json.loads(FORMATS["json"].render(records))
    for entry, record in zip(document, records, strict=True):
        validator.validate(entry)
        assert serial.decode(type(record), entry, "x") == record


def test_markdown_names_failures_with_the_command_that_repeats_them(records) -> None:
    text = FORMATS["markdown"].render(records).decode()
    assert text.startswith("### TrainDeploy: FAILED\n")
    assert "8 of 12 tests passed, at commit 000000000000." in text
    assert "| kernel.layernorm_grad | 9 | 7 | 2 | 0 | 1:01 |" in text
    assert "| layernorm_grad | 9 | 1 | 0" in text
    for command in ("make verify KERNEL=layernorm_grad CASE=2", "make test PYTEST=hyperbus"):
        assert command in text
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("|")}
    assert widths == {7, 9, 5}
    assert "| 66.6 % | not measured | not measured |" in text
    assert FORMATS["markdown"].render([block()]).startswith(b"### TrainDeploy: PASSED\n")


def test_what_has_no_verdict_is_not_passed(records) -> None:
    lost = [replace(record, verdict=Verdict.ERROR, failure="lost") for record in records[:1]]
    assert b"### TrainDeploy: NO VERDICT" in FORMATS["markdown"].render(lost)
    assert b"NO VERDICT" in FORMATS["html"].render([*lost, block()])
    assert json.loads(FORMATS["ctrf"].render(lost))["results"]["summary"]["passed"] == 0


@pytest.mark.parametrize("count", [0, 5])
def test_a_kernel_that_failed_without_a_failing_case_is_seen(count: int) -> None:
    record = made(count, verdict=Verdict.ERROR, failure="the boot ended early", max_ulp=None)
    assert ElementTree.fromstring(FORMATS["junit"].render([record])).get("errors") == "1"
    assert json.loads(FORMATS["ctrf"].render([record]))["results"]["summary"]["other"] == 1
    assert b"NO VERDICT" in FORMATS["markdown"].render([record])
    assert b"the boot ended early" in FORMATS["html"].render([record])


def test_html_is_the_page_of_the_one_record_or_a_list(records) -> None:
    assert b"Verdict by stage" in FORMATS["html"].render(records[3:])
    listed = FORMATS["html"].render(records).decode()
    assert "3 of 4 cases did not pass." in listed
    assert "make test PYTEST=hyperbus" in listed
    assert Parsed(listed).disorder == []


def read_lcov(text: str) -> dict[str, dict[str, int]]:
    """By file: counts by line, and by line and name."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    file = ""
    lines = text.splitlines()
    assert lines[0].startswith("TN:")
    for line in lines[1:]:
        tag, _, value = line.partition(":")
        if tag == "SF":
            file = value
        elif tag == "DA":
            number, times = value.split(",")
            found[file][number] = int(times)
        elif tag == "BRDA":
            number, _group, name, times = value.split(",")
            found[file][f"{number} {name}"] = int(times)
        else:
            assert line == "end_of_record"
    return found


def test_coverview_has_what_its_format_asks_for(records) -> None:
    with zipfile.ZipFile(io.BytesIO(FORMATS["coverview"].render(records))) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    config = json.loads(members["config.json"])
    assert config["datasets"] == {
        "traindeploy": {"line": ["line.info", "line.desc"], "toggle": ["toggle.info", "toggle.desc"]}
    }
    assert set(members) == {"config.json", "sources.txt", "line.info", "line.desc", "toggle.info", "toggle.desc"}
    source = path_of("td_hyperbus.sv")
    assert (ROOT / source).is_file()
    assert read_lcov(members["line.info"]) == {
        source: {"10": 9, "11": 0},
        "firmware/kernels/norm.c": {"30": 7},
    }
    assert read_lcov(members["toggle.info"]) == {source: {"12 clk_i[0]:0->1": 15, "12 clk_i[0]:1->0": 0}}
    assert f"SN:{source}\nTEST:10,hyperbus_random\nend_of_record" in members["line.desc"]
    listed = re.findall(r"^### FILE: (.*)$", members["sources.txt"], re.M)
    assert listed == sorted(["firmware/kernels/norm.c", source])
    assert (ROOT / source).read_text() in members["sources.txt"]


def test_coverage_without_lines_is_no_archive() -> None:
    with pytest.raises(UserError, match="no record has coverage by line"):
        FORMATS["coverview"].render([block(coverage=())])


def test_an_archive_is_the_same_each_time(records) -> None:
    assert FORMATS["coverview"].render(records) == FORMATS["coverview"].render(records)


def test_lines_of_a_trace_are_in_order() -> None:
    text = info({"a.c": {"10": 1, "9": 2}}, "line")
    assert text == "TN:line\nSF:a.c\nDA:9,2\nDA:10,1\nend_of_record\n"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_every_name(name: str) -> None:
    record = block(
        test=NAME, failure=NAME, detail=NAME, command=NAME, verdict=Verdict.FAILED, configuration={NAME: NAME}
    )
    document = FORMATS[name].render([record, record])
    assert document
    if name == "junit":
        assert ElementTree.fromstring(document).get("failures") == "2"
    if name == "html":
        plain = FORMATS[name].render(
            [replace(record, test="a", failure="a", detail="a", command="a", configuration={"a": "a"})] * 2
        )
        assert Parsed(document.decode()).shape() == Parsed(plain.decode()).shape()
