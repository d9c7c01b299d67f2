# SPDX-License-Identifier: Apache-2.0
"""``traindeploy verify``: kernels by name or pattern, each alone on the RTL; a table, and a record of each."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from traindeploy.app.kernel_mutants import mutants_of, recorded
from traindeploy.errors import UserError
from traindeploy.ops import KERNELS
from traindeploy.platform import CONFIGS, NUM_CORES
from traindeploy.platform.paths import BUILD
from traindeploy.records import serial
from traindeploy.records.case import REPORTS, leave
from traindeploy.records.kernel import KernelRecord
from traindeploy.records.program import Engine
from traindeploy.records.progress import BuildBegan, Event, Tick
from traindeploy.records.verdict import Verdict
from traindeploy.report.console import terminal
from traindeploy.report.kernel import pages
from traindeploy.report.text import plain, shown_path

ENGINES: tuple[Engine, ...] = get_args(Engine)
ALL = "all"
VARIABLES = ("KERNEL", "CASES", "CASE", "SEED", "CORES", "ENGINE", "CONFIG", "DELAYS", "COVERAGE")  # of make verify
STYLES = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.ERROR: "bold yellow"}


@dataclass(frozen=True)
class VerifyOptions:
    """What stands on the command line, as text: lists are separated by commas."""

    pattern: str
    cases: int = 500
    case: str = ""
    seed: int = 0
    cores: str = f"1-{NUM_CORES}"
    engine: str = "cores,redmule"
    config: str = "compact"
    delays: bool = False
    coverage: bool = False

    @property
    def beside(self) -> str:
        """The options that are not as usual, as ``make verify`` takes them."""
        usual = VerifyOptions("")
        words = [
            f" {name.upper()}={getattr(self, name)}"
            for name in ("cores", "engine", "config")
            if getattr(self, name) != getattr(usual, name)
        ]
        return "".join(words) + " DELAYS=1" * self.delays + " COVERAGE=1" * self.coverage


def matching(pattern: str) -> tuple[str, ...]:
    """The functions of the kernels that ``pattern`` names: a name with or without td_, a pattern, or "all"."""
    names = {function.removeprefix("td_"): function for function in KERNELS}
    wanted = pattern.strip().removeprefix("td_")
    found = tuple(f for name, f in names.items() if wanted == ALL or fnmatchcase(name, wanted))
    if not found:
        raise UserError(
            f"no kernel is called {pattern!r}: expected all, a pattern such as 'gelu*', or {', '.join(names)}"
        )
    return found


def numbers(text: str, what: str, low: int, high: int) -> tuple[int, ...]:
    """``1,4-6`` as numbers."""
    found: list[int] = []
    for word in text.split(","):
        first, dash, last = word.strip().partition("-")
        ends = (first, last if dash else first)
        if not all(end.isdecimal() and low <= int(end) <= high for end in ends) or int(ends[0]) > int(ends[1]):
            raise UserError(f"{what} is {text!r}: expected numbers from {low} to {high}, such as {low},{low + 3}")
        found += range(int(ends[0]), int(ends[1]) + 1)
    return tuple(dict.fromkeys(found))


def words(text: str, what: str, known: Sequence[str]) -> tuple[str, ...]:
    """``compact,paper`` as names that are known."""
    found = tuple(dict.fromkeys(word.strip() for word in text.split(",")))
    if strange := [word for word in found if word not in known]:
        raise UserError(f"{what} has {strange[0]!r}: expected some of {', '.join(known)}, separated by commas")
    return found


def verify(options: VerifyOptions, console: Console | None = None) -> Verdict:
    """Verify every kernel that is asked for; FAILED if one is, and the others go on all the same.

    Raises:
        UserError: bad input or a missing tool.
    """
    from traindeploy.verify import engine  # here, so that --help and usage errors are instant
    from traindeploy.verify.plan import Boot, Choice, runs_on

    console = console or terminal()
    functions = matching(options.pattern)
    configurations = words(options.config, "CONFIG", tuple(CONFIGS))
    boots = [Boot(name) for name in configurations]
    boots += [Boot(configurations[0], delays=True)] if options.delays else []
    engines = words(options.engine, "ENGINE", ENGINES)
    choice = Choice(
        seed=options.seed,
        cores=numbers(options.cores, "CORES", 1, NUM_CORES),
        engines=tuple(each for each in ENGINES if each in engines),
        boots=tuple(boots),
    )
    able = tuple(f for f in functions if set(runs_on(f)) & set(choice.engines))
    if not able:
        raise UserError(
            f"{options.pattern} does not run on {options.engine}: expected {' or '.join(runs_on(functions[0]))}"
        )
    only = numbers(options.case, "CASE", 0, 1 << 31) if options.case else ()
    records = []
    for function in able:
        request = engine.Request(function, options.cases, choice, only, options.coverage, options.beside)
        with console.status(f"{request.kernel}: {len(only) or options.cases} cases") as status:

            def show(event: Event, kernel: str = request.kernel) -> None:
                if isinstance(event, BuildBegan):
                    status.update(f"building the simulator {event.name}, once")
                elif isinstance(event, Tick):
                    status.update(f"{kernel}: cycle {event.cycle:,}")

            record = engine.verify(request, progress=show)
        records.append(record)
        leave(record, os.environ.get(REPORTS, ""))
        _print_kernel(console, record)
        if not only:
            _write_page(record, BUILD / engine.FOLDER / record.kernel)
    if not only:
        console.print(plain(f"reports: {shown_path(pages.write_index(BUILD / engine.FOLDER))}"), soft_wrap=True)
    if len(records) > 1:
        console.print(_table(records))
    found = {record.verdict for record in records}
    return next((v for v in (Verdict.FAILED, Verdict.ERROR) if v in found), Verdict.PASSED)


def _write_page(record: KernelRecord, folder: Path) -> None:
    """The kernel's page; with the mutants of its lines, which the record gets too, if there has been a campaign."""
    if found := mutants_of(record, recorded()):
        record = replace(record, mutants=found)
        serial.write(record, folder / pages.RECORD)
    pages.write_kernel(record, folder)


