# SPDX-License-Identifier: Apache-2.0
"""Legality of a program, proven by walking its slots over the words of L1 and L2.

Everything that may run at the same time (transfers and jobs from their start until they are waited for, a slot's calls)
must not touch what another of them writes; everything read must have been written by the buffer that it is read as, and
outputs must be whole when they are reported. What one call both reads and writes must be the same element by element,
and in a matrix product it may be Y alone. Run after every compilation.
"""

from dataclasses import dataclass

import numpy as np

from traindeploy.ir.graph import dense_strides
from traindeploy.ir.program import Buffer, Call, Dma, Hyper, Operator, Program, Ref
from traindeploy.ir.region import Box, locate
from traindeploy.platform import L2_ARENA, TCDM, TCDM_ARENA

WORD = 4  # bytes: the checker's unit


class IllegalProgramError(RuntimeError):
    """The compiler made a program with a hazard: the message names slot, agent and buffer."""


@dataclass
class Access:
    """Words of one memory that an agent reads or writes as part of ``buffer``."""

    buffer: Buffer
    words: np.ndarray
    write: bool


class Memory:
    """Per word: which buffer's data it holds (0: none), how many running agents read it, and whether one writes it;
    ``updated``: of a copy of what lives in L3, the step's new value.
    """

    def __init__(self, base: int, nbytes: int) -> None:
        self.base, self.size = base, nbytes // WORD
        self.holds = np.zeros(self.size, np.int32)
        self.reading = np.zeros(self.size, np.int16)
        self.writing = np.zeros(self.size, bool)
        self.updated = np.zeros(self.size, bool)


def check_program(program: Program) -> None:
    """Raise IllegalProgramError for the first hazard."""
    _Checker(program).run()


