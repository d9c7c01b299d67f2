# SPDX-License-Identifier: Apache-2.0
"""Case records in the formats that others read: see README.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from traindeploy.records.case import CaseRecord
from traindeploy.report.formats import coverview, ctrf, documents, junit, markdown, pages

__all__ = ["FORMATS", "Format"]


@dataclass(frozen=True)
class Format:
    """``render`` makes the file's bytes of records."""

    what: str
    suffix: str
    render: Callable[[Sequence[CaseRecord]], bytes]
    text: bool = True  # whether a terminal can show it


FORMATS = {
    "junit": Format("JUnit XML, which continuous integration reads", ".xml", junit.render),
    "ctrf": Format("Common Test Report Format", ".json", ctrf.render),
    "json": Format("the records as they are, in one list", ".json", documents.render),
    "markdown": Format("a summary for a pull request", ".md", markdown.render),
    "html": Format("one self-contained page", ".html", pages.render),
    "coverview": Format("coverage by line for Coverview", ".zip", coverview.render, text=False),
}
