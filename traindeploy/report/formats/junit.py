# SPDX-License-Identifier: Apache-2.0
"""JUnit XML: testsuites, testsuite, testcase, with failure and error, as continuous integration reads it."""

from collections.abc import Sequence
from xml.etree import ElementTree

from traindeploy.records.bucket import bucket
from traindeploy.records.case import CaseRecord
from traindeploy.records.names import printable
from traindeploy.records.verdict import Verdict
from traindeploy.report.formats.flat import Suite, Test, moment, suites


def render(records: Sequence[CaseRecord]) -> bytes:
    """The XML document. A failed check is a ``failure``, what gave no verdict an ``error``."""
    found = suites(records)
    stated = {"name": "traindeploy", "time": f"{sum(suite.seconds for suite in found):.3f}"}
    root = ElementTree.Element("testsuites", stated | _counts(found))
    for suite in found:
        root.append(_suite(suite))
    ElementTree.indent(root, " ")
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _counts(found: Sequence[Suite]) -> dict[str, str]:
    def total(verdict: Verdict) -> str:
        return str(sum(suite.count(verdict) for suite in found))

    tests = str(sum(len(suite.tests) for suite in found))
    return {"tests": tests, "failures": total(Verdict.FAILED), "errors": total(Verdict.ERROR), "skipped": "0"}


def _suite(suite: Suite) -> ElementTree.Element:
    source = suite.provenance
    stated = {
        "name": _text(suite.name),
        "timestamp": moment(source).strftime("%Y-%m-%dT%H:%M:%S"),
        "hostname": _text(source.machine),
        "time": f"{suite.seconds:.3f}",
    }
    element = ElementTree.Element("testsuite", stated | _counts([suite]))
    properties = ElementTree.SubElement(element, "properties")
    known = {"commit": source.commit, "dirty": str(source.dirty).lower(), "python": source.python, **source.tools}
    for name, value in known.items():
        ElementTree.SubElement(properties, "property", name=_text(name), value=_text(value))
    for test in suite.tests:
        element.append(_test(suite, test))
    return element


def _test(suite: Suite, test: Test) -> ElementTree.Element:
    element = ElementTree.Element(
        "testcase", classname=_text(suite.name), name=_text(test.name), time=f"{test.seconds or 0.0:.3f}"
    )
    if test.verdict is not Verdict.PASSED:
        tag = "failure" if test.verdict is Verdict.FAILED else "error"
        body = "\n".join(filter(None, (test.message, test.detail, f"repeat: {test.command}")))
        told = ElementTree.SubElement(
            element, tag, message=_text(test.message), type=_text(bucket(test.message) or tag)
        )
        told.text = _text(body)
    out = ElementTree.SubElement(element, "system-out")
    out.text = _text(test.command)
    return element


def _text(text: str) -> str:
    """``text`` without what XML cannot hold; line ends stay."""
    return "\n".join(printable(line) for line in text.split("\n"))