def _print_kernel(console: Console, record: KernelRecord) -> None:
    """One line, and for a failure the case and the command that repeats it."""
    verdict = f"[{STYLES[record.verdict]}]{record.verdict.name}[/]"
    cpu = f"{sum(record.cpu_seconds.values()):.1f} s of CPU time"
    console.print(f"{verdict} {record.kernel}: {_facts(record)}, {cpu}", highlight=False)
    failing = [case for case in record.cases if not case.passed]
    for case in failing[:3]:
        console.print(plain(f"  {case.name}: {case.failure}"), soft_wrap=True)
        console.print(plain(f"  again: {case.command}"), soft_wrap=True)
    if len(failing) > 3:
        console.print(f"  and {len(failing) - 3} more", highlight=False)


def _facts(record: KernelRecord) -> str:
    failed = sum(not case.passed for case in record.cases)
    known = [case.share for case in record.cases if case.share is not None]
    share = f", error at most {max(known):.2f} of its bound" if known else ""
    ulp = "NaN" if record.max_ulp == -1 else f"{record.max_ulp} ULP"
    return f"{len(record.cases)} cases, {failed} failed, {ulp}{share}"


def _table(records: Sequence[KernelRecord]) -> Table:
    table = Table(title="Kernels alone on the RTL")
    for heading in ("kernel", "verdict"):
        table.add_column(heading)
    for heading in ("cases", "failed", "ULP", "error / bound", "cycles / model", "coverage", "CPU s"):
        table.add_column(heading, justify="right")
    for record in records:
        known = [case.share for case in record.cases if case.share is not None]
        stated, hit = (sum(getattr(point, name) for point in record.coverage) for name in ("stated", "hit"))
        ratio = next((f"{d.median:.2f}" for d in record.model_ratio), "-")
        table.add_row(
            record.kernel,
            f"[{STYLES[record.verdict]}]{record.verdict.name}[/]",
            str(len(record.cases)),
            str(sum(not case.passed for case in record.cases)),
            "NaN" if record.max_ulp == -1 else str(record.max_ulp),
            f"{max(known):.2f}" if known else "-",
            ratio,
            f"{hit / stated:.0%}" if stated else "-",
            f"{sum(record.cpu_seconds.values()):.1f}",
        )
    return table


def listing() -> str:
    """One line a kernel: name, operators, formula."""
    from traindeploy.verify.plan import operators_of

    rows = [(f.removeprefix("td_"), ", ".join(operators_of(f)), k.comment.splitlines()[0]) for f, k in KERNELS.items()]
    return "\n".join(f"{name:28} {operators:24} {formula}" for name, operators, formula in rows)
