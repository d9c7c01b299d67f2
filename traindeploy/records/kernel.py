# SPDX-License-Identifier: Apache-2.0
"""``build/verify/<kernel>/record.json``: one kernel of the firmware, verified alone on the RTL, case by case.

A *case* is one call: shape, attributes, values, cores, engine, configuration. It is compared with the machine model
(bits), with the float64 model (error over bound) and with the cost model (cycles). Stages are those of the test plan:
V1 directed shapes; V2 random shapes, alignments, values; V3 cores 1 to 8, both engines, configurations, delays.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from traindeploy.records.bench import CoreCounters, RedmuleCounters
from traindeploy.records.case import CaseRecord, Scalar
from traindeploy.records.program import Engine
from traindeploy.records.serial import VOLATILE
from traindeploy.records.verdict import Verdict

Stage = Literal["V1", "V2", "V3"]


@dataclass(frozen=True, kw_only=True)
class Element:
    """One element of an output: what it was computed from, what came out, and what should have."""

    DERIVED: ClassVar[tuple[str, ...]] = ("got", "expected")

    output: Annotated[str, "argument of the kernel"]
    index: tuple[int, ...]
    operands: Annotated[Mapping[str, tuple[float, ...]], "what it depends on, by argument; the first 8 of many"]
    got_hex: str
    expected_hex: Annotated[str, "of the machine model"]
    exact: Annotated[float, "of the float64 model"]
    error: Annotated[float, "distance of what came out from the float64 model"]
    bound: Annotated[float, "largest error that the operator's order of operations may have here"]
    ulp: Annotated[int, "distance from the machine model; -1: a NaN is involved"]

    @property
    def got(self) -> float:
        """What came out, as a number."""
        return _number(self.got_hex)

    @property
    def expected(self) -> float:
        """What the machine model computes, as a number."""
        return _number(self.expected_hex)


@dataclass(frozen=True, kw_only=True)
class KernelCase:
    """One call of the kernel. ``index`` is what ``CASE=`` takes."""

    DERIVED: ClassVar[tuple[str, ...]] = ("passed", "cycles_over_model")

    index: int
    name: Annotated[str, "shape, attributes, values, cores in short"]
    stage: Stage
    shape: Annotated[str, "of the operator's inputs, 17x33"]
    sizes: Annotated[Mapping[str, int], "the kernel's arguments that are sizes"]
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    values: Annotated[str, "class of the input values: normal, tiny, huge, subnormal, zeros, special, ..."]
    engine: Engine
    configuration: Annotated[str, "hardware configuration"]
    delays: Annotated[bool, "whether DMA, HyperBus and RedMule began after random delays"] = False
    cores: Annotated[int, "that shared the work, 1 to 8; of a RedMule job 0"]
    alignment: Annotated[int, "bytes that the operands lie behind a multiple of 64"] = 0
    padding: Annotated[int, "unused words behind each stored row; 0: dense"] = 0
    seed: int
    verdict: Verdict
    failure: Annotated[str, "in one line"] = ""
    elements: Annotated[int, "of all outputs, compared"] = 0
    wrong: Annotated[int, "that differ from the machine model"] = 0
    max_ulp: Annotated[int, "largest distance from the machine model; -1: a NaN is involved"] = 0
    worst: Annotated[Element | None, "the first wrong element, else that of the largest error over bound"] = None
    share: Annotated[float | None, "largest error over bound; null: the definition leaves these values open"] = None
    cycles: Annotated[int, "from the barrier before to the barrier behind; 0: it did not end"] = 0
    cycles_model: Annotated[int, "what the schedule's cost model says"] = 0
    flop: Annotated[int, "2 per multiply-accumulate of a product, otherwise 0"] = 0
    bytes: Annotated[int, "of operands and outputs in L1"] = 0
    stalls: Annotated[CoreCounters | None, "cycles by cause, summed over the cores"] = None
    redmule: Annotated[RedmuleCounters | None, "if it was RedMule's"] = None
    command: Annotated[str, "the command line that repeats exactly it"] = ""

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED

    @property
    def cycles_over_model(self) -> float:
        """Measured over modelled; 0 if there is no model."""
        return self.cycles / self.cycles_model if self.cycles_model else 0.0


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """A stage of the plan; ``verdict`` is null if none of its cases was run."""

    stage: Stage
    what: str
    cases: int
    failed: int
    verdict: Verdict | None


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The cases that have ``value`` in ``dimension`` (values, cores, engine, configuration, alignment, padding)."""

    dimension: str
    value: str
    cases: int
    failed: int
    max_ulp: int
    share: Annotated[float | None, "largest error over bound"]
    worst: Annotated[int | None, "index of the case that has it; of the first failing one if there is any"]


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Of measured over modelled cycles: of the cases on ``engine`` with all cores."""

    engine: Engine
    configuration: str
    cases: int
    least: float
    tenth: float
    median: float
    ninetieth: float
    largest: float


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """What an engine of a configuration can do at most: the roofline."""

    engine: Engine
    configuration: str
    flop_per_cycle: float
    bytes_per_cycle: Annotated[float, "between L1 and the engine"]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A deliberate defect of the kernel's C or of the engine that it ran on, and what noticed it."""

    name: str
    place: Annotated[str, "file:line"]
    change: str
    killed: bool
    by: Annotated[str, "the check that noticed it; of a survivor the reason it may live"] = ""
    date: Annotated[str, "when it was tried"] = ""
    commit: Annotated[str, "on which it was tried; a plus stands for changes that were not committed"] = ""


@dataclass(frozen=True, kw_only=True)
class KernelRecord(CaseRecord):
    """One kernel, verified on many cases; FAILED if one of them is."""

    VERSION: ClassVar[int] = 1

    kernel: Annotated[str, "name without td_, as `KERNEL=` takes it"]
    function: Annotated[str, "of the firmware"]
    operators: Annotated[tuple[str, ...], "of the catalogue that it computes"]
    family: str
    formula: Annotated[str, "what it computes, as its header says"]
    order: Annotated[str, "of operations, shared by machine model and firmware"]
    source: Annotated[str, "file of the firmware"]
    cases: tuple[KernelCase, ...]
    stages: tuple[StageResult, ...]
    tallies: tuple[Tally, ...]
    ulp_from_machine: Annotated[Mapping[str, int], "elements by distance from the machine model"]
    ulp_from_exact: Annotated[Mapping[str, int], "elements by distance from the float64 model rounded to float32"]
    shares: Annotated[Mapping[str, int], "cases by largest error over bound"]
    model_ratio: tuple[Distribution, ...]
    ceilings: tuple[Ceiling, ...]
    mutants: Annotated[tuple[Mutant, ...], "those that were tried, of the kernel's C and of RedMule where it ran"] = ()
    overhead: Annotated[int, "cycles of an empty call, subtracted from each case's"] = 0
    cpu_seconds: Annotated[Mapping[str, float], "processor time by part of the work", VOLATILE] = field(
        default_factory=dict
    )


def _number(bits: str) -> float:
    """The float32 of eight hexadecimal digits."""
    return float(struct.unpack("!f", bytes.fromhex(bits[2:]))[0])
