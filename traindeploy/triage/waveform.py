# SPDX-License-Identifier: Apache-2.0
"""The window around what went wrong: a picture always, an FST waveform where a simulator with tracing can be built.

The simulator that judges has no tracing compiled in, which would slow down every run; the window is simulated once
more on one that has (docs/design/decisions.md has the measurement). GTKWave's save file names the signals, and files
beside it turn program counters into functions and lines, mailbox words into operators.
"""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tb.build.simulator import Build, build_platform
from tb.build.toolchain import require_lz4
from tb.env.common.elf import Firmware
from tb.run import simulate
from traindeploy.errors import UserError
from traindeploy.ir.program import Program
from traindeploy.platform import NUM_CORES
from traindeploy.platform.signals import OPERATOR_BEGINS, STEP_BEGINS
from traindeploy.records.triage import Window
from traindeploy.triage.investigate import Investigated, Subject
from traindeploy.triage.picture import draw
from traindeploy.triage.replay import SECONDS, Simulator, link_inputs

PICTURE, WAVEFORM, SAVE_FILE = "window.svg", "window.fst", "window.gtkw"
FUNCTIONS, WORDS = "functions.txt", "mailbox.txt"  # value -> name, for the save file
BEFORE, BEHIND, LONGEST = 500, 300, 30_000  # cycles
TOP = "td_tb_top"
SIGNALS = (
    f"{TOP}.clk_i",
    f"{TOP}.mailbox_valid",
    f"{TOP}.mailbox_data",
    *(f"{TOP}.core_pc.[{core}]" for core in range(NUM_CORES)),
    f"{TOP}.core_sleep",
    f"{TOP}.engine_busy",
)


def bounds(found: Investigated) -> tuple[int, int, int]:
    """First cycle, last cycle and marker: around the culprit, or before the comparison if there is none."""
    record = found.record
    link = record.links[record.culprit] if record.culprit is not None else None
    compared = record.element.cycle
    begin = compared if link is None or link.began is None else link.began
    end = compared if link is None or link.ended is None else link.ended
    first = max(0, begin - (BEFORE if begin < compared else LONGEST // 2))
    return first, min(max(end, begin + 1) + BEHIND, first + LONGEST), begin


def picture(subject: Subject, found: Investigated, folder: Path) -> Window | None:
    """Draw the window from what was seen of it; None if nothing was."""
    activity = found.replayed.activity
    if activity is None or not activity.cycle.size:
        return None
    first, last, marker = bounds(found)
    first = max(first, int(activity.cycle[0]))
    firmware = Firmware(subject.run_dir / "firmware.elf")
    marks = {"went wrong from here on": marker, "compared": found.record.element.cycle}
    text = draw(activity, found.replayed.entered, firmware, first, last, marks)
    (folder / PICTURE).write_text(text, encoding="utf-8")
    return Window(first=first, last=last, marker=marker, picture=PICTURE, signals=SIGNALS)


def record_fst(subject: Subject, found: Investigated, window: Window, folder: Path) -> str:
    """Simulate the window with tracing; the FST's name. UserError if no such simulator can be built."""
    require_lz4()
    on = subject.on
    traced = on.traced or _traced(on)
    with tempfile.TemporaryDirectory(dir=subject.run_dir, prefix=".window-") as scratch:
        again = Path(scratch)
        link_inputs(subject.run_dir, again)
        simulate(
            again, on.config, max_cycles=window.last + 100, max_seconds=SECONDS, build=traced,
            waves=(window.first, window.last), check=False, disturb_row=on.disturb_row,
        )  # fmt: skip
        if not (again / "dump.fst").exists():
            raise UserError("the simulator wrote none")
        shutil.move(again / "dump.fst", folder / WAVEFORM)
    return WAVEFORM


def _traced(on: Simulator) -> Build:
    if on.build is not None:
        raise UserError("this simulator is none of the cached ones, and has no counterpart with tracing")
    return build_platform(on.config, waves=True, arithmetic=on.arithmetic, disturbable=on.disturb_row is not None)


def save_file(subject: Subject, found: Investigated, window: Window, folder: Path) -> str:
    """Write the save file and the names that it refers to; its name."""
    firmware = Firmware(subject.run_dir / "firmware.elf")
    activity = found.replayed.activity
    assert activity is not None
    seen = {int(pc) for pc in activity.pc.reshape(-1)}
    _names(folder / FUNCTIONS, ((pc, _short(firmware, pc)) for pc in sorted(seen)))
    _names(folder / WORDS, _mailbox(subject.program))
    at = activity.start_ps + window.marker * activity.period_ps
    lines = [
        "[*] of GTKWave: signals of a TrainDeploy triage, with names for numbers",
        f'[dumpfile] "{WAVEFORM}"',
        f"[timestart] {activity.start_ps + window.first * activity.period_ps}",
        f"*-16.0 {at} {at} -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1",
    ]
    for signal in SIGNALS:
        table = WORDS if "mailbox_data" in signal else FUNCTIONS if "core_pc" in signal else ""
        lines += ["@2022", f"^1 {table}", f"{signal}[31:0]"] if table else ["@22", _ranged(signal)]
    (folder / SAVE_FILE).write_text("\n".join([*lines, ""]), encoding="utf-8")
    return SAVE_FILE


def _ranged(signal: str) -> str:
    widths = {"core_sleep": NUM_CORES, "engine_busy": 3}
    width = widths.get(signal.rpartition(".")[2])
    return f"{signal}[{width - 1}:0]" if width else signal


def _short(firmware: Firmware, pc: int) -> str:
    return firmware.location(pc).replace(" at ", " ").replace("firmware/kernels/", "").replace("firmware/runtime/", "")


def _mailbox(program: Program) -> Iterable[tuple[int, str]]:
    for operator in program.operators:
        yield operator.index, f"end {operator.node.name}"
        yield OPERATOR_BEGINS | operator.index, f"begin {operator.node.name}"
    for step in range(program.training_steps):
        yield STEP_BEGINS | step, f"step {step}"


def _names(path: Path, names: Iterable[tuple[int, str]]) -> None:
    path.write_text("".join(f"{value:08x} {name}\n" for value, name in names), encoding="utf-8")
