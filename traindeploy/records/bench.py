# SPDX-License-Identifier: Apache-2.0
"""``bench.json``: what the bench found in a run of a program; the run's result repeats its ``Simulation``."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from traindeploy.records.program import Engine, Level, Phase
from traindeploy.records.serial import VOLATILE
from traindeploy.records.verdict import Verified


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """The first element of a tensor that differs from the machine model."""

    DERIVED: ClassVar[tuple[str, ...]] = ("actual", "expected")

    tensor: str
    operator: str
    kind: str
    engine: Engine
    step: int
    index: tuple[int, ...]
    actual_hex: str
    expected_hex: str
    ulp: Annotated[int, "distance of this element; -1: a NaN is involved"]
    max_ulp: Annotated[int, "largest distance in the tensor"]
    wrong: Annotated[int, "elements of the tensor that differ"]
    size: Annotated[int, "elements of the tensor"]
    level: Level
    address: int
    cycle: int
    kernel: Annotated[str, "function of the firmware, or the engine, that computed it"] = ""
    source: Annotated[str, "where that is written"] = ""
    inputs_right: Annotated[bool, "whether all that the operator read from others was compared and right"] = True

    @property
    def actual(self) -> float:
        """What the hardware computed, as a number."""
        return _number(self.actual_hex)

    @property
    def expected(self) -> float:
        """What the machine model computes, as a number."""
        return _number(self.expected_hex)

    def __str__(self) -> str:
        """The element in one line, both values as bits and as numbers."""
        distance = "NaN" if self.ulp < 0 else f"{self.ulp} ULP"
        return (
            f"{list(self.index)}: {self.actual_hex} ({self.actual:.9g}), "
            f"expected {self.expected_hex} ({self.expected:.9g}), {distance}"
        )


def _number(bits: str) -> float:
    """The float32 of eight hexadecimal digits, else the integer."""
    return float(struct.unpack("!f", bytes.fromhex(bits[2:]))[0]) if len(bits) == 10 else float(int(bits, 16))


@dataclass(frozen=True, kw_only=True)
class OperatorResult:
    """One operator in one step, from ``start`` (cycle since the first fetch) for ``cycles``."""

    DERIVED: ClassVar[tuple[str, ...]] = ("flop_per_cycle",)

    index: int
    name: str
    kind: str
    engine: Engine
    phase: Phase
    step: int
    start: int
    cycles: int
    flop: int
    tensors: Annotated[int, "outputs that were compared"]
    elements: Annotated[int, "elements that were compared"]
    max_ulp: Annotated[int, "largest distance from the machine model; -1: a NaN is involved"]

    @property
    def end(self) -> int:
        return self.start + self.cycles

    @property
    def flop_per_cycle(self) -> float:
        return self.flop / self.cycles if self.cycles else 0.0


@dataclass(frozen=True, kw_only=True)
class StepSpan:
    """Training step ``step`` from cycle ``start`` to ``end``."""

    step: int
    start: int
    end: int


# The order of the fields of counters is that of td_probe_counter (tb/tops/td_probe.sv).
@dataclass(frozen=True)
class CoreCounters:
    """Cycles of one core, by what it did."""

    active: int
    asleep: int
    load_stall: int
    tcdm_conflict: int
    fetch_stall: int
    fpu_contention: int


@dataclass(frozen=True)
class RedmuleCounters:
    """Cycles of RedMule, by what it did."""

    busy: int
    stalled: int
    tcdm_conflict: int


@dataclass(frozen=True)
class TransferCounters:
    """Of the DMA or HyperBus: bytes moved, and cycles in which it worked."""

    bytes: int
    busy: int


@dataclass(frozen=True, kw_only=True)
class Counters:
    """The platform's performance counters at the end of a run."""

    cores: tuple[CoreCounters, ...]
    redmule: RedmuleCounters
    dma: TransferCounters
    hyperbus: TransferCounters


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Processor time of a simulation: in all, and in Python's callbacks."""

    python_seconds: float
    callbacks: int
    cpu_seconds: float
    marks: Annotated[tuple[tuple[int, int, float], ...], "mailbox word, cycle, processor seconds until then"]


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """What was simulated and compared, operator by operator."""

    tensors_compared: int = 0
    elements_compared: int = 0
    losses: Annotated[tuple[float, ...], "of each training step, read from simulated memory"] = ()
    sim_seconds: Annotated[float, "wall time of the simulation", VOLATILE] = 0.0
    clock_skew: Annotated[int, "largest distance, at a mailbox word or the end, from the cycles that core 0 counts"] = 0
    step_spans: Annotated[tuple[StepSpan, ...], "training steps that were begun"] = ()
    operators: tuple[OperatorResult, ...] = ()
    mismatches: Annotated[tuple[Mismatch, ...], "by tensor, first first"] = ()
    counters: Counters | None = None
    memory: Annotated[Mapping[str, str], "SHA-256 of L1, L2 and L3 at the end"] = field(default_factory=dict)

    @property
    def culprit(self) -> Mismatch | None:
        """The first mismatch of an operator whose inputs were right: what others read wrong follows from it."""
        return next((m for m in self.mismatches if m.inputs_right), next(iter(self.mismatches), None))


@dataclass(frozen=True, kw_only=True)
class BenchRecord(Simulation, Verified):
    """A simulated program, right or wrong."""

    VERSION: ClassVar[int] = 3

    eoc_value: Annotated[int | None, "what the firmware ended with; null: it did not end"] = None
    cpu_seconds: Annotated[float, "processor time of the simulator", VOLATILE] = 0.0
    profile: Annotated[Profile | None, "if it was asked for", VOLATILE] = None
