# SPDX-License-Identifier: Apache-2.0
"""Measure how much of a simulation's time is Python: the time inside all callbacks from the simulator."""

import time
from collections.abc import Callable
from typing import Any

from cocotb import simulator

from traindeploy.records.bench import Profile as Measured

REGISTRATIONS = tuple(
    f"register_{kind}_callback" for kind in ("timed", "readonly", "rwsynch", "nextstep", "value_change")
)


class Profile:
    """``python_seconds`` of processor time in ``callbacks`` calls from the simulator, from construction on.

    Everything that runs in them counts: cocotb's scheduler, pyuvm, comparisons, reads and writes of signals.
    """

    def __init__(self) -> None:
        self.python_seconds = 0.0
        self.callbacks = 0
        self.marks: list[tuple[int, int, float]] = []
        self.cpu_started = time.process_time()
        for name in REGISTRATIONS:
            setattr(simulator, name, self._timing(getattr(simulator, name)))

    def _timing(self, register: Callable[..., object]) -> Callable[..., object]:
        def timed_register(*arguments: Any) -> object:
            # Exactly one argument is the function to call: last or before its own arguments, by the kind of callback.
            index = next(i for i, argument in enumerate(arguments) if callable(argument))
            function = arguments[index]

            def timed(*values: object) -> object:
                begun = time.process_time()
                try:
                    return function(*values)
                finally:
                    self.python_seconds += time.process_time() - begun
                    self.callbacks += 1

            return register(*arguments[:index], timed, *arguments[index + 1 :])

        return timed_register

    def mark(self, word: int, cycle: int) -> None:
        """Note the processor time spent until a mailbox word."""
        self.marks.append((word, cycle, time.process_time() - self.cpu_started))

    def result(self) -> Measured:
        """Facts for bench.json; times in seconds since construction."""
        return Measured(
            python_seconds=self.python_seconds,
            callbacks=self.callbacks,
            cpu_seconds=time.process_time() - self.cpu_started,
            marks=tuple(self.marks),
        )
