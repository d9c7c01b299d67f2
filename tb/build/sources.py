# SPDX-License-Identifier: Apache-2.0
"""Which files make up the design: ours under rtl/, and CV32E40P with CVFPU as the PyPI package carries them."""

import importlib.util
from pathlib import Path

from tb.build.paths import MODELS
from traindeploy.errors import UserError
from traindeploy.platform.paths import RTL


def _core_root() -> Path:
    spec = importlib.util.find_spec("pythondata_cpu_cv32e40p")
    if spec is None or spec.origin is None:
        raise UserError("the CPU's RTL is missing: install with `pip install pythondata-cpu-cv32e40p`")
    return Path(spec.origin).parent / "system_verilog"


CORE_ROOT = _core_root()
CLOCK_GATE = CORE_ROOT / "bhv" / "cv32e40p_sim_clock_gate.sv"


def _manifest() -> tuple[list[Path], list[Path]]:
    """(sources, include folders) of the core with FPU, without its tracer, top wrapper and simulation bench."""
    sources, includes = [], []
    for line in (CORE_ROOT / "cv32e40p_fpu_manifest.flist").read_text().splitlines():
        entry = line.strip().replace("${DESIGN_RTL_DIR}", str(CORE_ROOT / "rtl"))
        if entry.startswith("+incdir+"):
            includes.append(Path(entry.removeprefix("+incdir+")).resolve())
        elif entry and not entry.startswith("//") and "/bhv/" not in entry and not entry.endswith("cv32e40p_top.sv"):
            sources.append(Path(entry).resolve())
    fpnew = CORE_ROOT / "rtl" / "vendor" / "pulp_platform_fpnew" / "src"
    sources.append(fpnew / "fpnew_fma.sv")  # RedMule's; the manifest lists what the FPU of a core needs
    return sources, includes


CORE_SOURCES, CORE_INCLUDES = _manifest()
RTL_INCLUDE = RTL / "common"  # td_assert.svh
CORE_CONTROL = MODELS / "cv32e40p.vlt"  # what Verilator needs to know of the core


# RedMule's multiply-adder, and what replaces it in builds with the host's arithmetic.
RTL_FMA = RTL / "redmule" / "td_redmule_fma.sv"
HOST_FMA = [MODELS / name for name in ("td_host_fma.sv", "td_redmule_fma_host.sv", "host_fma.cpp")]


def rtl_sources(host_arithmetic: bool = False) -> list[Path]:
    """The platform's files in compilation order: the cores' (with a clock gate model unless ours exists), then rtl/."""
    own = sorted(RTL.rglob("*.sv"))
    packages = [path for path in own if path.stem.endswith("_pkg")]
    modules = [path for path in own if not path.stem.endswith("_pkg")]
    gate = [] if any(path.stem == "cv32e40p_clock_gate" for path in own) else [CLOCK_GATE]
    if host_arithmetic:
        modules = [path for path in modules if path != RTL_FMA] + HOST_FMA
    return [CORE_CONTROL, *CORE_SOURCES, *gate, *packages, *modules]


def design_files(generated: Path) -> list[Path]:
    """td_soc in compilation order for tools that read SystemVerilog only: ``generated`` packages, memories, sources."""
    sources = [path for path in rtl_sources() if path.suffix != ".vlt"]
    return [*sorted(generated.glob("*_pkg.sv")), MODELS / "td_sram.sv", *sources]
