# SPDX-License-Identifier: Apache-2.0
"""Build and run the yardstick: eight bare cores in a plain Verilator loop, no cocotb."""

import random
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tb.build import toolchain
from tb.build.paths import MODELS
from tb.build.runner import clean_environment
from tb.build.simulator import PLATFORM_INLINE
from tb.build.sources import CORE_INCLUDES, CORE_SOURCES
from traindeploy.errors import UserError
from traindeploy.platform.paths import BUILD, ROOT

HERE = Path(__file__).resolve().parent
OPERANDS = 0x1000  # byte address of the operands (program.S)


@dataclass(frozen=True)
class BareRun:
    """``cycles`` took ``seconds`` of processor time; ``operations`` were accepted by the eight FPUs."""

    cycles: int
    seconds: float
    operations: int


def build(optimize: str, assemble: Callable[[Path, Path], None], jobs: int = 2) -> Path:
    """The executable's folder in build/, built anew with the platform's options, without VPI; UserError if it fails.

    ``assemble(source, binary)`` makes a flat binary that is linked to address 0: the firmware's assembler.
    """
    verilator = toolchain.find_verilator()
    BUILD.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=BUILD, prefix=".bare-"))
    command = [
        *(str(verilator.executable), "--cc", "--exe", "--top-module", "td_bare_cores", "--Mdir", str(folder)),
        *("-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-timing", "--no-assert", "-Wno-fatal"),
        *PLATFORM_INLINE,
        *("--output-split", "15000", "--output-split-cfuncs", "3000"),
        *(f"-I{path}" for path in CORE_INCLUDES),
        *(str(MODELS / "cv32e40p.vlt"), *map(str, CORE_SOURCES), str(ROOT / "rtl/common/cv32e40p_clock_gate.sv")),
        *(str(HERE / "td_bare_cores.sv"), str(HERE / "bare_main.cpp")),
    ]
    make = [
        *("make", "-C", str(folder), "-f", "Vtd_bare_cores.mk", "-j", str(jobs), *verilator.make_variables),
        *(f"OPT_FAST={optimize}", "OPT_SLOW=-O0", "OPT_GLOBAL=-O1", "Vtd_bare_cores"),
    ]
    try:
        for step in (command, make):
            with clean_environment(verilator.environment):
                done = subprocess.run(step, capture_output=True, text=True, check=False, timeout=1800)
            if done.returncode != 0:
                raise UserError(f"the bare cores do not build: {(done.stderr or done.stdout).strip()[-2000:]}")
        _program(folder, assemble)
        final = BUILD / "bare"
        shutil.rmtree(final, ignore_errors=True)
        folder.rename(final)
        return final
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(folder: Path, cycles: int) -> BareRun:
    """Simulate ``cycles`` cycles."""
    done = subprocess.run(
        [folder / "Vtd_bare_cores", str(cycles)], cwd=folder, capture_output=True, text=True, check=True, timeout=600
    )
    seconds, operations = done.stdout.split()
    return BareRun(cycles, float(seconds), int(operations))


def _program(folder: Path, assemble: Callable[[Path, Path], None]) -> None:
    """program.hex: the loop at 0 and operands near 1 behind it."""
    binary = folder / "program.bin"
    assemble(HERE / "program.S", binary)
    image = binary.read_bytes().ljust(OPERANDS, b"\0")
    generator = random.Random(1)
    image += struct.pack("<1024f", *(generator.uniform(-1, 1) for _ in range(1024)))
    words = struct.unpack(f"<{len(image) // 4}I", image)
    (folder / "program.hex").write_text("\n".join(f"{word:08x}" for word in words) + "\n")
