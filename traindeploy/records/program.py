# SPDX-License-Identifier: Apache-2.0
"""``program.json``: what the compiler tells the bench and the reports about a program."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

Level = Literal["L1", "L2", "L3"]
Engine = Literal["redmule", "cores"]
Form = Literal["code", "data"]
AskedForm = Literal["auto", "code", "data"]
Weights = Literal["l3", "l2", "l2-saved"]
Only = Literal["", "first", "last"]
Phase = Literal["forward", "backward", "update"]


def in_step(only: Only, step: int, steps: int) -> bool:
    """Whether what is done ``only`` in the first or last one of ``steps`` training steps ("": in each) is in ``step``.

    >>> [in_step("last", step, 3) for step in range(3)]
    [False, False, True]
    """
    return not only or step == (0 if only == "first" else steps - 1)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a tensor lies. Addresses are the bus's in L1 and L2, the HyperRAM's own in L3."""

    tensor: str
    level: Level
    address: int
    shape: tuple[int, ...]
    dtype: Annotated[str, "as NumPy names it"] = "float32"
    strides: Annotated[tuple[int, ...] | None, "in bytes; null: dense, row-major"] = None


@dataclass(frozen=True, kw_only=True)
class SamplePlacement(Placement):
    """An input or label, which every training step finds elsewhere."""

    addresses: Annotated[tuple[int, ...], "L3 address in each training step"]


@dataclass(frozen=True, kw_only=True)
class ParameterPlacement(Placement):
    """A parameter or constant: its home in L3."""

    trainable: Annotated[bool, "whether a training step updates it"]


@dataclass(frozen=True, kw_only=True)
class OperatorDescription:
    """One node of the training graph; ``index`` is the word that the firmware writes to the mailbox at its end."""

    index: int
    name: str
    kind: Annotated[str, "operator of the graph, or kernel"]
    engine: Engine
    phase: Phase
    flop: Annotated[int, "2 per multiply-accumulate of matrix products and convolutions"] = 0
    origin: Annotated[str, "node of the model's file that it comes from"] = ""
    kernel: Annotated[str, "function of the firmware, or the engine, that computes it"] = ""
    source: Annotated[str, "where that is written"] = ""
    reads: Annotated[tuple[int, ...], "operators whose outputs it reads, by index"] = ()
    outputs: tuple[Placement, ...]


@dataclass(frozen=True)
class FirmwareSize:
    """Bytes of the linked firmware: ``text`` and ``rodata`` in L2, ``data`` in L2 and TCDM, ``bss`` in TCDM."""

    text: int
    rodata: int
    data: int
    bss: int

    @property
    def l2(self) -> int:
        """Bytes that the boot loader writes to L2, of the platform's ``L2_FIRMWARE_BYTES``."""
        return self.text + self.rodata + self.data

    @property
    def tcdm(self) -> int:
        """Bytes of runtime variables in TCDM, beside the stacks."""
        return self.data + self.bss


@dataclass(frozen=True, kw_only=True)
class ProgramDescription:
    """A compiled program. Figures are those of one training step.

    ``operators`` are in mailbox order. A program without inputs, parameters and loss is one that a test has written.
    """

    VERSION: ClassVar[int] = 1

    operators: tuple[OperatorDescription, ...]
    steps: Annotated[int, "training steps, one after the other"] = 1
    loss: Placement | None = None
    graph: str = ""
    engine: Annotated[Engine, "where matrix products run"] = "cores"
    config: Annotated[str, "hardware configuration"] = ""
    hardware: Annotated[Mapping[str, int], "the RTL's parameters that make it"] = field(default_factory=dict)
    slots: Annotated[int, "of the static schedule of a training step"] = 0
    estimated_cycles: int = 0
    inputs: tuple[SamplePlacement, ...] = ()
    labels: tuple[SamplePlacement, ...] = ()
    parameters: tuple[ParameterPlacement, ...] = ()
    flop: int = 0
    peak_bytes: Annotated[Mapping[str, int], "largest use of L1, L2 and L3"] = field(default_factory=dict)
    l3_bytes: Annotated[int, "moved between L3 and L2"] = 0
    l3_bytes_once: Annotated[int, "the same, before the first step and behind the last: of weights that stay in L2"] = 0
    l2_bytes: Annotated[int, "moved between L2 and L1"] = 0
    trainable_parameters: int = 0
    firmware_bytes: FirmwareSize | None = None
    form: Annotated[Form, "a function a slot, or tables that the runtime walks"] = "code"
    weights: Annotated[Weights, "where weights are between steps"] = "l3"
    at_end: Annotated[tuple[Placement, ...], "updated tensors that lie in L3 behind the last step only"] = ()

    @property
    def firmware_l2_bytes(self) -> int:
        """Code and constants that the boot loader writes to L2."""
        return self.firmware_bytes.l2 if self.firmware_bytes is not None else 0

    @property
    def outputs(self) -> tuple[Placement, ...]:
        """Every tensor that the bench compares in a training step."""
        return tuple(output for operator in self.operators for output in operator.outputs)
