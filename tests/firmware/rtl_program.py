# SPDX-License-Identifier: Apache-2.0
"""A hand-written program for the RTL: kernel calls on data from L3, each output checked in L2 after its call."""

import ctypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tb.run_dir import write_expected
from traindeploy.codegen.firmware import build
from traindeploy.codegen.host_kernels import argument_types
from traindeploy.platform import L2, L2_ARENA, TCDM, TCDM_ARENA
from traindeploy.records import serial
from traindeploy.records.arrays import write_arrays
from traindeploy.records.program import Engine, OperatorDescription, Placement, ProgramDescription

ALIGNMENT = 64

PROLOGUE = """#include "td_runtime.h"
static __attribute__((unused, noinline)) uint32_t copy(uint32_t from, uint32_t to, uint32_t bytes) {
    td_dma_t transfer = {.src = from, .dst = to, .len = bytes};
    return td_dma_start(&transfer);
}
static __attribute__((unused, noinline)) uint32_t fetch(uint32_t l3, uint32_t l2, uint32_t l1, uint32_t bytes) {
    td_hyper_t transfer = {l3, l2, bytes, TD_HYPER_L3_TO_L2};
    td_hyper_wait(td_hyper_start(&transfer));
    return copy(l2, l1, bytes);
}"""


@dataclass
class Call:
    """One kernel call; ``outputs``: argument name -> expected values; ``redmule``: the engine runs a td_gemm."""

    name: str
    kernel: str
    arguments: dict[str, Any]
    outputs: dict[str, np.ndarray]
    redmule: bool = False
    addresses: dict[str, int] = field(default_factory=dict)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _initialiser(call: Call) -> str:
    fields = []
    for name, kind in argument_types(call.kernel).items():
        value = call.arguments[name]
        if isinstance(value, np.ndarray):
            fields.append(f".{name} = (void *){call.addresses[name]:#x}u")
        elif kind is ctypes.c_void_p:
            fields.append(f".{name} = 0")
        elif kind is ctypes.c_float:
            fields.append(f".{name} = {float(np.float32(value)).hex()}f")
        else:
            fields.append(f".{name} = {int(value)}u")
    return ", ".join(fields)


def write(run_dir: Path, calls: list[Call]) -> Path:
    """Write and build the program: per call, HyperBus L3->L2, DMA L2->L1, the kernel on eight cores, DMA L1->L2.

    Inputs pass L2 where the outputs go later.
    Each call is three operators: its loads ("<name>.load"), the kernel alone ("<name>.run"), and the store ("<name>").
    """
    lines = [PROLOGUE, "void td_main(uint32_t core) {", "    uint32_t id = 0;\n    (void)core, (void)id;"]
    image: dict[str, np.ndarray] = {}
    expected: dict[str, np.ndarray] = {}
    operators = []
    l3, l2 = 0, L2_ARENA.base
    for index, call in enumerate(calls):
        l1, stage, placed = TCDM.base, l2, {}
        lines.append(f"    if (core == 0) {{ // {call.name}")
        for name, value in call.arguments.items():
            if not isinstance(value, np.ndarray):
                continue
            if id(value) not in placed:
                image[f"{l3:#x}"] = np.ascontiguousarray(value)
                lines.append(f"        id = fetch({l3:#x}u, {stage:#x}u, {l1:#x}u, {value.nbytes}u);")
                placed[id(value)] = l1
                l3, l1, stage = (at + _aligned(value.nbytes) for at in (l3, l1, stage))
            call.addresses[name] = placed[id(value)]
        lines.append(f"        td_dma_wait(id);\n        td_report({3 * index}u);\n    }}\n    td_barrier();")
        lines.append(f"    static const {call.kernel}_args_t args{index} = {{{_initialiser(call)}}};")
        if call.redmule:
            lines.append(f"    if (core == 0) {{ td_redmule_start(&args{index}); td_redmule_wait(); }}")
        else:
            lines.append(f"    {call.kernel}(&args{index}, core);")
        lines.append(f"    td_barrier();\n    if (core == 0) {{\n        td_report({3 * index + 1}u);")
        described = []
        for name, value in call.outputs.items():
            source, tensor = call.addresses[name], f"{call.name}.{name}"
            lines.append(f"        id = copy({source:#x}u, {l2:#x}u, {value.nbytes}u);")
            described.append(Placement(tensor=tensor, level="L2", address=l2, shape=value.shape))
            expected[tensor] = np.asarray(value, np.float32)
            l2 += _aligned(value.nbytes)
        lines.append(f"        td_dma_wait(id);\n        td_report({3 * index + 2}u);\n    }}\n    td_barrier();")
        engine: Engine = "redmule" if call.redmule else "cores"
        for part, suffix in enumerate((".load", ".run", "")):
            operators.append(
                OperatorDescription(
                    index=3 * index + part, name=call.name + suffix, kind=call.kernel, engine=engine, phase="forward",
                    outputs=() if suffix else tuple(described),
                )
            )  # fmt: skip
        assert l1 < TCDM.base + TCDM_ARENA.size
        assert stage < L2.base + L2.size
    assert l2 < L2.base + L2.size
    lines.append("}\n")
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "network.c").write_text("\n".join(lines))
    build([run_dir / "network.c"], run_dir / "firmware.elf")
    serial.write(ProgramDescription(operators=tuple(operators)), run_dir / "program.json")
    write_arrays(run_dir / "l3.npz", image)
    write_expected(run_dir, 0, expected)
    return run_dir
