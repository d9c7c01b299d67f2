# SPDX-License-Identifier: Apache-2.0
"""Run directories for the stand-in SoC: scripts in place of firmware, so that the bench is tested in seconds."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from tb.build.paths import MODELS, TOPS
from tb.build.simulator import PLATFORM_PUBLIC, Build, build_block
from tb.run_dir import write_expected
from traindeploy.platform import L2
from traindeploy.records import serial
from traindeploy.records.arrays import write_arrays
from traindeploy.records.program import OperatorDescription, Placement, ProgramDescription

HERE = Path(__file__).parent
MAILBOX, STORE, WAIT, EOC, SLEEP, ERROR, FAULT = range(1, 8)
DATA = L2.base + 0x10_0000


def build(waves: bool = False) -> Build:
    """td_tb_top around the stand-in SoC."""
    models = [MODELS / "td_hyperram.sv", TOPS / "td_tb_top.sv", TOPS / "probe.cpp"]
    sources = [HERE / "td_probe.sv", HERE / "td_soc.sv", *models]
    return build_block("standin", "td_tb_top", sources, public=PLATFORM_PUBLIC, waves=waves)


def assemble(script: list[tuple[int, ...]], elf: Path) -> None:
    """An ELF file at L2's start that holds ``script`` in a function named ``script_body``."""
    words = [word for command in script for word in (*command, 0, 0)[:3]]
    source = elf.with_suffix(".S")
    lines = [".globl script_body", ".type script_body, @function", "script_body:"]
    lines += [f".word {word:#x}" for word in words]
    source.write_text("\n".join([*lines, ".size script_body, . - script_body", ""]))
    flags = ["--target=riscv32-unknown-none-elf", "-march=rv32imc", "-mabi=ilp32", "-c", "-o"]
    subprocess.run([sys.executable, "-m", "ziglang", "clang", *flags, elf.with_suffix(".o"), source], check=True)
    layout = elf.with_suffix(".ld")
    layout.write_text(f"SECTIONS {{ . = {L2.base:#x}; .text : {{ *(.text) }} }}\n")
    link: list[str | Path] = ["-T", layout, "-e", "script_body", "-o", elf, elf.with_suffix(".o")]
    subprocess.run([sys.executable, "-m", "ziglang", "ld.lld", *link], check=True)


def store(address: int, array: np.ndarray) -> list[tuple[int, ...]]:
    """The script's commands that write ``array`` at ``address``."""
    words = np.ascontiguousarray(array).reshape(-1).view(np.uint32).tolist()
    return [(STORE, address + 4 * i, word) for i, word in enumerate(words)]


def make_run(run_dir: Path, tensors: dict[str, np.ndarray], script: list[tuple[int, ...]], steps: int = 1) -> Path:
    """A run directory whose program has one operator per tensor; they lie one after the other from ``DATA`` in L2."""
    run_dir.mkdir(parents=True, exist_ok=True)
    operators, address = [], DATA
    for index, (name, value) in enumerate(tensors.items()):
        output = Placement(tensor=name, level="L2", address=address, shape=value.shape, dtype=str(value.dtype))
        operators.append(
            OperatorDescription(
                index=index, name=f"op_{name}", kind="Add", engine="cores", phase="forward", outputs=(output,)
            )
        )
        address += value.nbytes
    program = ProgramDescription(operators=tuple(operators), steps=steps, loss=operators[0].outputs[0])
    serial.write(program, run_dir / "program.json")
    write_arrays(run_dir / "l3.npz", {"0x100": np.arange(4, dtype=np.float32)})
    for step in range(steps):
        write_expected(run_dir, step, tensors)
    assemble(script, run_dir / "firmware.elf")
    return run_dir
