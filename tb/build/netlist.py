# SPDX-License-Identifier: Apache-2.0
"""The design as a synthesis tool reads it: latches, loops and drivers in conflict, and how many cells a block has.

yosys (PyPI pyosys) reads SystemVerilog with slang. Memories (td_sram) and clock gates are black boxes. Cells are those
of the word level, before mapping to gates: td_tcdm's crossbar does not map in minutes.
``python -m tb.build.netlist FILE`` examines td_soc in configuration ``compact``, whose source is that of ``paper`` and
whose arrays are small enough for loops to be looked for, and writes ``Report`` as JSON. With ``Height=4`` and the like
behind it, it only counts the cells of that elaboration.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from tb.build.sources import CORE_INCLUDES, RTL_INCLUDE, design_files
from traindeploy.errors import UserError
from traindeploy.platform import CONFIGS, HardwareConfig
from traindeploy.platform.generate import generate
from traindeploy.platform.paths import ROOT

BLACK_BOXES = ("td_sram", "cv32e40p_clock_gate")
# Blocks of the table, by the name of their module; of several instances the first is counted.
BLOCKS = (
    *("td_core", "td_fpu", "td_tcdm", "td_periph_bus", "td_event_unit", "td_cluster_control", "td_timer"),
    *("td_redmule", "td_redmule_fma", "td_dma", "td_icache", "td_l2", "td_hyperbus", "td_soc_ctrl"),
)
CONFIG = "compact"


@dataclass(frozen=True)
class Cells:
    """Bits of flip-flops, of arrays of flip-flops that yosys keeps as memories, and of the outputs of other cells."""

    flops: int
    arrays: int
    logic: int
    memories: int
    clock_gates: int


@dataclass(frozen=True)
class Report:
    """What ``examine`` finds: a line a problem, and the cells of each block."""

    problems: list[str]
    blocks: dict[str, Cells]


def examine(
    sources: Iterable[Path],
    top: str,
    *,
    blocks: Sequence[str] = (),
    includes: Iterable[Path] = (),
    parameters: Mapping[str, int] | None = None,
    problems: bool = True,
) -> Report:
    """Elaborate ``top`` and look at it. Meant for a process of its own: yosys keeps what it has read.

    ``problems`` False counts cells only, which takes a third of the time.
    """
    from pyosys import libyosys  # C++ that takes a second to load

    design = libyosys.Design()

    def run(command: str) -> str:
        with tempfile.NamedTemporaryFile("r", suffix=".log") as log:
            libyosys.run_pass(f"tee -q -o {log.name} {command}", design)
            return log.read()

    boxes = " ".join(f"--blackboxed-module {name}" for name in BLACK_BOXES)
    values = " ".join(f"-G {name}={value}" for name, value in (parameters or {}).items())
    folders = " ".join(f"-I {folder}" for folder in includes)
    files = " ".join(map(str, sources))
    run(f"read_slang -D SYNTHESIS --keep-hierarchy --top {top} {boxes} {values} {folders} {files}")
    run(f"hierarchy -check -top {top}")
    run("opt_clean -purge")
    modules, _ = json.JSONDecoder().raw_decode(run("stat -width -json").lstrip())
    cells = {block: _cells(block, modules["modules"]) for block in blocks}
    if not problems:
        return Report([], cells)
    run("flatten")
    run("opt_clean -purge")
    return Report(_problems(run("check -noinit -nolatches")), cells)


def _problems(log: str) -> list[str]:
    """The warnings of ``check``, each with the lines that belong to it; what it counts must be what is found."""
    found = re.findall(r"^Warning: (.*(?:\n {2,}.*)*)", log, re.MULTILINE)
    (count,) = re.findall(r"Found and reported (\d+) problems", log)
    assert len(found) == int(count), f"check counts {count} problems, {len(found)} are understood:\n{log}"
    return found


def _cells(block: str, modules: Mapping[str, Any]) -> Cells:
    """The cells of module ``block``, those of its parts included, in the first instance; ``modules``: of ``stat``."""
    instances = {name.lstrip("\\"): content for name, content in modules.items()}
    first = next(name for name in instances if name.partition("$")[0] == block)
    total = dict.fromkeys((field.name for field in fields(Cells)), 0)

    def add(name: str) -> None:
        total["arrays"] += instances[name]["num_memory_bits"]
        for kind, number in instances[name]["num_cells_by_type"].items():
            part, (operator, *widths) = kind.lstrip("\\"), kind.split("_")
            width = int(widths[0]) if widths and widths[0].isdigit() else 1
            if part.startswith(BLACK_BOXES):
                total["memories" if part.startswith(BLACK_BOXES[0]) else "clock_gates"] += number
            elif part in instances:
                for _ in range(number):
                    add(part)
            elif re.fullmatch(r"\$(a|s)?(l)?(d)?ffs?r?e?", operator):
                total["flops"] += number * width
            elif not operator.startswith("$mem"):
                total["logic"] += number * width

    add(first)
    return Cells(**total)


def examine_platform(output: Path, timeout: float = 1500) -> Report:
    """``examine`` of td_soc in a process of its own; its JSON stays in ``output``. UserError if that fails."""
    return _in_a_process(output, (), timeout)


def count_cells(config: HardwareConfig, output: Path, timeout: float = 1500) -> int:
    """Bits of all cells of td_soc in ``config``, memories and clock gates aside. UserError as ``examine_platform``."""
    numbers = [f"{name}={value}" for name, value in config.parameters.items()]
    cells = _in_a_process(output, numbers, timeout).blocks["td_soc"]
    return cells.flops + cells.arrays + cells.logic


def _in_a_process(output: Path, numbers: Sequence[str], timeout: float) -> Report:
    command = [sys.executable, "-m", "tb.build.netlist", str(output.resolve()), *numbers]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    if result.returncode:
        raise UserError(f"yosys could not read the design:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    content = json.loads(output.read_text())
    return Report(content["problems"], {name: Cells(**cells) for name, cells in content["blocks"].items()})


def main() -> None:
    """Examine td_soc and write the report to the file that the command line names; NAME=VALUE: count cells only."""
    generated = generate()
    output, *numbers = sys.argv[1:]
    given = {name: int(value) for name, _, value in (number.partition("=") for number in numbers)}
    report = examine(
        design_files(generated),
        "td_soc",
        blocks=["td_soc"] if given else BLOCKS,
        includes=[*CORE_INCLUDES, RTL_INCLUDE, generated],
        parameters=given or CONFIGS[CONFIG].parameters,
        problems=not given,
    )
    Path(output).write_text(json.dumps(asdict(report), indent=1))


if __name__ == "__main__":
    main()
