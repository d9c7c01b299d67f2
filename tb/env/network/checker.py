# SPDX-License-Identifier: Apache-2.0
"""What must be in memory when an operator reports completion: compares it and keeps the record of the run.

No simulator is needed here: the scoreboard (tb/env/scoreboard.py) feeds it mailbox words, tests feed it by hand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tb.env.common.compare import compare
from tb.env.network.memory import MemoryMap

STEP_BEGINS = 0x8000_0000
OPERATOR_BEGINS = 0x4000_0000
Expected = Callable[[int], Mapping[str, np.ndarray]]


@dataclass
class Checker:
    """``program`` is program.json; ``expected`` gives, for a step, the bits of each output tensor by name."""

    program: dict
    memory: MemoryMap
    expected: Expected
    compares: bool = True  # False: only the order of events is checked (to measure what comparing costs)
    step: int = -1
    operators: list[dict] = field(default_factory=list)
    mismatches: list[dict] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    loss: list[float | None] = field(default_factory=list)
    steps: list[dict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_index = {operator["index"]: operator for operator in self.program["operators"]}
        self._last_end = 0
        self._began: dict[int, int] = {}
        self._seen: set[int] = set()
        self._compared: set[str] = set()
        self._values: Mapping[str, np.ndarray] = {}

    def begin_step(self, step: int, cycle: int) -> None:
        """Step ``step`` begins: what the one before owed is due now."""
        self._close_step(cycle)
        if step != self.step + 1:
            self.complaints.append(f"step {step} began after step {self.step}")
        self.step, self._last_end = step, cycle
        self._began, self._seen, self._compared = {}, set(), set()
        self._values = self.expected(step) if self.compares else {}
        self.steps.append({"step": step, "start": cycle})
        self.loss.append(None)

    def begin(self, index: int, cycle: int) -> None:
        """Operator ``index`` begins its first job or kernel call; operators overlap."""
        if index not in self._by_index or index in self._began:
            self.complaints.append(f"step {self.step}: operator {index} began twice or does not exist")
        self._began[index] = cycle

    def complete(self, index: int, cycle: int) -> dict:
        """Operator ``index`` reports completion: compare all its outputs; returns its record."""
        if self.step < 0:
            self.begin_step(0, 0)
        operator = self._by_index.get(index)
        if operator is None:
            self.complaints.append(f"step {self.step}: mailbox names operator {index}, which the program does not have")
            return {"index": index, "step": self.step, "name": "?", "end": cycle, "tensors": 0}
        if index in self._seen:
            self.complaints.append(f"step {self.step}: operator {index} ({operator['name']}) reported twice")
        self._seen.add(index)
        record = {
            **{key: operator.get(key) for key in ("index", "name", "kind", "engine", "phase", "flop")},
            "step": self.step,
            "start": (start := self._began.get(index, self._last_end)),
            "end": cycle,
            "cycles": cycle - start,
            "tensors": 0,
            "elements": 0,
            "max_ulp": 0,
        }
        self._last_end = cycle
        for output in operator["outputs"] if self.compares else ():
            self._check(operator, output, cycle, record)
        self.operators.append(record)
        return record

    def _check(self, operator: dict, output: dict, cycle: int, record: dict) -> None:
        name = output["tensor"]
        strides = tuple(output["strides"]) if output.get("strides") else None
        actual = self.memory.tensor(
            output["level"], output["address"], tuple(output["shape"]), output.get("dtype", "float32"), strides
        )
        if name == self._loss_name():
            self.loss[-1] = float(actual.reshape(-1)[0])
        if name not in self._values:
            self.complaints.append(f"step {self.step}: no expected value of {name!r} (operator {operator['name']})")
            return
        expected = np.asarray(self._values[name])
        if expected.size != actual.size or expected.dtype != actual.dtype:
            self.complaints.append(
                f"step {self.step}: {name!r} is {actual.dtype}{list(actual.shape)} in program.json, "
                f"but {expected.dtype}{list(expected.shape)} was expected"
            )
            return
        difference = compare(actual, expected.reshape(actual.shape))
        self._compared.add(name)
        record["tensors"] += 1
        record["elements"] += actual.size
        if difference is None:
            return
        worst = record["max_ulp"]
        record["max_ulp"] = -1 if -1 in (worst, difference.ulp) else max(worst, difference.max_ulp)
        digits = 2 * actual.dtype.itemsize
        self.mismatches.append(
            {
                "tensor": name,
                "operator": operator["name"],
                "operator_index": operator["index"],
                "kernel": operator.get("kind"),
                "engine": operator.get("engine"),
                "step": self.step,
                "index": list(difference.index),
                "actual_hex": f"0x{difference.actual:0{digits}x}",
                "expected_hex": f"0x{difference.expected:0{digits}x}",
                "ulp": difference.ulp,
                "max_ulp": difference.max_ulp,
                "wrong": difference.wrong,
                "size": difference.elements,
                "level": output["level"],
                "address": output["address"],
                "cycle": cycle,
            }
        )

    def _loss_name(self) -> str | None:
        loss = self.program.get("loss")
        return loss.get("tensor") if isinstance(loss, dict) else loss

    def finish(self, cycle: int) -> None:
        """The computation ended: what was not reported or not compared is a complaint."""
        self._close_step(cycle)
        steps = self.program.get("steps", 1)
        if self.step + 1 != steps:
            self.complaints.append(f"{self.step + 1} of {steps} steps were run")

    def _close_step(self, cycle: int) -> None:
        if self.step < 0:
            return
        self.steps[-1]["end"] = cycle
        missing = [op["name"] for index, op in self._by_index.items() if index not in self._seen]
        if missing:
            self.complaints.append(f"step {self.step}: {len(missing)} operators never reported, first {missing[0]!r}")
        unchecked = [name for name in self._values if name not in self._compared]
        if unchecked:
            self.complaints.append(f"step {self.step}: {len(unchecked)} tensors never compared, first {unchecked[0]!r}")