class _Checker:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.memories = {"L1": Memory(TCDM.base, TCDM_ARENA.size), "L2": Memory(L2_ARENA.base, L2_ARENA.size)}
        self.ids = {id(buffer): i + 1 for i, buffer in enumerate(program.buffers)}
        self.number = 0
        self.updated_homes: dict[int, str] = {}
        self.started: dict[str, list[list[Access]]] = {"dma": [], "hyper": [], "jobs": []}
        self.ended = dict.fromkeys(self.started, 0)  # how many of them were waited for
        self.reported: list[int] = []
        hypers = [hyper for slot in program.slots for hyper in slot.hyper]
        self.copies = {id(hyper.l2.buffer) for hyper in hypers if not hyper.to_l3}
        self.residents = {id(hyper.l2.buffer): hyper for hyper in hypers if hyper.only == "first"}

    def fail(self, message: str) -> None:
        raise IllegalProgramError(f"slot {self.number}: {message}")

    def words(self, ref: Ref, rows: list[tuple[int, int]], length: int) -> np.ndarray:
        """Word indices of ``length`` bytes at ``ref``, repeated by (count, byte stride)."""
        memory = self.memories[ref.buffer.level]
        start = np.array([ref.address - memory.base], np.int64)
        for count, stride in rows:
            start = (start[:, None] + np.arange(count) * stride).reshape(-1)
        if np.any(start % WORD) or length % WORD:
            self.fail(f"{ref.buffer.name}: transfer is not made of whole words")
        return (start[:, None] // WORD + np.arange(length // WORD)).reshape(-1)

    def boxed(self, ref: Ref, box: Box) -> np.ndarray:
        """Word indices of ``box`` in the buffer."""
        found = locate(ref.buffer.box, box)
        if found is None:
            self.fail(f"{ref.buffer.name} does not hold {box}")
            raise AssertionError
        start = (ref.address - self.memories[ref.buffer.level].base) // WORD
        words = np.array([start + found.offset], np.int64)  # an element is a word
        for (count, _), stride in zip(box.dims, found.strides, strict=True):
            words = (words[:, None] + np.arange(count) * stride).reshape(-1)
        return words

    def dma(self, dma: Dma) -> list[Access]:
        read = self.words(dma.source, [(dma.planes, dma.source_stride2), (dma.rows, dma.source_stride)], dma.length)
        write = self.words(
            dma.destination, [(dma.planes, dma.destination_stride2), (dma.rows, dma.destination_stride)], dma.length
        )
        if len(np.unique(write)) != len(write):
            self.fail(f"{dma.label} writes words twice")
        source, target = dma.source.buffer, dma.destination.buffer
        if id(source) in self.copies and np.any(self.memories[source.level].updated[read]):
            self.fail(f"{dma.label} reads {source.name} behind its update")
        if id(target) in self.copies:
            self.memories[target.level].updated[write] = True
        return [Access(source, read, False), Access(target, write, True)]

    def hyper(self, hyper: Hyper) -> list[Access]:
        buffer = hyper.l2.buffer
        if hyper.to_l3:
            self.updated_homes[hyper.l3] = hyper.label
        else:
            for home, label in self.updated_homes.items():
                if hyper.l3 <= home < hyper.l3 + hyper.length:
                    self.fail(f"{hyper.label} reads a home in L3 after {label!r}")
        length = min(hyper.length, buffer.nbytes - hyper.l2.offset)
        words = self.words(hyper.l2, [], length)
        if not hyper.to_l3:
            self.memories["L2"].updated[words] = False
        return [Access(buffer, words, not hyper.to_l3)]

    def call(self, call: Call) -> list[Access]:
        reads = [Access(ref.buffer, self.boxed(ref, box), False) for ref, box in call.reads]
        writes = [Access(ref.buffer, self.boxed(ref, box), True) for ref, box in call.writes]
        addend = call.args.get("y") if call.kernel == "td_gemm" else None
        own = addend.buffer if isinstance(addend, Ref) else None
        for (ref, _), read in zip(call.reads, reads, strict=True):
            for write in writes:
                in_place = np.array_equal(read.words, write.words) and (call.kernel != "td_gemm" or ref.buffer is own)
                if not in_place and _meet(read, write):
                    self.fail(f"{call.label} reads {read.buffer.name} where it writes {write.buffer.name}")
        return reads + writes

    def begin(self, label: str, accesses: list[Access]) -> None:
        """Let an agent run that touches ``accesses``; it must find there what it reads, and disturb nobody."""
        for access in accesses:
            self.check_place(label, access)
            self.check_data(label, access)
        # One agent may read what it writes (accumulation): mark reads first, then writes.
        for access in accesses:
            if not access.write:
                self.memories[access.buffer.level].reading[access.words] += 1
        for access in accesses:
            if access.write:
                memory = self.memories[access.buffer.level]
                memory.writing[access.words] = True
                memory.holds[access.words] = 0

    def check_place(self, label: str, access: Access) -> None:
        """The access must lie in its memory, and its buffer be alive."""
        buffer, words = access.buffer, access.words
        if words.min() < 0 or words.max() >= self.memories[buffer.level].size:
            self.fail(f"{label}: {buffer.name} lies outside {buffer.level}")
        if not buffer.first <= self.number <= buffer.last:
            self.fail(f"{label} uses {buffer.name}, alive in slots {buffer.first} to {buffer.last}")

    def check_data(self, label: str, access: Access) -> None:
        """Nobody may be writing there, nor read what is written, and what is read must be the buffer's own data."""
        buffer, words = access.buffer, access.words
        memory = self.memories[buffer.level]
        if np.any(memory.writing[words]):
            self.fail(f"{label}: {buffer.name} is being written by something not yet waited for")
        if access.write and np.any(memory.reading[words]):
            self.fail(f"{label}: writes {buffer.name} while something not yet waited for reads there")
        if not access.write and np.any(memory.holds[words] != self.ids[id(buffer)]):
            self.fail(f"{label}: reads {buffer.name} ({buffer.level}) not written there, or overwritten")

    def end(self, accesses: list[Access]) -> None:
        for access in accesses:
            memory = self.memories[access.buffer.level]
            if access.write:
                memory.writing[access.words] = False
                memory.holds[access.words] = self.ids[id(access.buffer)]
            else:
                memory.reading[access.words] -= 1

    def report(self, operator: Operator) -> None:
        for output in operator.outputs:
            if output.ref is None:
                if output.l3 not in self.updated_homes:
                    self.fail(f"operator {operator.node.name!r} is reported before {output.tensor!r} is written back")
                continue
            tensor = self.program.graph.tensors[output.tensor]
            strides = output.strides or tuple(tensor.itemsize * stride for stride in dense_strides(output.shape))
            words = self.words(output.ref, list(zip(tensor.shape, strides, strict=True)), tensor.itemsize)
            memory = self.memories["L2"]
            if id(output.ref.buffer) in self.copies and not np.all(memory.updated[words]):
                self.fail(
                    f"operator {operator.node.name!r} is reported before {output.tensor!r} is written over its copy"
                )
            if np.any(memory.holds[words] != self.ids[id(output.ref.buffer)]) or np.any(memory.writing[words]):
                self.fail(f"operator {operator.node.name!r} is reported before {output.tensor!r} lies whole in L2")

    def run(self) -> None:
        for number, slot in enumerate(self.program.slots):
            self.number = number
            for dma in slot.dma:
                self.start("dma", dma.label, self.dma(dma))
            for hyper in slot.hyper:
                self.start("hyper", hyper.label, self.hyper(hyper))
            for job in slot.jobs:
                self.start("jobs", job.label, self.call(job))
            self.make_calls(slot.calls)
            for kind, count in (("dma", slot.wait_dma), ("hyper", slot.wait_hyper), ("jobs", slot.wait_jobs)):
                self.wait(kind, count)
            for index in slot.reports:
                self.report(self.program.operators[index])
                self.reported.append(index)
        self.check_end()

    def start(self, kind: str, label: str, accesses: list[Access]) -> None:
        self.started[kind].append(accesses)
        self.begin(label, accesses)

    def make_calls(self, calls: list[Call]) -> None:
        """The calls of a slot run at the same time."""
        accesses = [self.call(call) for call in calls]
        for call, touched in zip(calls, accesses, strict=True):
            self.begin(call.label, touched)
        for touched in accesses:
            self.end(touched)

    def wait(self, kind: str, count: int) -> None:
        """The first ``count`` of what was started must be complete."""
        if count > len(self.started[kind]):
            self.fail(f"waits for {kind} {count}, which is not started")
        for accesses in self.started[kind][self.ended[kind] : count]:
            self.end(accesses)
        self.ended[kind] = max(self.ended[kind], count)

    def check_end(self) -> None:
        """Everything was waited for, and every operator reported."""
        for kind, items in self.started.items():
            if self.ended[kind] != len(items):
                self.fail(f"ends with {len(items) - self.ended[kind]} of {kind} not waited for")
        if sorted(self.reported) != list(range(len(self.program.operators))):
            self.fail("not every operator is reported once")
        for number, hyper in self.residents.items():
            words = self.words(hyper.l2, [], hyper.length)
            if np.any(self.memories["L2"].holds[words] != self.ids[number]):
                self.fail(f"{hyper.l2.buffer.name} does not stay in L2 for the next step")


def _meet(one: Access, other: Access) -> bool:
    """Whether two accesses touch a common word."""
    if one.buffer.level != other.buffer.level:
        return False
    apart = one.words.max() < other.words.min() or other.words.max() < one.words.min()
    return not apart and bool(np.isin(one.words, other.words).any())
