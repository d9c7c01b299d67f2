# SPDX-License-Identifier: Apache-2.0
"""Generated mutants of a block: one simulator holds them all, each is tried on the block's tests, cheapest first."""

import os
import re
import resource
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tb.blocks.catalogue import CATALOGUE
from tb.blocks.description import Block
from tb.blocks.run import build, simulate
from tb.build.simulator import UNKNOWN_IS_RANDOM, Build, SimulationError
from tb.mutate.operators import Change, changes, states_of
from tb.mutate.schemata import PACKAGE, instrumented
from tb.plan import BlockEntry
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT, RTL

ATTEMPTS = 40  # builds, until no mutant is left that the compiler refuses
PATIENCE = 6  # a test may take this many times the seconds that it takes on the design as it is, and 5 more
FAR = 100_000  # seconds by the clock, which decides nothing: the machine may be busy


@dataclass(frozen=True)
class Generated:
    """``number``: what chooses it in the build; ``file``: relative to the checkout."""

    number: int
    file: str
    change: Change
    text: str  # of its line

    @property
    def said(self) -> str:
        """What is changed to what, shortened."""
        old, new = (
            part if len(part) <= 60 else f"{part[:57]}..." for part in (_flat(self.change.old), self.change.new)
        )
        return f"{self.change.kind} {old!r} -> {new!r}"

    @property
    def name(self) -> str:
        """Where and what, in one line."""
        return f"{self.file}:{self.change.line} {self.said} ({self.change.start})"


@dataclass(frozen=True)
class Check:
    """A test on one configuration of a bench, and the processor's seconds that it takes on the design as it is."""

    entry: BlockEntry
    configuration: str
    seconds: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.entry.name}-{self.configuration}" if self.configuration else self.entry.name


@dataclass(frozen=True)
class Bench:
    """The simulator that holds the mutants; ``stillborn`` are those that the compiler refuses."""

    block: Block
    name: str
    configuration: str
    build: Build
    mutants: tuple[Generated, ...]
    stillborn: tuple[Generated, ...]

    @property
    def stands_in(self) -> bool:
        """Whether the block's mutants are tried on it by all tests, whatever they state."""
        mutation = self.block.mutation
        return mutation is not None and (mutation.bench, mutation.configuration) == (self.name, self.configuration)


def generated(sources: Sequence[Path], folders: Sequence[str]) -> list[Generated]:
    """All mutants of those of ``sources`` that lie in ``folders`` of the RTL, in their order."""
    own = [path for path in sources if path.suffix == ".sv" and path.parent in [RTL / folder for folder in folders]]
    states = states_of(own)
    found: list[Generated] = []
    for path in own:
        if path.stem.endswith("_pkg"):
            continue  # its functions make constants
        lines = path.read_text(encoding="utf-8").splitlines()
        for change in changes(path, states):
            name = str(path.relative_to(ROOT))
            found.append(Generated(len(found) + 1, name, change, lines[change.line - 1].strip()))
    return found


def prepare(block: Block, bench: str, configuration: str, *, assertions: bool = True) -> Bench:
    """Build the bench with all mutants of its modules; those that the compiler refuses are left out, one by one."""
    sources = block.benches[bench].sources
    mutants, stillborn = generated(sources, block.rtl), list[Generated]()
    for _ in range(ATTEMPTS):
        with tempfile.TemporaryDirectory() as scratch:
            changed = _written(Path(scratch), sources, mutants)
            try:
                built = build(
                    block.name,
                    bench,
                    configuration,
                    name=f"{block.name}-mutants",
                    sources=changed,
                    arguments=(*UNKNOWN_IS_RANDOM, "-Wno-ENUMVALUE", "-Wno-lint", "-Wno-style"),
                    optimize="-O1",
                    assertions=assertions,
                )
            except UserError as error:
                refused = _suspects([m for m in mutants if _complained(m, str(error))])
                if not refused:
                    raise
                stillborn += refused
                mutants = [m for m in mutants if m not in refused]
                continue
            return Bench(block, bench, configuration, built, tuple(mutants), tuple(stillborn))
    raise UserError(f"{block.name}: the compiler refuses mutants even after {ATTEMPTS} attempts")


