# SPDX-License-Identifier: Apache-2.0
"""Repeat a case: the kernel compiled for the host, or the single action on the RTL."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tb.run import simulate
from tb.run_dir import write_expected
from traindeploy.codegen import firmware
from traindeploy.codegen.host_kernels import HostKernels, argument_types
from traindeploy.platform import NUM_CORES
from traindeploy.platform.signals import OPERATOR_BEGINS
from traindeploy.records import serial
from traindeploy.records.arrays import write_arrays
from traindeploy.records.bench import BenchRecord
from traindeploy.records.program import OperatorDescription, Placement, ProgramDescription
from traindeploy.records.triage import CaseArea, TriageCase
from traindeploy.records.verdict import Verdict
from traindeploy.triage import case as cases
from traindeploy.triage.generated import DMA_FIELDS, HYPER_FIELDS
from traindeploy.triage.replay import Simulator
from traindeploy.triage.state import BASES, Bits, State

MAX_CYCLES, MAX_SECONDS = 2_000_000, 600.0
FAMILY = {"dma": "td_dma", "hyperbus": "td_hyper"}

PROGRAM = """\
// SPDX-License-Identifier: Apache-2.0
// {label}: the action alone, on the memories of state.npz.
#include "td_runtime.h"

static const {type} args[] = {{ {{ {values} }} }};

void td_main(uint32_t core) {{
    if (core == 0) td_report({begins:#x}u);
    td_barrier();
    {action}
    td_barrier();
    if (core == 0) td_report(0);
    td_barrier();
}}
"""


def differs_on_host(case: TriageCase, state: State, source: Path) -> bool:
    """Whether the kernel's C, compiled for the host from the firmware in ``source``, leaves something wrong behind."""
    after = on_host(case, state, source)
    return any(not np.array_equal(a, b) for a, b in zip(after, cases.expected(case, state), strict=True))


def on_host(case: TriageCase, state: State, source: Path) -> list[Bits]:
    """What the kernel's C leaves in each area on the host, all cores one after another."""
    base = BASES["L1"]
    l1 = state.parts["L1", base].copy()
    at = l1.ctypes.data - base
    pointers = {name: at + address if address else None for name, address in case.pointers.items()}
    _host(source)(case.kernel, {**pointers, **case.sizes, **case.floats})
    after = State({**state.parts, ("L1", base): l1})
    return [after.bits(cases.piece(area)) for area in case.areas]


@cache
def _host(source: Path) -> HostKernels:
    folder = tempfile.TemporaryDirectory(prefix="td_host_")
    kernels = HostKernels(Path(folder.name), source)
    kernels.folder = folder  # type: ignore[attr-defined]  # lives as long as the library
    return kernels


def write_case(folder: Path, case: TriageCase, memory: cases.Memory) -> None:
    """The case and its bytes, to be repeated from ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    serial.write(case, folder / cases.CASE)
    cases.write_state(folder / cases.STATE, memory)


def on_rtl(case: TriageCase, memory: cases.Memory, on: Simulator, folder: Path) -> BenchRecord:
    """Run the case alone on the RTL, in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "network.c").write_text(program(case), encoding="utf-8")
    firmware.build([folder / "network.c"], folder / "firmware.elf")
    outputs = tuple(_placement(area, case) for area in case.areas)
    operator = OperatorDescription(
        index=0, name=case.label, kind=case.kernel or case.agent, outputs=outputs, phase="forward",
        engine="redmule" if case.agent == "redmule" else "cores", kernel=case.kernel,
    )  # fmt: skip
    serial.write(ProgramDescription(operators=(operator,), config=case.config), folder / "program.json")
    right = cases.expected(case, cases.whole(memory))
    values = {
        place.tensor: bits.view(place.dtype).reshape(place.shape) for place, bits in zip(outputs, right, strict=True)
    }
    write_expected(folder, 0, values)
    inside = {key: data for key, data in memory.items() if key[0] != "L3"}
    cases.write_state(folder / cases.STATE, inside)
    write_arrays(folder / "l3.npz", {f"{key[1]:#x}": data for key, data in memory.items() if key[0] == "L3"})
    return simulate(
        folder, on.config, max_cycles=MAX_CYCLES, max_seconds=MAX_SECONDS, arithmetic=on.arithmetic, build=on.build,
        disturb_row=on.disturb_row,
    )  # fmt: skip


def _placement(area: CaseArea, case: TriageCase) -> Placement:
    return Placement(
        tensor=area.name, level=area.level, address=area.address, shape=tuple(count for count, _ in area.dims),
        strides=tuple(stride for _, stride in area.dims), dtype="float32" if case.kernel else "uint32",
    )  # fmt: skip


def program(case: TriageCase) -> str:
    """The C of the case alone."""
    if case.agent == "redmule":
        type_, action = "td_redmule_job_t", "if (core == 0) { td_redmule_start(&args[0]); td_redmule_wait(); }"
    elif case.agent == "cores":
        type_ = f"{case.kernel}_args_t"
        alone = (
            f"if (core == 0) for (uint32_t share = 0; share < {NUM_CORES}u; ++share) {case.kernel}(&args[0], share);"
        )
        action = alone if case.one_by_one else f"{case.kernel}(&args[0], core);"
    else:
        family = FAMILY[case.agent]
        type_, action = f"{family}_t", f"if (core == 0) {family}_wait({family}_start(&args[0]));"
    return PROGRAM.format(
        label=case.label, type=type_, values=", ".join(_values(case)), begins=OPERATOR_BEGINS, action=action
    )


def _values(case: TriageCase) -> Sequence[str]:
    words = {name: f"{value:#x}u" for name, value in (*case.pointers.items(), *case.sizes.items())}
    if not case.kernel:
        return [words[name] for name in (DMA_FIELDS if case.agent == "dma" else HYPER_FIELDS)]
    literals = {name: f"{np.float32(value).item().hex()}f" for name, value in case.floats.items()}
    pointers = {name: f"(void *){value:#x}u" if value else "0" for name, value in case.pointers.items()}
    return [(literals | words | pointers)[name] for name in argument_types(case.kernel)]


@dataclass(frozen=True)
class Repeated:
    """Where a case failed. ``line`` says it in words."""

    host: bool | None
    rtl: BenchRecord

    @property
    def verdict(self) -> Verdict:
        """PASSED if it is right wherever it was run; what the simulator could not run has no verdict."""
        return Verdict.FAILED if self.host else self.rtl.verdict

    @property
    def line(self) -> str:
        """One line for the terminal."""
        host = {None: "not run on the host", True: "wrong on the host too", False: "right on the host"}[self.host]
        return f"{self.rtl.failure or 'every word is right on the RTL'} ({host})"


def repeat(case: TriageCase, memory: cases.Memory, on: Simulator, folder: Path) -> Repeated:
    """On the host, if the host has it, and on the RTL."""
    host = differs_on_host(case, cases.whole(memory), firmware.FIRMWARE) if case.agent == "cores" else None
    return Repeated(host, on_rtl(case, memory, on, folder))
