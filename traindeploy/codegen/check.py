# SPDX-License-Identifier: Apache-2.0
"""Legality of a program, proven by walking its slots over the words of L1 and L2.

Everything that may run at the same time (transfers and jobs from their start until they are waited for, a slot's calls)
must not touch what another of them writes; everything read must have been written by the buffer that it is read as, and
outputs must be whole when they are reported. Run after every compilation.
"""

from dataclasses import dataclass

import numpy as np

from traindeploy.ir.program import Buffer, Call, Dma, Hyper, Operator, Program, Ref
from traindeploy.ir.region import Box, locate
from traindeploy.platform import L2_ARENA, TCDM, TCDM_ARENA


class IllegalProgramError(RuntimeError):
    """The compiler made a program with a hazard: the message names slot, agent and buffer."""


@dataclass
class Access:
    """Words of one memory that an agent reads or writes as part of ``buffer``."""

    buffer: Buffer
    words: np.ndarray
    write: bool


class Memory:
    """Per word: which buffer's data it holds (0: none), how many running agents read it, and whether one writes it."""

    def __init__(self, base: int, nbytes: int) -> None:
        self.base, self.size = base, nbytes // 4
        self.holds = np.zeros(self.size, np.int32)
        self.reading = np.zeros(self.size, np.int16)
        self.writing = np.zeros(self.size, bool)


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

    def fail(self, message: str) -> None:
        raise IllegalProgramError(f"slot {self.number}: {message}")

    def words(self, ref: Ref, rows: list[tuple[int, int]], length: int) -> np.ndarray:
        """Word indices of ``length`` bytes at ``ref``, repeated by (count, byte stride)."""
        memory = self.memories[ref.buffer.level]
        start = np.array([ref.address - memory.base], np.int64)
        for count, stride in rows:
            start = (start[:, None] + np.arange(count) * stride).reshape(-1)
        if np.any(start % 4) or length % 4:
            self.fail(f"{ref.buffer.name}: transfer is not made of whole words")
        return (start[:, None] // 4 + np.arange(length // 4)).reshape(-1)

    def boxed(self, ref: Ref, box: Box) -> np.ndarray:
        """Word indices of ``box`` in the buffer."""
        found = locate(ref.buffer.box, box)
        if found is None:
            self.fail(f"{ref.buffer.name} does not hold {box}")
            raise AssertionError
        words = np.array([ref.address // 4 + found[0] - self.memories[ref.buffer.level].base // 4], np.int64)
        for (count, _), stride in zip(box.dims, found[1], strict=True):
            words = (words[:, None] + np.arange(count) * stride).reshape(-1)
        return words

    def dma(self, dma: Dma) -> list[Access]:
        read = self.words(dma.source, [(dma.planes, dma.source_stride2), (dma.rows, dma.source_stride)], dma.length)
        write = self.words(
            dma.destination, [(dma.planes, dma.destination_stride2), (dma.rows, dma.destination_stride)], dma.length
        )
        if len(np.unique(write)) != len(write):
            self.fail(f"{dma.label} writes words twice")
        return [Access(dma.source.buffer, read, False), Access(dma.destination.buffer, write, True)]

    def hyper(self, hyper: Hyper) -> list[Access]:
        buffer = hyper.l2.buffer
        if hyper.to_l3:
            self.updated_homes[hyper.l3] = hyper.label
        else:
            for home, label in self.updated_homes.items():
                if hyper.l3 <= home < hyper.l3 + hyper.length:
                    self.fail(f"{hyper.label} reads a home in L3 after {label!r}")
        length = min(hyper.length, buffer.nbytes - hyper.l2.offset)
        return [Access(buffer, self.words(hyper.l2, [], length), not hyper.to_l3)]

    def call(self, call: Call) -> list[Access]:
        reads = [Access(ref.buffer, self.boxed(ref, box), False) for ref, box in call.reads]
        return reads + [Access(ref.buffer, self.boxed(ref, box), True) for ref, box in call.writes]

    def begin(self, label: str, accesses: list[Access]) -> None:
        for access in accesses:
            memory = self.memories[access.buffer.level]
            words, identity = access.words, self.ids[id(access.buffer)]
            if words.min() < 0 or words.max() >= memory.size:
                self.fail(f"{label}: {access.buffer.name} lies outside {access.buffer.level}")
            if not access.buffer.first <= self.number <= access.buffer.last:
                self.fail(
                    f"{label} uses {access.buffer.name}, alive in slots {access.buffer.first} to {access.buffer.last}"
                )
            if np.any(memory.writing[words]):
                self.fail(f"{label}: {access.buffer.name} is being written by something not yet waited for")
            if access.write and np.any(memory.reading[words]):
                self.fail(f"{label}: writes {access.buffer.name} while something not yet waited for reads there")
            if not access.write and np.any(memory.holds[words] != identity):
                self.fail(
                    f"{label}: reads {access.buffer.name} ({access.buffer.level}) not written there, or overwritten"
                )
        # One agent may read what it writes (accumulation): mark reads first, then writes.
        for access in accesses:
            if not access.write:
                self.memories[access.buffer.level].reading[access.words] += 1
        for access in accesses:
            if access.write:
                memory = self.memories[access.buffer.level]
                memory.writing[access.words] = True
                memory.holds[access.words] = 0

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
            strides = output.strides or tuple(
                4 * int(np.prod(output.shape[i + 1 :], dtype=np.int64)) for i in range(len(output.shape))
            )
            words = self.words(output.ref, list(zip(tensor.shape, strides, strict=True)), 4)
            memory = self.memories["L2"]
            if np.any(memory.holds[words] != self.ids[id(output.ref.buffer)]) or np.any(memory.writing[words]):
                self.fail(f"operator {operator.node.name!r} is reported before {output.tensor!r} lies whole in L2")

    def run(self) -> None:
        running: dict[str, list[list[Access]]] = {"dma": [], "hyper": [], "jobs": []}
        ended = dict.fromkeys(running, 0)
        reported: list[int] = []
        for number, slot in enumerate(self.program.slots):
            self.number = number
            for dma in slot.dma:
                running["dma"].append(self.dma(dma))
                self.begin(dma.label, running["dma"][-1])
            for hyper in slot.hyper:
                running["hyper"].append(self.hyper(hyper))
                self.begin(hyper.label, running["hyper"][-1])
            for job in slot.jobs:
                running["jobs"].append(self.call(job))
                self.begin(job.label, running["jobs"][-1])
            calls = [self.call(call) for call in slot.calls]
            for call, accesses in zip(slot.calls, calls, strict=True):
                self.begin(call.label, accesses)
            for accesses in calls:
                self.end(accesses)
            for kind, count in (("dma", slot.wait_dma), ("hyper", slot.wait_hyper), ("jobs", slot.wait_jobs)):
                if count > len(running[kind]):
                    self.fail(f"waits for {kind} {count}, which is not started")
                for accesses in running[kind][ended[kind] : count]:
                    self.end(accesses)
                ended[kind] = max(ended[kind], count)
            for index in slot.reports:
                self.report(self.program.operators[index])
                reported.append(index)
        for kind, items in running.items():
            if ended[kind] != len(items):
                self.fail(f"ends with {len(items) - ended[kind]} of {kind} not waited for")
        if sorted(reported) != list(range(len(self.program.operators))):
            self.fail("not every operator is reported once")
