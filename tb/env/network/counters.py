# SPDX-License-Identifier: Apache-2.0
"""The platform's performance counters as the bench reads them, past the buses: nothing in the run notices."""

import ctypes
from collections.abc import Callable

# The order of td_probe_counter (tb/tops/td_probe.sv): these of each core, then those of the engines.
CORE = ("active", "asleep", "load_stall", "tcdm_conflict", "fetch_stall", "fpu_contention")
ENGINES = {
    "redmule": ("busy", "stalled", "tcdm_conflict"),
    "dma": ("bytes", "busy"),
    "hyperbus": ("bytes", "busy"),
}


def read(counter: Callable[[int], int], cores: int) -> dict:
    """All counters (cycles unless called bytes): ``{"cores": [{name: value}], engine: {name: value}}``."""
    counts = iter(counter(index) for index in range(cores * len(CORE) + sum(map(len, ENGINES.values()))))
    result: dict = {"cores": [{name: next(counts) for name in CORE} for _ in range(cores)]}
    return result | {engine: {name: next(counts) for name in names} for engine, names in ENGINES.items()}


def of_simulator() -> Callable[[int], int]:
    """The probe's function in the simulator that this Python runs in (tb/tops/probe.cpp), counter number -> value."""
    counter = ctypes.CDLL(None).td_counter
    counter.argtypes, counter.restype = [ctypes.c_uint32], ctypes.c_uint32
    return counter
