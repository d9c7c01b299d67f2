# SPDX-License-Identifier: Apache-2.0
"""``triage.json``: where a mismatch comes from, as far as it could be told, and how to repeat it alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from traindeploy.records.program import Engine, Level
from traindeploy.records.serial import VOLATILE
from traindeploy.records.verdict import Verdict

FOLDER, RECORD = "triage", "triage.json"  # in the run's folder
Agent = Literal["dma", "hyperbus", "redmule", "cores"]
Cause = Literal["kernel", "cores", "redmule", "dma", "hyperbus", "wait", "descriptor", "schedule", "unknown"]
# What each cause means, for reports and for docs/start/first-mismatch.md.
CAUSES: dict[Cause, str] = {
    "kernel": "a kernel's C computes something else than the machine model, on the host too",
    "cores": "the RTL's cores compute something else than the kernel's C on the host: hardware, or assembly",
    "redmule": "RedMule computes something else than the machine model",
    "dma": "the DMA did not move what it was told to",
    "hyperbus": "HyperBus did not move what it was told to",
    "wait": "something was used before it had arrived: a wait is missing or comes too early",
    "descriptor": "a descriptor in the firmware says something else than the schedule",
    "schedule": "hardware and kernels did what they were told, and what they were told is wrong: the compiler",
    "unknown": "nothing that was found explains it",
}


@dataclass(frozen=True, kw_only=True)
class Element:
    """The first wrong element of the operator whose inputs were right."""

    tensor: str
    operator: str
    kind: str
    engine: Engine
    origin: Annotated[str, "node of the model's file"] = ""
    step: int
    index: tuple[int, ...]
    level: Level
    address: Annotated[int, "of this element"]
    cycle: Annotated[int, "at which it was compared"]
    actual_hex: str
    expected_hex: str
    actual: float
    expected: float
    exact: Annotated[float | None, "by the definition, in float64, from the same operands"]
    ulp: Annotated[int, "distance; -1: a NaN is involved"]
    wrong: Annotated[int, "elements of the tensor that differ"]
    size: Annotated[int, "elements of the tensor"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Words in a memory; ``bytes`` are those that count, from ``address`` to at most ``end``."""

    level: Level
    address: int
    end: int
    bytes: int
    holds: Annotated[str, "tensor, or what a buffer is for"] = ""
    argument: Annotated[str, "of the kernel"] = ""
    found: Annotated[str, "what was compared there, and how it came out"] = ""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A transfer, job or kernel call that the element came through, in order of start."""

    agent: Agent
    label: str
    operator: Annotated[str, "that computes it; empty: a transfer"] = ""
    slot: int
    waited: Annotated[int, "slot at whose end it must be complete"]
    began: Annotated[int | None, "cycle at which core 0 entered the slot; null: before the window"] = None
    ended: Annotated[int | None, "cycle at which core 0 had left the slot that waits for it"] = None
    line: Annotated[str, "file:line of the generated C that starts it"] = ""
    code: Annotated[str, "that line"] = ""
    descriptor: Annotated[str, "its row in the generated C"] = ""
    kernel: str = ""
    source: Annotated[str, "file of the kernel, or folder of the engine"] = ""
    instructions: Annotated[str, "addresses and symbol of the kernel's instructions"] = ""
    reads: tuple[Place, ...] = ()
    writes: tuple[Place, ...] = ()
    right: Annotated[bool | None, "whether it did what the schedule says; null: it cannot be told"] = None
    found: Annotated[str, "what was compared, and how it came out"] = ""


@dataclass(frozen=True, kw_only=True)
class Reproducer:
    """The smallest program that was found to fail in the same manner."""

    command: str
    what: Annotated[str, "what it runs, in one sentence"]
    verdict: Verdict
    fails_on: Annotated[Literal["host", "rtl", "nothing"], "where it was seen to fail"]
    arguments: Annotated[Mapping[str, int], "sizes of the call in the run"] = field(default_factory=dict)
    shrunk: Annotated[Mapping[str, int], "sizes of the call in the reproducer"] = field(default_factory=dict)
    trials: Annotated[int, "smaller calls that were tried"] = 0
    cores: Annotated[str, "all at once, or one after another"] = ""


@dataclass(frozen=True, kw_only=True)
class Window:
    """The cycles around what went wrong, as a picture and as a waveform; files are relative to the triage's folder."""

    first: int
    last: int
    marker: Annotated[int, "cycle at which the culprit began, or of the comparison"]
    picture: Annotated[str, "SVG: functions on the cores, busy engines, slots"]
    file: Annotated[str, "FST waveform; empty: none was made"] = ""
    save_file: Annotated[str, "of GTKWave: the signals below, with names instead of numbers"] = ""
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Triage:
    """What is known of a mismatch without anybody having looked."""

    VERSION: ClassVar[int] = 1
    DERIVED: ClassVar[tuple[str, ...]] = ("meaning",)

    element: Element
    cause: Cause
    explanation: Annotated[str, "what was found, in one line"]
    culprit: Annotated[int | None, "the link that went wrong, from 0"] = None
    links: tuple[Link, ...] = ()
    untold: Annotated[tuple[str, ...], "what could not be told, with the reason"] = ()
    reproducer: Reproducer | None = None
    window: Window | None = None
    seconds: Annotated[float, "wall time that the triage took", VOLATILE] = 0.0

    @property
    def meaning(self) -> str:
        return CAUSES[self.cause]


@dataclass(frozen=True, kw_only=True)
class CaseArea:
    """Words that the case is judged by: (count, byte stride) outermost first."""

    name: str
    level: Level
    address: int
    dims: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class TriageCase:
    """What a reproducer runs: a single transfer, job or kernel call, or some slots of the generated C beside it.

    ``state.npz`` beside it has the memories' bytes.
    """

    VERSION: ClassVar[int] = 1

    agent: Agent | Literal["slots"]
    label: str
    kernel: str = ""
    pointers: Annotated[Mapping[str, int], "arguments that are addresses"] = field(default_factory=dict)
    sizes: Annotated[Mapping[str, int], "the other whole numbers"] = field(default_factory=dict)
    floats: Mapping[str, float] = field(default_factory=dict)
    areas: tuple[CaseArea, ...] = ()
    one_by_one: Annotated[bool, "core 0 does every core's share, one after another"] = False
    config: Annotated[str, "hardware configuration"]
    arithmetic: Annotated[str, "RedMule's multiply-adders by the host's instruction or as RTL"] = "host"
