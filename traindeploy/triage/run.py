# SPDX-License-Identifier: Apache-2.0
"""The triage of a run from end to end: investigate, repeat alone and smaller, record a waveform, write it all down."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from traindeploy.codegen import firmware
from traindeploy.errors import UserError
from traindeploy.records import serial
from traindeploy.records.triage import FOLDER, RECORD, Reproducer, Triage, TriageCase
from traindeploy.records.verdict import Verdict
from traindeploy.triage import case as cases
from traindeploy.triage import excerpt, waveform
from traindeploy.triage.investigate import Case, Investigated, Subject, investigate
from traindeploy.triage.repeat import differs_on_host, on_host, on_rtl, write_case
from traindeploy.triage.replay import Simulator
from traindeploy.triage.shrink import Shrunk, shrink

REPRODUCER = "reproducer"
MOST_ON_HOST, MOST_ON_RTL = 200, 10  # trials of smaller cases: milliseconds each, seconds each


def triage(subject: Subject, *, waves: bool, command: str, final: Path | None = None) -> Triage:
    """Write ``triage/`` into the run's folder, which will be moved to ``final``; what is in triage.json then.

    ``command`` repeats the whole run. ``waves``: also record a waveform of the window, on a simulator with tracing.
    """
    started = time.monotonic()
    folder = subject.run_dir / FOLDER
    folder.mkdir(exist_ok=True)
    found = investigate(subject)
    record = found.record
    if found.case is not None:
        record = _with_reproducer(record, found.case, subject, folder, final or subject.run_dir)
    elif found.excerpt is not None:
        record = _with_excerpt(record, found, found.excerpt, subject, folder, final or subject.run_dir)
    else:
        record = replace(record, reproducer=_whole_run(record, command))
    record = _with_window(record, found, subject, folder, waves)
    record = replace(record, seconds=round(time.monotonic() - started, 2))
    serial.write(record, folder / RECORD)
    return record


def _with_window(record: Triage, found: Investigated, subject: Subject, folder: Path, waves: bool) -> Triage:
    """The picture, and the waveform if one is wanted and can be made."""
    window = waveform.picture(subject, found, folder)
    if window is None or not waves:
        return replace(record, window=window)
    try:
        file = waveform.record_fst(subject, found, window, folder)
    except UserError as error:
        return replace(record, window=window, untold=(*record.untold, f"no waveform: {error}"))
    saved = waveform.save_file(subject, found, window, folder)
    return replace(record, window=replace(window, file=file, save_file=saved))


def _whole_run(record: Triage, command: str) -> Reproducer:
    """What has no single action to blame is repeated by the run, which the same sources compile to the same bytes."""
    what = f"the whole run up to its end: {record.cause} is nothing that a single action shows"
    return Reproducer(command=command, what=what, verdict=Verdict.FAILED, fails_on="rtl")


def _with_excerpt(
    record: Triage, found: Investigated, part: excerpt.Excerpt, subject: Subject, folder: Path, final: Path
) -> Triage:
    """The slots from the blamed action to the operator's report, on the memories that they found."""
    target, slots = folder / REPRODUCER, part.last - part.first + 1
    before = found.replayed.states[part.first]
    excerpt.write(target, subject.run_dir, subject.program, part, before, subject.values)
    serial.write(_excerpt_case(subject, part), target / cases.CASE)
    with tempfile.TemporaryDirectory(prefix="td_excerpt_") as scratch:
        fails = bool(excerpt.repeat(target, subject.on, Path(scratch)).mismatches)
    untold = record.untold
    if not fails:
        untold = (*untold, "the slots alone do not fail: the fault needs what went on before them in the run")
    reproducer = Reproducer(
        command=_command(folder, subject, final),
        what=f"slots {part.first} to {part.last} of the generated C on the memories that they found",
        verdict=Verdict.FAILED if fails else Verdict.PASSED,
        fails_on="rtl" if fails else "nothing",
        arguments={"slots": len(subject.program.slots)},
        shrunk={"slots": slots},
        trials=1,
    )
    return replace(record, reproducer=reproducer, untold=untold)


def _excerpt_case(subject: Subject, part: excerpt.Excerpt) -> TriageCase:
    on = subject.on
    label = f"slots {part.first} to {part.last}"
    return TriageCase(agent="slots", label=label, config=on.config.choice, arithmetic=on.arithmetic)


def _command(folder: Path, subject: Subject, final: Path) -> str:
    kept = (final / FOLDER) if final != subject.run_dir else folder
    return f"traindeploy reproduce {_shown(kept)}"


def _with_reproducer(record: Triage, blamed: Case, subject: Subject, folder: Path, final: Path) -> Triage:
    """The blamed action alone, smaller while it fails, written to ``folder``; refines the cause by the host's word."""
    case = cases.case_of(blamed.action, subject.on.config.choice, subject.on.arithmetic)
    memory = cases.kept(blamed.action, blamed.before)
    on_host_too = case.agent == "cores" and _host_differs(case, memory)
    if on_host_too:
        record = replace(record, cause="kernel", explanation=f"{record.explanation}; the kernel's C on the host agrees")
    repeated, fails_on = _smaller(case, memory, subject.on, on_host_too)
    target = folder / REPRODUCER
    write_case(target, repeated.case, memory)
    what = {
        "dma": "one transfer of the DMA", "hyperbus": "one transfer of HyperBus", "redmule": "one job of RedMule"
    }.get(case.agent, f"one call of {case.kernel}")  # fmt: skip
    reproducer = Reproducer(
        command=_command(folder, subject, final),
        what=f"{what} ({case.label}) on the memories that it found",
        verdict=Verdict.PASSED if fails_on == "nothing" else Verdict.FAILED,
        fails_on=fails_on,  # type: ignore[arg-type]
        arguments=case.sizes,
        shrunk=repeated.case.sizes,
        trials=repeated.trials,
        cores="" if case.agent != "cores" else "one after another" if repeated.case.one_by_one else "all at once",
    )
    untold = record.untold
    if fails_on == "nothing":
        untold = (*untold, "the action alone does not fail on the RTL: it needs what went on around it in the run")
    return replace(record, reproducer=reproducer, untold=untold)


def _shown(path: Path) -> str:
    from traindeploy.platform.paths import ROOT

    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _host_differs(case: TriageCase, memory: cases.Memory) -> bool:
    return differs_on_host(case, cases.whole(memory), firmware.FIRMWARE)


def _smaller(case: TriageCase, memory: cases.Memory, on: Simulator, on_host_too: bool) -> tuple[Shrunk, str]:
    """The smallest case that fails, and where it fails."""

    def fails_on_rtl(candidate: TriageCase) -> bool:
        with tempfile.TemporaryDirectory(prefix="td_case_") as scratch:
            record = on_rtl(candidate, memory, on, Path(scratch))
        return bool(record.mismatches)

    if on_host_too:
        state = cases.whole(memory)

        def fails_on_host(candidate: TriageCase) -> bool:
            right = cases.expected(candidate, state)
            found = on_host(candidate, state, firmware.FIRMWARE)
            return any(not np.array_equal(a, b) for a, b in zip(found, right, strict=True))

        small = shrink(case, fails_on_host, MOST_ON_HOST)
        return (small, "rtl") if fails_on_rtl(small.case) else (small, "host")
    if not fails_on_rtl(case):
        return Shrunk(case, 0), "nothing"
    small = shrink(case, fails_on_rtl, MOST_ON_RTL)
    if case.agent == "cores" and fails_on_rtl(alone := replace(small.case, one_by_one=True)):
        small = Shrunk(alone, small.trials + 1)
    return small, "rtl"
