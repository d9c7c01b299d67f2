# SPDX-License-Identifier: Apache-2.0
"""What must be in memory when an operator reports completion: compares it and keeps the record of the run.

No simulator is needed here: the scoreboard (components.py) feeds it mailbox words, tests feed it by hand.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from tb.env.common.compare import Difference, compare
from tb.env.network.memory import MemoryMap
from traindeploy.records.arrays import Array
from traindeploy.records.bench import Mismatch, OperatorResult, StepSpan
from traindeploy.records.program import OperatorDescription, Placement, ProgramDescription

Expected = Callable[[int], Mapping[str, Array]]


def worst(distances: Iterable[int]) -> int | None:
    """The largest distance in ULP; -1 if a NaN is involved (-1) in one of them, None if there are none."""
    known = list(distances)
    return -1 if -1 in known else max(known, default=None)


@dataclass
class Checker:
    """``program`` is program.json; ``expected`` gives, for a step, the bits of each output tensor by name."""

    program: ProgramDescription
    memory: MemoryMap
    expected: Expected
    compares: bool = True  # False: only the order of events is checked (to measure what comparing costs)
    step: int = -1
    operators: list[OperatorResult] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    spans: list[StepSpan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_index = {operator.index: operator for operator in self.program.operators}
        self._loss = self.program.loss.tensor if self.program.loss is not None else None
        self._step_began = self._last_end = 0
        self._began: dict[int, int] = {}
        self._seen: set[int] = set()
        self._compared: set[str] = set()
        self._values: Mapping[str, Array] = {}

    def begin_step(self, step: int, cycle: int) -> None:
        """Step ``step`` begins: what the one before owed is due now."""
        self._close_step(cycle)
        if step != self.step + 1:
            self.complaints.append(f"step {step} began after step {self.step}")
        self.step, self._step_began, self._last_end = step, cycle, cycle
        self._began, self._seen, self._compared = {}, set(), set()
        self._values = self.expected(step) if self.compares else {}

    def begin(self, index: int, cycle: int) -> None:
        """Operator ``index`` begins its first job or kernel call; operators overlap."""
        if index not in self._by_index or index in self._began:
            self.complaints.append(f"step {self.step}: operator {index} began twice or does not exist")
        self._began[index] = cycle

    def complete(self, index: int, cycle: int) -> OperatorResult | None:
        """Operator ``index`` reports completion: compare all its outputs. None if there is no such operator."""
        if self.step < 0:
            self.begin_step(0, 0)
        operator = self._by_index.get(index)
        if operator is None:
            self.complaints.append(f"step {self.step}: mailbox names operator {index}, which the program does not have")
            return None
        if index in self._seen:
            self.complaints.append(f"step {self.step}: operator {index} ({operator.name}) reported twice")
        self._seen.add(index)
        start = self._began.get(index, self._last_end)
        self._last_end = cycle
        compared = [self._check(operator, output, cycle) for output in operator.outputs if self.compares]
        distances = [distance for _, distance in filter(None, compared)]
        result = OperatorResult(
            index=index,
            name=operator.name,
            kind=operator.kind,
            engine=operator.engine,
            phase=operator.phase,
            step=self.step,
            start=start,
            cycles=cycle - start,
            flop=operator.flop,
            tensors=len(distances),
            elements=sum(elements for elements, _ in filter(None, compared)),
            max_ulp=worst(distances) or 0,
        )
        self.operators.append(result)
        return result

    def _check(self, operator: OperatorDescription, output: Placement, cycle: int) -> tuple[int, int] | None:
        """Compare one output: its elements, and the largest distance (-1: a NaN is involved). None: not comparable."""
        name = output.tensor
        actual = self.memory.tensor(output.level, output.address, output.shape, output.dtype, output.strides)
        if name == self._loss:
            self.losses.append(float(actual.reshape(-1)[0]))
        if name not in self._values:
            self.complaints.append(f"step {self.step}: no expected value of {name!r} (operator {operator.name})")
            return None
        expected = np.asarray(self._values[name])
        if expected.size != actual.size or expected.dtype != actual.dtype:
            self.complaints.append(
                f"step {self.step}: {name!r} is {actual.dtype}{list(actual.shape)} in program.json, "
                f"but {expected.dtype}{list(expected.shape)} was expected"
            )
            return None
        difference = compare(actual, expected.reshape(actual.shape))
        self._compared.add(name)
        if difference is None:
            return actual.size, 0
        self.mismatches.append(self._mismatch(operator, output, difference, actual.dtype.itemsize, cycle))
        return actual.size, difference.max_ulp

    def _mismatch(
        self, operator: OperatorDescription, output: Placement, difference: Difference, itemsize: int, cycle: int
    ) -> Mismatch:
        digits = 2 * itemsize
        return Mismatch(
            tensor=output.tensor,
            operator=operator.name,
            kind=operator.kind,
            engine=operator.engine,
            step=self.step,
            index=difference.index,
            actual_hex=f"0x{difference.actual:0{digits}x}",
            expected_hex=f"0x{difference.expected:0{digits}x}",
            ulp=difference.ulp,
            max_ulp=difference.max_ulp,
            wrong=difference.wrong,
            size=difference.elements,
            level=output.level,
            address=output.address,
            cycle=cycle,
            kernel=operator.kernel,
            source=operator.source,
        )

    def judged(self) -> tuple[Mismatch, ...]:
        """The mismatches, each with whether its operator had read what was right."""
        wrong = {(m.step, m.operator) for m in self.mismatches}
        reads = {op.name: [self._by_index[i].name for i in op.reads] for op in self.program.operators}
        return tuple(
            replace(m, inputs_right=not any((m.step, name) in wrong for name in reads[m.operator]))
            for m in self.mismatches
        )

    def complaint(self) -> str:
        """What was found wrong, in one line; empty if nothing."""
        found = self.judged()
        if not found:
            return next(iter(self.complaints), "")
        first = next((m for m in found if m.inputs_right), found[0])
        right = ", whose inputs were right" if first.inputs_right else ""
        where = f" ({first.kernel} in {first.source})" if first.kernel else ""
        return (
            f"{len(found)} {'tensor differs' if len(found) == 1 else 'tensors differ'}, first {first.tensor!r}"
            f" of operator {first.operator}{where}{right}, at {first}"
        )

    def finish(self, cycle: int, *, ended: bool = True) -> None:
        """The computation ended: what was not reported or not compared is a complaint.

        ``ended``: as it should, so that what is written back behind the last step must lie in L3.
        """
        self._close_step(cycle)
        for output in self.program.at_end if ended and self.compares else ():
            makers = [o for o in self.program.operators if output.tensor in {each.tensor for each in o.outputs}]
            if not makers or self._check(makers[0], output, cycle) is None:
                self.complaints.append(f"{output.tensor!r} was not compared in L3, where it was written back")
        if self.step + 1 != self.program.steps:
            self.complaints.append(f"{self.step + 1} of {self.program.steps} steps were run")

    def _close_step(self, cycle: int) -> None:
        if self.step < 0:
            return
        self.spans.append(StepSpan(step=self.step, start=self._step_began, end=cycle))
        missing = [operator.name for index, operator in self._by_index.items() if index not in self._seen]
        if missing:
            self.complaints.append(f"step {self.step}: {len(missing)} operators never reported, first {missing[0]!r}")
        unchecked = [name for name in self._values if name not in self._compared]
        if unchecked:
            self.complaints.append(f"step {self.step}: {len(unchecked)} tensors never compared, first {unchecked[0]!r}")
