# SPDX-License-Identifier: Apache-2.0
"""What the schedule says and codegen emits: slots of transfers, jobs, kernel calls and waits on placed buffers."""

from dataclasses import dataclass, field

from traindeploy.ir.graph import Graph, Node
from traindeploy.ir.region import Box
from traindeploy.platform import HardwareConfig
from traindeploy.records.program import Engine as Engine
from traindeploy.records.program import Level as Level
from traindeploy.records.program import Only as Only
from traindeploy.records.program import Weights as Weights
from traindeploy.records.program import in_step


@dataclass
class Buffer:
    """A placed piece of L1 or L2, alive from slot ``first`` to ``last`` (both included). ``box`` says what it holds."""

    name: str
    level: Level
    nbytes: int
    box: Box
    first: int = -1
    last: int = -1
    address: int = -1

    def touch(self, slot: int) -> None:
        """Extend the live range to ``slot``."""
        self.first = slot if self.first < 0 else min(self.first, slot)
        self.last = max(self.last, slot)


@dataclass(frozen=True)
class Ref:
    """A byte offset into a buffer."""

    buffer: Buffer
    offset: int = 0

    @property
    def address(self) -> int:
        return self.buffer.address + self.offset

    def __hash__(self) -> int:
        return hash((id(self.buffer), self.offset))


@dataclass
class Dma:
    """``planes`` x ``rows`` rows of ``length`` bytes; strides in bytes."""

    source: Ref
    destination: Ref
    length: int
    source_stride: int = 0
    destination_stride: int = 0
    rows: int = 1
    source_stride2: int = 0
    destination_stride2: int = 0
    planes: int = 1
    label: str = ""

    @property
    def nbytes(self) -> int:
        return self.length * self.rows * self.planes


@dataclass
class Hyper:
    """A HyperBus transfer; its L3 address moves by ``l3_step_stride`` bytes from one training step to the next.

    ``only``: the training step in which it is done, "" for each. Waits count it in every step.
    """

    l3: int
    l2: Ref
    length: int
    to_l3: bool = False
    l3_step_stride: int = 0
    label: str = ""
    only: Only = ""

    def done_in(self, step: int, steps: int) -> bool:
        """Whether training step ``step`` of ``steps`` does it."""
        return in_step(self.only, step, steps)


@dataclass
class Call:
    """A kernel call or a RedMule job: arguments in the order of the kernel's struct."""

    kernel: str
    engine: Engine
    args: dict[str, Ref | int | float | None]
    reads: list[tuple[Ref, Box]]
    writes: list[tuple[Ref, Box]]
    label: str
    operator: int
    cycles: int


@dataclass
class Slot:
    """The unit of the schedule.

    Core 0 starts transfers and jobs; all cores make the calls; core 0 waits and reports; barrier.

    Waits give how many of the transfers (jobs) started since the training step began must be complete; 0: no wait.
    """

    dma: list[Dma] = field(default_factory=list)
    hyper: list[Hyper] = field(default_factory=list)
    jobs: list[Call] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    wait_dma: int = 0
    wait_hyper: int = 0
    wait_jobs: int = 0
    reports: list[int] = field(default_factory=list)
    start: int = 0  # estimated cycle


@dataclass
class Output:
    """Where a node's output lies when it is reported. ``level`` L3: ``l3`` is the address; ``strides`` in bytes, None:
    dense.
    """

    tensor: str
    level: Level
    ref: Ref | None
    l3: int
    shape: tuple[int, ...]
    dtype: str
    strides: tuple[int, ...] | None = None

    @property
    def address(self) -> int:
        return self.l3 if self.ref is None else self.ref.address


@dataclass
class Operator:
    """A node of the graph as the bench and the reports see it; ``flop`` counts 2 a multiply-accumulate of Gemm and
    Conv.
    """

    index: int
    node: Node
    engine: Engine
    flop: int
    outputs: list[Output]


@dataclass
class Program:
    """A scheduled and placed graph: what codegen writes as C and golden interprets."""

    graph: Graph
    config: HardwareConfig
    engine: Engine
    training_steps: int
    slots: list[Slot]
    operators: list[Operator]
    buffers: list[Buffer]
    homes: dict[str, int]  # L3 byte addresses of parameters, constants, and step 0's inputs and labels
    sample_stride: int
    estimated_cycles: int
    peak_bytes: dict[str, int] = field(default_factory=dict)
    l3_bytes: int = 0  # moved between L3 and L2 in each training step
    l3_bytes_once: int = 0  # the same, before the first one and behind the last
    l2_bytes: int = 0  # moved between L2 and L1 in one training step
    l2: dict[str, Buffer] = field(default_factory=dict)  # where the schedule keeps each tensor
    engine_of: dict[str, Engine] = field(default_factory=dict)  # by node: RedMule if any of its tasks runs there
    weights: Weights = "l3"  # where they are between training steps
    at_end: list[Output] = field(default_factory=list)  # updated tensors in L3 behind the last training step
