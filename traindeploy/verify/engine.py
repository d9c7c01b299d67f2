# SPDX-License-Identifier: Apache-2.0
"""Verify one kernel: draw its cases, run them on the RTL, judge each, write the record."""

import shutil
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tb.build.simulator import Build
from tb.build.toolchain import versions
from traindeploy.codegen.firmware import FIRMWARE
from traindeploy.ops import KERNELS, OPERATORS
from traindeploy.platform import CONFIGS
from traindeploy.platform.paths import BUILD
from traindeploy.records import provenance, serial
from traindeploy.records.case import Kind
from traindeploy.records.kernel import KernelCase, KernelRecord
from traindeploy.records.program import Engine
from traindeploy.records.progress import Event
from traindeploy.records.verdict import Verdict
from traindeploy.verify import coverage, model, summary
from traindeploy.verify.boots import Outcome, run
from traindeploy.verify.judge import Judgement, judge, share_bin
from traindeploy.verify.plan import Choice, Planned, generator, made, numbers, operators_of, planned, shape_text
from traindeploy.verify.program import Loaded
from traindeploy.verify.rtl_coverage import counted, rtl_coverage
from traindeploy.verify.source_lines import source_lines
from traindeploy.verify.window import Window, place

FOLDER = "verify"  # in build/
RECORD, AGAIN = "record.json", "again.json"
COUNTS = "counts"  # of code coverage, in the scratch folder
SHOWN_ATTRIBUTES = (str, int, float, bool)


@dataclass(frozen=True)
class Request:
    """``function`` of the firmware on ``count`` cases, or on those of the numbers ``only``."""

    function: str
    count: int
    choice: Choice
    only: tuple[int, ...] = ()
    coverage: bool = False  # of the RTL, on simulators that count it
    options: str = ""  # what a command that repeats a case has beside KERNEL, CASE and SEED

    @property
    def kernel(self) -> str:
        return self.function.removeprefix("td_")

    def command(self, index: int | None = None) -> str:
        """The command line that repeats everything, or one case."""
        what = f"CASES={self.count}" if index is None else f"CASE={index}"
        if index is None and self.only:
            what = f"CASE={','.join(str(i) for i in self.only)}"
        return f"make verify KERNEL={self.kernel} {what} SEED={self.choice.seed}{self.options}"


def verify(
    request: Request, *, build: Path = BUILD, firmware: Path = FIRMWARE, simulator: Build | None = None,
    progress: Callable[[Event], None] | None = None,
) -> KernelRecord:  # fmt: skip
    """Run the cases and write ``build/verify/<kernel>/record.json``, whole or not at all.

    Cases that are run again alone (``only``) leave that record as it is: theirs is ``again.json`` beside it.
    ``firmware`` is the folder of the kernels' sources, ``simulator`` one to use instead of the configuration's own.

    Raises:
        UserError: a tool is missing, or what was chosen leaves nothing to run.
    """
    started, origin = time.monotonic(), provenance.collect(versions())
    parts: dict[str, float] = defaultdict(float)
    with _timed(parts, "cases and machine model"):
        chosen = request.only or numbers(request.function, request.count, request.choice)
        plans = [planned(request.function, index, request.choice) for index in chosen]
        loaded = [_loaded(plan) for plan in plans]
    judged: dict[int, tuple[KernelCase, Judgement]] = {}
    overheads: list[int] = []
    with _scratch(build / FOLDER, request.kernel) as scratch, counted(request.coverage, scratch / COUNTS):
        for boot in dict.fromkeys(plan.boot for plan in plans):
            own = [(plan, each) for plan, each in zip(plans, loaded, strict=True) if plan.boot == boot]
            calls = [each for _, each in own]
            ran = run(scratch, boot, calls, firmware=firmware, progress=progress, build=simulator)
            overheads.append(ran.overhead)
            parts["firmware and image"] += ran.writing
            parts["simulation"] += ran.seconds
            with _timed(parts, "judgement"):
                for (plan, each), outcome in zip(own, ran.outcomes, strict=True):
                    judged[plan.index] = _case(request, plan, each, outcome)
        ordered = [judged[plan.index] for plan in plans]
        with _timed(parts, "lines of the RTL"):
            engines = dict.fromkeys(case.engine for case, _ in ordered)
            rtl, unmeasured = rtl_coverage(engines, scratch / COUNTS) if request.coverage else ((), "")
    with _timed(parts, "lines of the kernel"):
        lines, why = source_lines(request.function, [each.call for each in loaded], firmware)
    record = _record(request, ordered, parts, max(overheads), origin, time.monotonic() - started)
    notes = [f"lines of the kernel were not measured: {why}"] if why else []
    notes += [f"lines of the RTL were not measured: {unmeasured}"] if unmeasured else []
    record = replace(record, coverage=(*record.coverage, *lines, *rtl), note="; ".join(notes))
    folder = build / FOLDER / request.kernel
    folder.mkdir(parents=True, exist_ok=True)
    serial.write(record, folder / (AGAIN if request.only else RECORD))
    return record


def _loaded(plan: Planned) -> Loaded:
    call = made(plan)
    return Loaded(call, place(call, generator(plan), plan.alignment), plan.cores)


