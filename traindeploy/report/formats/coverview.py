# SPDX-License-Identifier: Apache-2.0
"""The zip that Coverview shows: LCOV files by kind of coverage, which tests hit a line, the sources, and config.json.

Only points whose hits are counted by line can be shown by line: ``hits`` maps "<line>" to a count for lines, and
"<line> <name>" for branches and toggles. Functional bins have no lines and are left out.
"""

import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records.case import CaseRecord
from traindeploy.records.names import safe_name
from traindeploy.records.verdict import CoveragePoint
from traindeploy.report.formats.flat import moment

METRICS = ("line", "branch", "toggle")
PLACES = ("rtl", "firmware", "tb")  # where sources are looked for by their name
Counts = dict[str, dict[str, int]]  # file -> line, or line and name -> how often


def render(records: Sequence[CaseRecord]) -> bytes:
    """The archive's bytes; UserError if no record has coverage by line."""
    merged: dict[str, Counts] = {metric: defaultdict(lambda: defaultdict(int)) for metric in METRICS}
    tests: dict[str, dict[str, dict[str, set[str]]]] = {m: defaultdict(lambda: defaultdict(set)) for m in METRICS}
    for record in records:
        for point in record.coverage:
            if point.metric in METRICS and point.hits:
                _add(point, safe_name(record.test), merged[point.metric], tests[point.metric])
    files = {file for counts in merged.values() for file in counts}
    if not files:
        raise UserError("no record has coverage by line: run `make nightly`, which measures the blocks that ask for it")
    members: dict[str, str] = {"sources.txt": _sources(files)}
    dataset: dict[str, list[str]] = {}
    for metric, counts in merged.items():
        if counts:
            members[f"{metric}.info"] = info(counts, metric)
            members[f"{metric}.desc"] = _desc(tests[metric])
            dataset[metric] = [f"{metric}.info", f"{metric}.desc"]
    source = records[0].provenance
    members["config.json"] = json.dumps(
        {
            "title": "TrainDeploy",
            "repo": "traindeploy",
            "commit": source.commit,
            "timestamp": moment(source).isoformat(),
            "datasets": {"traindeploy": dataset},
            "additional": {"records": str(len(records)), "python": source.python},
        },
        indent=1,
    )
    return _zip(members)


def info(counts: Mapping[str, Mapping[str, int]], metric: str) -> str:
    """An LCOV trace file: DA a line, or BRDA a branch or a toggle."""
    lines = [f"TN:{metric}"]
    for file, hits in sorted(counts.items()):
        lines.append(f"SF:{path_of(file)}")
        for place, times in sorted(hits.items(), key=lambda item: (_line(item[0]), item[0])):
            number, _, name = place.partition(" ")
            signal = re.split(r"[:\[]", name)[0]
            lines.append(f"BRDA:{number},{_plain(signal)},{_plain(name)},{times}" if name else f"DA:{number},{times}")
        lines.append("end_of_record")
    return "\n".join(lines) + "\n"


def path_of(name: str) -> str:
    """The source of a coverage point, from the checkout's root: ``norm.c`` -> ``firmware/kernels/norm.c``."""
    if (ROOT / name).is_file():
        return name
    found = sorted(path for place in PLACES for path in (ROOT / place).rglob(Path(name).name))
    return found[0].relative_to(ROOT).as_posix() if found else name


def _add(point: CoveragePoint, test: str, counts: Counts, tests: dict[str, dict[str, set[str]]]) -> None:
    for place, times in point.hits.items():
        if not re.match(r"\d+( |$)", place):
            continue
        counts[point.name][place] += times
        if times:
            tests[point.name][str(_line(place))].add(test)


def _line(place: str) -> int:
    return int(place.partition(" ")[0])


def _plain(text: str) -> str:
    """``text`` without what separates fields."""
    return re.sub(r"[,\s]", "_", text) or "_"


def _desc(tests: Mapping[str, Mapping[str, set[str]]]) -> str:
    lines = []
    for file, hits in sorted(tests.items()):
        lines.append(f"SN:{path_of(file)}")
        lines += [
            f"TEST:{line},{';'.join(sorted(names))}" for line, names in sorted(hits.items(), key=lambda i: int(i[0]))
        ]
        lines.append("end_of_record")
    return "\n".join(lines) + "\n"


def _sources(files: set[str]) -> str:
    parts = []
    for path in sorted({path_of(file) for file in files}):
        text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else "(the source is not here)\n"
        parts.append(f"### FILE: {path}\n{text}")
    return "".join(parts)


def _zip(members: Mapping[str, str]) -> bytes:
    """An archive that is the same each time: no dates."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return target.getvalue()
