# SPDX-License-Identifier: Apache-2.0
"""``schedule.json``: the static schedule of a training step, what runs in which slot, and what lies where.

The bench holds what the engines did against it; what tensors are judged by stands in ``program.json``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from traindeploy.records.program import Level


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
