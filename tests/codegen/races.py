# SPDX-License-Identifier: Apache-2.0
"""Races in network.c: accesses that only a wait or a barrier could have kept apart, and it is not there.

What a transfer, a job or a call touches is taken from the host's interpreter as it executes the C's own arguments, word
by word; which of it is under way, from the C's starts, waits and barriers. Nothing of the schedule is believed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from golden.program import Machine
from tests.codegen.read_back import Action, Source
from tests.codegen.read_back_data import DataSource
from traindeploy.ir.program import Call, Dma, Hyper, Output, Program
from traindeploy.ops import KERNELS
from traindeploy.platform import L2, TCDM

WORD = 4
L1_WORDS = TCDM.size // WORD


def _words(address: int, shape: Sequence[int] = (), strides: Sequence[int] = ()) -> np.ndarray:
    """Numbers of the words of a strided window of bytes: those of L1 first, then those of L2."""
    where = np.array([address], np.int64)
    for count, stride in zip(shape, strides, strict=True):
        where = (where[:, None] + np.arange(count) * stride).reshape(-1)
    where = np.unique(where // WORD)
    l1 = where < (TCDM.base + TCDM.size) // WORD
    return np.where(l1, where - TCDM.base // WORD, where - L2.base // WORD + L1_WORDS)


class _Recorder(Machine):
    """Notes the windows on memory that it hands out."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, {})
        self.seen: list[tuple[int, np.ndarray]] = []

    def rows(self, address: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: Any = np.uint8) -> np.ndarray:
        self.seen.append((address, _words(address, shape, strides)))
        return super().rows(address, shape, strides, dtype)


@dataclass
class Agent:
    """Something that is under way, and the words that it reads and writes."""

    what: str
    reads: np.ndarray
    writes: np.ndarray
    to_l3: range = range(0)  # bytes of L3 that it writes


class Races:
    """Walks the actions of network.c; ``found`` is what is wrong, in order.

    ``known`` keeps what items touch, for other texts with the same tables.
    """

    def __init__(self, source: Source | DataSource, program: Program, known: dict[str, Agent] | None = None) -> None:
        self.program, self.operators = program, program.operators
        self.known = {} if known is None else known
        words = L1_WORDS + L2.size // WORD
        self.reading, self.writing = np.zeros(words, np.int32), np.zeros(words, np.int32)
        self.written = np.zeros(words, bool)
        self.under_way: dict[str, list[Agent]] = {"dma": [], "hyper": [], "jobs": []}
        self.ended = dict.fromkeys(self.under_way, 0)
        self.waited: list[Agent] = []  # core 0 knows that they are complete, the others only behind the barrier
        self.calls: list[Agent] = []
        self.found: list[str] = []
        self.where = ""
        for number, step in enumerate(source.actions):
            self.where = f"step {number}"
            for action in step:
                self._do(action)
        self._finish()

    def _do(self, action: Action) -> None:
        if action.kind == "start":
            assert action.item is not None
            agent = self._agent(action.item)
            self.under_way[action.engine].append(agent)
            self._begin(agent, [])
        elif action.kind == "call":
            assert action.item is not None
            agent = self._agent(action.item)
            self.calls.append(agent)
            self._begin(agent, self.waited)
        elif action.kind == "wait":
            ending = self.under_way[action.engine][: action.number - self.ended[action.engine]]
            del self.under_way[action.engine][: len(ending)]
            self.ended[action.engine] += len(ending)
            self.waited += ending
            for agent in ending:
                self._end(agent)
        elif action.kind == "report":
            for output in self.operators[action.number].outputs:
                self._report(output)
        else:
            for agent in self.calls:
                self._end(agent)
            self.calls, self.waited = [], []

    def _agent(self, item: Dma | Hyper | Call) -> Agent:
        key = repr(item)
        if key not in self.known:
            self.known[key] = self._touched(item)
        return replace(self.known[key])

    @cached_property
    def _machine(self) -> _Recorder:
        return _Recorder(self.program)

    def _touched(self, item: Dma | Hyper | Call) -> Agent:
        nothing = np.zeros(0, np.int64)
        if isinstance(item, Hyper):
            words = _words(item.l2.address, (item.length,), (1,))
            if item.to_l3:
                return Agent(item.label, words, nothing, range(item.l3, item.l3 + item.length))
            return Agent(item.label, nothing, words)
        machine = self._machine
        machine.seen = []
        if isinstance(item, Dma):
            machine.dma(item)
            (_, reads), (_, writes) = machine.seen
            return Agent(item.label, reads, writes)
        machine.call(item)
        results: dict[str, Any] = item.args
        targets = {results[port.field].address for port in KERNELS[item.kernel].outputs}
        windows = [(address in targets, words) for address, words in machine.seen]
        read, written = ([words for target, words in windows if target == wanted] for wanted in (False, True))
        return Agent(item.label, np.concatenate([nothing, *read]), np.concatenate(written))

    def _begin(self, agent: Agent, unknown: Sequence[Agent]) -> None:
        """``unknown``: what is complete, but who begins does not know it."""
        touched = np.concatenate([agent.reads, agent.writes])
        others = [*chain.from_iterable(self.under_way.values()), *self.calls, *unknown]
        if np.any(self.writing[touched]) or np.any(self.reading[agent.writes]) or unknown:
            for other in others:
                clash = np.isin(touched, other.writes).any() or np.isin(agent.writes, other.reads).any()
                if other is not agent and clash:
                    self.found.append(f"{self.where}: {agent.what!r} beside {other.what!r}")
        if not self.written[agent.reads].all():
            self.found.append(f"{self.where}: {agent.what!r} reads what nobody has written")
        np.add.at(self.reading, agent.reads, 1)
        np.add.at(self.writing, agent.writes, 1)
        self.written[agent.writes] = True

    def _end(self, agent: Agent) -> None:
        np.subtract.at(self.reading, agent.reads, 1)
        np.subtract.at(self.writing, agent.writes, 1)

    def _report(self, output: Output) -> None:
        """The bench reads an output when it is reported: it must be whole, and nobody may be writing there."""
        if output.ref is None:
            if any(output.l3 in agent.to_l3 for agent in self.under_way["hyper"]):
                self.found.append(f"{self.where}: {output.tensor} is reported before it is written back")
            return
        itemsize = np.dtype(output.dtype).itemsize
        dense = tuple(itemsize * math.prod(output.shape[i + 1 :]) for i in range(len(output.shape)))
        words = _words(output.address, output.shape, output.strides or dense)
        if np.any(self.writing[words]) or not self.written[words].all():
            self.found.append(f"{self.where}: {output.tensor} is reported while it is written")

    def _finish(self) -> None:
        left = [agent.what for agent in chain.from_iterable(self.under_way.values())]
        if left:
            self.found.append(f"at the end {left} are under way")
