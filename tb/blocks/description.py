# SPDX-License-Identifier: Apache-2.0
"""What the description of a block says. Each block has one: ``BLOCK`` in tb/blocks/<block>/block.py.

It lies beside the bench that it describes rather than in one big list, so that a new block is two folders, rtl/<block>
and tb/blocks/<block>, and a change to a block shows in one place. tb/blocks/catalogue.py finds them; benches, the test
plan, mutation, coverage and docs iterate over what it finds. Nothing here runs a tool: importing it is cheap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tb.build.paths import BLOCKS, CHECKERS, MODELS
from tb.build.sources import CORE_SOURCES
from tb.plan import BlockEntry, Seeds, Stage
from traindeploy.platform.paths import RTL
from traindeploy.records.case import Kind

# CVFPU's multiply-adder with all that it needs.
FMA = ("cf_math_pkg", "lzc", "fpnew_pkg", "fpnew_classifier", "fpnew_rounding", "fpnew_fma")


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Parameters of the bench's top module, and what the cocotb side must be told about them."""

    parameters: Mapping[str, int] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One simulator of a block.

    ``configurations``: by name, "" alone if there is nothing to choose. ``public``: by module what cocotb may touch
    (default: all of ``top``). ``period``: of its clock, in ns.
    """

    top: str
    sources: tuple[Path, ...]
    configurations: Mapping[str, Configuration] = field(default_factory=lambda: {"": Configuration()})
    core: bool = False  # needs the include folders of CV32E40P and CVFPU
    public: Mapping[str, tuple[str, ...]] | None = None
    arguments: tuple[str, ...] = ()
    period: int = 10


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """In ``file`` (its stem) every ``text`` becomes ``replacement``.

    ``tests`` are the names of the entries that may notice (without the block's), by default all that a push runs; one
    of them must. ``nightly``: tried every night, the others every week.
    """

    file: str
    text: str
    replacement: str
    tests: tuple[str, ...] = ()
    configuration: str = ""
    nightly: bool = False


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """How a block's mutants are tried: on which bench and configuration, with what changed for the cocotb side."""

    mutants: Mapping[str, Mutant]
    bench: str = "main"
    configuration: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    assertions: bool = False  # off: the data, the events, the coverage, the counters or the cycles must show it


@dataclass(frozen=True, kw_only=True)
class LineCoverage:
    """Code coverage of a block's RTL: what is counted, on which engines, and how much must have run."""

    control: Path  # Verilator control file: what is not counted
    configurations: tuple[str, ...]
    tests: tuple[str, ...]  # names of entries, without the block's
    environment: Mapping[str, str]
    explained: Path  # file | text of the line | why it cannot run
    accepted: float  # % of the lines, at least
    remark: tuple[str, ...]  # what the page says about toggles that are missing
    arguments: tuple[str, ...] = ("--coverage-line", "--coverage-toggle")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of the design and all that its verification consists of.

    ``rtl``: its folders below rtl/ (none: a model of the bench). ``coverage``: the functional coverage points that a
    test closes, by the name of the cocotb test; a run that records others fails.
    """

    name: str
    title: str
    rtl: tuple[str, ...]
    benches: Mapping[str, Bench]
    tests: tuple[BlockEntry, ...]
    coverage: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mutation: Mutation | None = None
    lines: LineCoverage | None = None

    def test(self, name: str) -> BlockEntry:
        """The entry ``name`` (without the block's)."""
        return next(entry for entry in self.tests if entry.name == f"{self.name}.{name}")


def rtl(folder: str, *stems: str) -> tuple[Path, ...]:
    """The SystemVerilog of rtl/``folder``, packages first: all of it, or only ``stems``."""
    files = sorted((RTL / folder).glob("*.sv"), key=lambda path: (not path.stem.endswith("_pkg"), path.stem))
    if missing := set(stems) - {path.stem for path in files}:
        raise FileNotFoundError(f"rtl/{folder} has no {', '.join(sorted(missing))}")
    return tuple(path for path in files if not stems or path.stem in stems)


def common(*stems: str) -> tuple[Path, ...]:
    """Modules of rtl/common, with all of its packages."""
    packages = tuple(path for path in sorted((RTL / "common").glob("*_pkg.sv")) if path.stem not in stems)
    return (*packages, *(rtl("common", *stems) if stems else ()))


def core(*stems: str) -> tuple[Path, ...]:
    """Files of CV32E40P and CVFPU as the PyPI package carries them: all, or only ``stems``, in compilation order."""
    return tuple(path for path in CORE_SOURCES if not stems or path.stem in stems)


def models(*names: str) -> tuple[Path, ...]:
    """Simulation models."""
    return tuple(MODELS / name for name in names)


def checkers(*names: str) -> tuple[Path, ...]:
    """Port checkers and observers."""
    return tuple(CHECKERS / name for name in names)


def bench(block: str, *names: str) -> tuple[Path, ...]:
    """Files beside the description of ``block``."""
    return tuple(BLOCKS / block / name for name in names)


def entry(
    block: str,
    test: str,
    holds: str,
    stage: Stage,
    *,
    name: str = "",
    module: str = "",
    bench: str = "main",
    kind: Kind = Kind.BLOCK,
    seeds: Seeds | None = None,
    seconds: int = 120,
    configurations: Sequence[str] = ("",),
    environment: Mapping[str, str] | None = None,
    plusargs: Sequence[str] = (),
    table: str = "",
) -> BlockEntry:
    """A test of ``block``; by default it is called like the cocotb test, of module test_<block>."""
    module = f"tb.blocks.{block}.test_{module or block}"
    return BlockEntry(
        name=f"{block}.{name or test}",
        holds=holds,
        stage=stage,
        kind=kind,
        seeds=seeds or Seeds(),
        seconds=seconds,
        configurations=tuple(configurations),
        cocotb=((module, test),),
        block=block,
        bench=bench,
        module=module,
        test=test,
        environment=environment or {},
        plusargs=tuple(plusargs),
        table=table,
    )