def _written(scratch: Path, sources: Sequence[Path], mutants: Sequence[Generated]) -> list[Path]:
    package = scratch / "td_mutant_pkg.sv"
    package.write_text(PACKAGE)
    files = [package]
    for path in sources:
        own = [
            (m.number, m.change) for m in mutants if path.is_relative_to(ROOT) and m.file == str(path.relative_to(ROOT))
        ]
        if own:
            files.append(scratch / path.name)
            files[-1].write_text(instrumented(path.read_text(encoding="utf-8"), own))
        else:
            files.append(path)
    return files


def _suspects(mutants: Sequence[Generated]) -> list[Generated]:
    """Of mutants on lines that the compiler complains about those to leave out first: most other ones always build."""
    for kinds in (("width",), ("constant", "connection"), ("bits", "arithmetic", "state")):
        if found := [m for m in mutants if m.change.kind in kinds]:
            return found
    return list(mutants)


def _complained(mutant: Generated, complaint: str) -> bool:
    last = mutant.change.line + mutant.change.old.count("\n")
    lines = re.findall(rf"%Error[^\n]*{re.escape(Path(mutant.file).name)}:(\d+):", complaint)
    return any(mutant.change.line <= int(line) <= last for line in lines)


def checks_of(bench: Bench, environment: Mapping[str, str]) -> list[Check]:
    """The tests that a push runs on the bench, in the order of the plan, which has the plain ones first.

    On the configuration that stands in for others, since it builds quickly, with ``environment`` for the cocotb side.
    """
    found = []
    for entry in bench.block.tests:
        if entry.seeds.push and entry.bench == bench.name and (bench.stands_in or _states(bench, entry)):
            extra = environment if bench.stands_in else {}
            found.append(Check(replace(entry, environment={**entry.environment, **extra}), bench.configuration))
    return found


def _states(bench: Bench, entry: BlockEntry) -> bool:
    return bench.configuration in entry.configurations


def measured(bench: Bench, check: Check) -> Check | None:
    """``check`` with the seconds that it takes without a mutant; None if it fails on a stand-in that it does not state.

    Raises:
        AssertionError: it fails on a configuration that it states, although no mutant is chosen.
    """
    failure, seconds = attempt(bench, check, 0)
    if failure and bench.stands_in and not _states(bench, check.entry):
        return None
    assert not failure, f"{check.name} fails without a mutant: {failure}"
    return replace(check, seconds=seconds)


def attempt(bench: Bench, check: Check, number: int) -> tuple[str, float]:
    """What fails in ``check`` on the mutant ``number`` (0: none), "" if nothing does, and the processor's seconds."""
    limit = int(PATIENCE * check.seconds) + 5 if check.seconds else 1000
    entry = replace(check.entry, plusargs=(*check.entry.plusargs, f"+td_mutant={number}"), seconds=FAR)
    reading, writing = os.pipe()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = os.fork()
    if child == 0:
        os.close(reading)
        failure = "the trial itself fails"
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
            with tempfile.TemporaryDirectory() as folder:
                failure = _failure(bench, check, entry, Path(folder))
        except BaseException as error:  # noqa: BLE001 (nothing may return into the parent's loop)
            failure = f"{type(error).__name__}: {error}"
        finally:
            os.write(writing, failure.encode()[:60000])
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8", errors="replace") as answer:
        failure = answer.read()
    os.waitpid(child, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return failure, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _failure(bench: Bench, check: Check, entry: BlockEntry, folder: Path) -> str:
    try:
        simulate(bench.build, entry, check.configuration, 1, folder)
    except SimulationError as error:
        return _flat(str(error).splitlines()[0].split("; see")[0])
    return ""


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def blocks() -> Iterator[Block]:
    """Those that have modules of the design."""
    for block in CATALOGUE.values():
        if block.rtl:
            yield block
