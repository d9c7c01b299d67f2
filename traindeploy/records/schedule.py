# SPDX-License-Identifier: Apache-2.0
"""``schedule.json``: the static schedule of a training step, what runs in which slot, and what lies where.

The bench holds what the engines did against it; what tensors are judged by stands in ``program.json``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from traindeploy.records.program import Level, Only, in_step


@dataclass(frozen=True, kw_only=True)
class BufferDescription:
    """A piece of L1 or L2, alive from slot ``first`` to slot ``last``, both included."""

    name: Annotated[str, "tensor whose elements it holds, or scratch buffer"]
    level: Level
    address: int
    bytes: int
    first: int
    last: int

    @property
    def end(self) -> int:
        """One past its last address."""
        return self.address + self.bytes


@dataclass(frozen=True, kw_only=True)
class TransferDescription:
    """A DMA transfer (L2 and L1) or a HyperBus transfer (L3 and L2). Addresses as in ``Placement``."""

    label: str
    source: int
    destination: int
    bytes: int
    store: Annotated[bool, "away from L1: DMA to L2, HyperBus to L3"]
    operator: Annotated[int, "that needs what is loaded, or computed what is stored; -1: none"] = -1
    step_stride: Annotated[int, "bytes by which its L3 address moves from one training step to the next"] = 0
    only: Annotated[Only, "training step in which it is done; empty: in each"] = ""


@dataclass(frozen=True, kw_only=True)
class WorkDescription:
    """A kernel call or a RedMule job: one tile of an operator."""

    operator: int
    kernel: str
    label: Annotated[str, "operator and tile"]
    cycles: Annotated[int, "by the cost model"]
    reads: Annotated[tuple[int, ...], "buffers, by number"] = ()
    writes: Annotated[tuple[int, ...], "buffers, by number"] = ()
    job: Annotated[tuple[int, ...], "of RedMule: addresses of X, W, Z, and M, N, K"] = ()


def in_steps(plan: Sequence[TransferDescription | WorkDescription], steps: int) -> Iterator[tuple[int, int]]:
    """(training step, place in ``plan``) of what an engine does in all training steps, in order.

    >>> once, each = (TransferDescription(label="w", source=0, destination=0, bytes=4, store=False, only=only)
    ...               for only in ("first", ""))
    >>> [*in_steps([once, each], steps=2)]
    [(0, 0), (0, 1), (1, 1)]
    """
    for step in range(steps):
        for place, each in enumerate(plan):
            if isinstance(each, WorkDescription) or in_step(each.only, step, steps):
                yield step, place


@dataclass(frozen=True, kw_only=True)
class SlotDescription:
    """A slot (docs/design/execution.md). Waits count what was started since the training step began; 0: no wait."""

    start: Annotated[int, "cycle by the cost model"]
    dma: tuple[TransferDescription, ...] = ()
    hyper: tuple[TransferDescription, ...] = ()
    jobs: tuple[WorkDescription, ...] = ()
    calls: tuple[WorkDescription, ...] = ()
    wait_dma: int = 0
    wait_hyper: int = 0
    wait_jobs: int = 0
    reports: Annotated[tuple[int, ...], "operators that are complete at its end"] = ()


@dataclass(frozen=True, kw_only=True)
class OperandDescription:
    """What an operator reads."""

    tensor: str
    shape: tuple[int, ...]
    dtype: str
    kind: Annotated[str, "parameter, constant, input, label or activation"]
    view: Annotated[str, "tensor in whose storage it lies, if it is a view"] = ""


@dataclass(frozen=True, kw_only=True)
class OperatorDetail:
    """What ``program.json`` does not say of an operator."""

    index: int
    inputs: tuple[OperandDescription, ...] = ()
    attributes: Annotated[Mapping[str, str], "of the node, as text"] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ScheduleDescription:
    """The slots of a training step, the buffers that they use, and the operators as nodes of the graph."""

    VERSION: ClassVar[int] = 1

    slots: tuple[SlotDescription, ...]
    buffers: tuple[BufferDescription, ...] = ()
    operators: Annotated[tuple[OperatorDetail, ...], "in mailbox order"] = ()