def _case(request: Request, plan: Planned, loaded: Loaded, outcome: Outcome) -> tuple[KernelCase, Judgement]:
    call, window = loaded.call, loaded.window
    finished = outcome.cycles > 0 or outcome.stalls is not None
    found, failure, verdict = Judgement(), outcome.failure, outcome.verdict
    if finished:
        held = window.after if outcome.window is None else outcome.window
        actual = {name: window.words_of(name, expected, held) for name, expected in call.outputs.items()}
        found = judge(call, plan.values, actual)
        failure = found.first_wrong or _beside(window, held) or failure
        if not failure and found.share is not None and found.share > 1.0:
            failure = f"the error of an element is {found.share:.3g} times its bound"
        verdict = Verdict.FAILED if failure else verdict
    how = {name: str(value) for name, value in plan.variant.how.items() if name != "padding"}
    attributes = {
        name: value if isinstance(value, SHOWN_ATTRIBUTES) else str(value) for name, value in plan.case.attrs.items()
    }
    engine: Engine = "redmule" if plan.variant.redmule else "cores"
    case = KernelCase(
        index=plan.index,
        name=plan.name,
        stage=plan.stage,
        shape=shape_text(plan.case),
        sizes={name: int(call.arguments[name]) for name in KERNELS[call.kernel].sizes},
        attributes={**attributes, **how},
        values=plan.values,
        engine=engine,
        configuration=plan.boot.configuration,
        delays=plan.boot.delays,
        cores=plan.cores,
        alignment=plan.alignment,
        padding=int(plan.variant.how.get("padding", 0)),
        seed=plan.seed,
        verdict=verdict,
        failure=failure,
        elements=found.elements,
        wrong=found.wrong,
        max_ulp=found.max_ulp,
        worst=found.worst,
        share=found.share,
        cycles=outcome.cycles,
        cycles_model=model.cycles(call, CONFIGS[plan.boot.configuration], plan.cores or 1),
        flop=model.flop(call),
        bytes=sum({id(b): b.nbytes for b in call.buffers.values()}.values()),
        stalls=outcome.stalls,
        redmule=outcome.redmule if engine == "redmule" else None,
        command=request.command(plan.index),
    )
    return case, found


def _beside(window: Window, held: np.ndarray) -> str:
    """What else in the case's window was changed: an operand, or the guard between buffers."""
    changed = np.flatnonzero(held != window.after)
    if not changed.size:
        return ""
    address = window.base + 4 * int(changed[0])
    owner = next(
        (n for n, at in sorted(window.addresses.items(), key=lambda item: -item[1]) if at <= address), "no buffer"
    )
    return f"{changed.size} words beside the outputs were changed, first {address:#010x}, in or behind {owner}"


def _record(
    request: Request, judged: Sequence[tuple[KernelCase, Judgement]], parts: Mapping[str, float], overhead: int,
    origin: provenance.Provenance, seconds: float,
) -> KernelRecord:  # fmt: skip
    cases = tuple(case for case, _ in judged)
    declared, operators = KERNELS[request.function], operators_of(request.function)
    first = OPERATORS[operators[0]]
    failing = [case for case in cases if not case.passed]
    machine: Counter[str] = sum((found.from_machine for _, found in judged), Counter())
    exact: Counter[str] = sum((found.from_exact for _, found in judged), Counter())
    shares = Counter(share_bin(case.share) for case in cases if case.share is not None)
    distances = [case.max_ulp for case in cases]
    return KernelRecord(
        kind=Kind.KERNEL,
        test=f"verify.{request.kernel}",
        seed=request.choice.seed,
        configuration={"kernel": request.kernel, "cases": len(cases), "options": request.options.strip()},
        verdict=summary.verdict_of(cases),
        failure=f"{len(failing)} of {len(cases)} cases, first {failing[0].name}: {failing[0].failure}"
        if failing
        else "",
        cycles=sum(case.cycles for case in cases),
        max_ulp=-1 if -1 in distances else max(distances),
        coverage=coverage.points(request.function, cases, request.choice),
        figures={
            "cases": float(len(cases)),
            "cases per CPU second": round(len(cases) / max(sum(parts.values()), 1e-9), 1),
        },
        seconds=round(seconds, 1),
        command=request.command(),
        provenance=origin,
        kernel=request.kernel,
        function=request.function,
        operators=operators,
        family=first.family,
        formula=declared.comment,
        order=first.order,
        source=source_of(request.function),
        cases=cases,
        stages=summary.stages(cases),
        tallies=summary.tallies(cases),
        ulp_from_machine=dict(machine),
        ulp_from_exact=dict(exact),
        shares=dict(sorted(shares.items())),
        model_ratio=summary.model_ratio(cases),
        ceilings=tuple(
            model.ceiling(engine, configuration)
            for engine, configuration in dict.fromkeys((case.engine, case.configuration) for case in cases)
        ),
        overhead=overhead,
        cpu_seconds={name: round(value, 2) for name, value in parts.items()},
    )


def source_of(function: str) -> str:
    """The firmware's file that defines ``function``."""
    for path in sorted((FIRMWARE / "kernels").glob("*.c")):
        if f"void {function}(" in path.read_text(encoding="utf-8"):
            return f"firmware/kernels/{path.name}"
    return ""


@contextmanager
def _scratch(parent: Path, kernel: str) -> Iterator[Path]:
    """A folder of our own that is gone afterwards, however this ends."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{kernel}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _timed(parts: dict[str, float], name: str) -> Iterator[None]:
    begun = time.process_time()
    yield
    parts[name] += time.process_time() - begun
