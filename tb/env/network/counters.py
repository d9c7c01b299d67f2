# SPDX-License-Identifier: Apache-2.0
"""The platform's performance counters as the bench reads them, past the buses: nothing in the run notices."""

import ctypes
from collections.abc import Callable
from dataclasses import fields
from itertools import count
from typing import TypeVar

from traindeploy.records.bench import CoreCounters, Counters, RedmuleCounters, TransferCounters

Group = TypeVar("Group", CoreCounters, RedmuleCounters, TransferCounters)


def read(counter: Callable[[int], int], cores: int) -> Counters:
    """All counters: those of each core, then those of the engines, by number as in tb/tops/td_probe.sv."""
    numbers = count()

    def take(kind: type[Group]) -> Group:
        return kind(*(counter(next(numbers)) for _ in fields(kind)))

    return Counters(
        cores=tuple(take(CoreCounters) for _ in range(cores)),
        redmule=take(RedmuleCounters),
        dma=take(TransferCounters),
        hyperbus=take(TransferCounters),
    )


def cycles(counter: Callable[[int], int]) -> int:
    """Cycles since reset as core 0 counts them, awake and asleep."""
    names = [field.name for field in fields(CoreCounters)]
    return sum(counter(names.index(name)) for name in ("active", "asleep"))


def of_simulator() -> Callable[[int], int]:
    """The probe's function in the simulator that this Python runs in (tb/tops/probe.cpp), counter number -> value."""
    library_function = ctypes.CDLL(None).td_counter
    library_function.argtypes, library_function.restype = [ctypes.c_uint32], ctypes.c_uint32
    return lambda number: int(library_function(number))
