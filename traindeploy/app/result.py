# SPDX-License-Identifier: Apache-2.0
"""The result of a run from what was asked, what was compiled and what the bench found."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from traindeploy.app.options import Options
from traindeploy.platform import L2, L3, TCDM
from traindeploy.records.bench import BenchRecord, Simulation
from traindeploy.records.case import Kind, artefacts
from traindeploy.records.program import ProgramDescription
from traindeploy.records.provenance import Provenance
from traindeploy.records.run import RunResult
from traindeploy.records.self_check import SelfCheck
from traindeploy.records.verdict import Verdict, Verified
from traindeploy.report.text import self_check_line

SAME_EACH_TIME = (
    *("network.c", "firmware.elf", "l3.npz", "program.json", "schedule.json"),
    *("timeline.json", "memory_at_mismatch.npz"),
)
LOGS = ("bench.json", "progress.jsonl", "sim.log", "dump.fst", "triage/triage.json", "triage/window.fst")
BEFORE, BEHIND = 20_000, 100  # cycles around a failure that its waveform shows


def run_result(
    options: Options, program: ProgramDescription, bench: BenchRecord, checks: Sequence[SelfCheck], *, in_graph: int,
    trained: Mapping[str, int] | None = None, notes: Sequence[str] = (), accuracy: Mapping[str, float] | None = None,
    run_dir: Path, final: Path, seconds: float, provenance: Provenance,
) -> RunResult:  # fmt: skip
    """What the bench found, and FAILED if one of ``checks`` failed; ``in_graph``: outputs of operators in all steps;
    ``trained``: elements of each parameter that is trained.

    ``run_dir`` holds the run's files, which will be moved to ``final``; ``provenance``: of the sources that ran.
    """
    verified = _carried(bench, Verified)
    if failed := [self_check_line(check) for check in checks if not check.passed]:
        first, *rest = failed if bench.passed else [bench.failure, bench.detail, *failed]
        verdict = Verdict.FAILED if bench.passed else bench.verdict
        verified |= {"verdict": verdict, "failure": first, "detail": "\n".join(filter(None, rest))}
    return RunResult(
        **verified,
        **_carried(bench, Simulation),
        kind=Kind.RUN,
        test="sim",
        seed=options.seed,
        configuration=options.configuration,
        seconds=seconds,
        artefacts=artefacts(run_dir, SAME_EACH_TIME),
        logs=artefacts(run_dir, LOGS),
        command=options.command,
        provenance=provenance,
        flop=program.flop * options.steps,
        tensors_in_graph=in_graph,
        self_checks=tuple(checks),
        notes=tuple(notes),
        accuracy=accuracy or {},
        l3_bytes=program.l3_bytes * options.steps + program.l3_bytes_once,
        peak_bytes=program.peak_bytes,
        capacity_bytes={"L1": TCDM.size, "L2": L2.size, "L3": L3.size},
        trainable_parameters=program.trainable_parameters,
        trained=dict(trained or {}),
        firmware_bytes=program.firmware_l2_bytes,
        reproduce="" if bench.passed else _with_waveform(options, bench),
        waves=os.fspath(final / "dump.fst") if options.waves else "",
    )


def _carried(record: BenchRecord, part: type) -> dict[str, Any]:
    """The fields of ``record`` that ``part``, one of its bases, declares."""
    return {field.name: getattr(record, field.name) for field in fields(part)}


def _with_waveform(options: Options, bench: BenchRecord) -> str:
    """The command that records what went on around the failure; the run's own if nobody knows when that was."""
    cycle = bench.culprit.cycle if bench.culprit else bench.cycles
    if not cycle:
        return options.command
    return replace(options, waves=f"{max(cycle - BEFORE, 0)}:{cycle + BEHIND}").command
