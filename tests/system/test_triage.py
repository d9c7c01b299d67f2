# SPDX-License-Identifier: Apache-2.0
"""Faults planted in kernels, RTL and generated C: the triage on the RTL names the right kind of cause and the place."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import pywellen

import tb.build.simulator
from golden.training import execute_steps
from tb.blocks.description import Mutant
from tb.build.simulator import Build, build_platform
from tb.build.sources import rtl_sources
from tb.mutate.mutants import mutated
from tests.system.running import on_rtl, simulator, write_run
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen import firmware
from traindeploy.frontend.data import load_samples
from traindeploy.platform import CONFIGS
from traindeploy.records.program import AskedForm
from traindeploy.records.triage import Link, Triage
from traindeploy.records.verdict import Verdict
from traindeploy.schedule import build_program
from traindeploy.triage import triage
from traindeploy.triage.investigate import Subject
from traindeploy.triage.replay import Simulator
from traindeploy.triage.reproduce import reproduce

CONFIG = CONFIGS["compact"]
COMMAND = "make sim MODEL=cct_tiny"


def triaged(
    run_dir: Path,
    build: Build,
    damage: Callable[[Path], None] = lambda run_dir: None,
    disturb_row: int | None = None,
    traced: Build | None = None,
    form: AskedForm = "auto",
) -> Triage:
    """What the triage of a step of cct_tiny says, simulated on ``build``; ``damage`` is done to what was compiled.

    ``traced``: the same hardware with tracing, for a waveform.
    """
    graph = build_training_graph("cct_tiny", "lora1", lora_b="random")
    samples = load_samples("", graph, 1, 1)
    program = build_program(graph, CONFIG, "redmule")
    write_run(run_dir, program, samples, graph, form=form)
    damage(run_dir)
    bench = on_rtl(run_dir, build=build, disturb_row=disturb_row)
    culprit = bench.culprit
    assert culprit is not None, bench.failure
    values = execute_steps(graph, samples)[culprit.step]
    on = Simulator(CONFIG, "rtl", build, disturb_row, traced)
    subject = Subject(run_dir, program, bench, culprit, values, on)
    return triage(subject, waves=traced is not None, command=COMMAND)


def blamed(found: Triage) -> Link:
    """The link that went wrong."""
    assert found.culprit is not None, found.explanation
    return found.links[found.culprit]


def changed(run_dir: Path, change: Callable[[str], str]) -> None:
    """The generated C after ``change``, compiled."""
    source = run_dir / "network.c"
    before = source.read_text()
    source.write_text(change(before))
    assert source.read_text() != before
    firmware.build([source], run_dir / "firmware.elf")


@pytest.fixture
def other_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The firmware with a softmax that adds in pairs, which is wrong by 1 ULP in some rows."""
    copy = tmp_path / "firmware"
    shutil.copytree(firmware.FIRMWARE, copy)
    source = copy / "kernels" / "softmax_row.h"
    text = source.read_text()
    source.write_text(re.sub(r"sum \+= e\.a;\s*sum \+= e\.b;", "sum += e.a + e.b;", text))
    assert source.read_text() != text
    monkeypatch.setattr(firmware, "FIRMWARE", copy)
    return copy


def test_a_kernel_that_adds_in_another_order(tmp_path: Path, other_order: Path, monkeypatch):
    """Wrong by 1 ULP in four elements; alone it fails until the kernel is mended."""
    run_dir = tmp_path / "run"
    found = triaged(run_dir, simulator(CONFIG))
    assert found.cause == "kernel"
    assert found.element.ulp == 1
    assert found.element.exact is not None
    assert abs(found.element.exact - found.element.expected) < 1e-6
    culprit = blamed(found)
    assert (culprit.kernel, culprit.operator) == ("td_softmax", found.element.operator)
    assert culprit.source.startswith("firmware/kernels/softmax")
    assert culprit.code.startswith("td_softmax(&softmax_args[")
    assert culprit.instructions.endswith("(td_softmax)")
    assert found.reproducer is not None
    assert found.reproducer.shrunk["rows"] == 1 < found.reproducer.arguments["rows"]
    on = Simulator(CONFIG, "rtl", simulator(CONFIG))
    assert reproduce(run_dir, on).verdict is Verdict.FAILED
    monkeypatch.setattr(firmware, "FIRMWARE", Path("firmware").resolve())
    assert reproduce(run_dir / "triage", on).verdict is Verdict.PASSED


def test_a_wait_that_is_missing_in_the_generated_c(tmp_path: Path):
    """The weights of a convolution are loaded from L2 before HyperBus has brought them there."""
    label = "fetch tokenizer.1.conv.weight"

    def without_wait(text: str) -> str:
        wait = text.rindex("td_hyper_wait(", 0, text.index("// load tokenizer.1.conv.weight", text.index("slot_0000")))
        return text[:wait] + text[text.index(";", wait) + 1 :]

    found = triaged(tmp_path, simulator(CONFIG), lambda run_dir: changed(run_dir, without_wait))
    assert found.cause == "wait"
    assert f"({label})" in found.explanation, found.explanation
    assert "had not arrived" in found.explanation
    _repeated_from_slots(found, tmp_path, most=18)  # from the slot that fetches to the one that loads


def _repeated_from_slots(found: Triage, run_dir: Path, most: int = 9) -> None:
    """A few slots of the generated C fail alone; with the right descriptors and waits they do not."""
    assert found.reproducer is not None
    assert found.reproducer.fails_on == "rtl"
    assert found.reproducer.shrunk["slots"] <= most < found.reproducer.arguments["slots"]
    on = Simulator(CONFIG, "rtl", simulator(CONFIG))
    assert reproduce(run_dir, on).verdict is Verdict.FAILED


def test_an_address_that_is_wrong_in_the_generated_c(tmp_path: Path):
    label = "load blocks.0.mlp.fc1.bias"

    def elsewhere(text: str) -> str:
        line = next(line for line in text.splitlines() if line.endswith(f": {label}"))
        address = re.search(r"0x1c[0-9a-f]{6}", line)
        assert address is not None
        return text.replace(line, line.replace(address[0], hex(int(address[0], 16) + 4)))

    found = triaged(tmp_path, simulator(CONFIG), lambda run_dir: changed(run_dir, elsewhere))
    assert found.cause == "descriptor"
    assert f"({label})" in found.explanation
    assert re.search(r"dma\[\d+\]\.src is 0x1c[0-9a-f]{6} instead of 0x1c[0-9a-f]{6}", found.explanation)
    _repeated_from_slots(found, tmp_path)


def test_an_address_that_is_wrong_in_a_program_that_is_data(tmp_path: Path):
    label = "load blocks.0.mlp.fc1.bias"

    def elsewhere(text: str) -> str:
        line = next(line for line in text.splitlines() if line.startswith("    0x1c") and line.endswith(f"] {label}"))
        address = line.split(",")[0].strip()
        return text.replace(line, line.replace(address, hex(int(address, 16) + 4)))

    found = triaged(tmp_path, simulator(CONFIG), lambda run_dir: changed(run_dir, elsewhere), form="data")
    assert found.cause == "descriptor"
    assert f"({label})" in found.explanation
    assert re.search(r"dma\[\d+\]\.src is 0x1c[0-9a-f]{6} instead of 0x1c[0-9a-f]{6}", found.explanation)
    assert label in blamed(found).code
    assert blamed(found).began is not None


def test_a_row_of_redmule_that_is_disturbed_once(tmp_path: Path):
    """What was disturbed once in a run does not show in the job alone unless it is disturbed too, as here."""
    found = triaged(tmp_path, simulator(CONFIG), disturb_row=2)
    assert found.cause == "redmule"
    assert blamed(found).agent == "redmule"
    assert found.element.engine == "redmule"


LAST_BEAT = Mutant(
    file="td_dma",
    text="port_wdata_q[p] <= stream_data;",
    replacement="if (!write_beat.last) port_wdata_q[p] <= stream_data;",
)


def test_a_dma_whose_last_beat_repeats_the_one_before(tmp_path: Path, monkeypatch):
    with mutated(LAST_BEAT, rtl_sources(False)) as sources, monkeypatch.context() as planted:
        planted.setattr(tb.build.simulator, "rtl_sources", lambda host: sources)
        build = build_platform(CONFIG, disturbable=True, optimize="-O1")
    found = triaged(tmp_path, build)
    assert found.cause == "dma"
    culprit = blamed(found)
    assert culprit.agent == "dma"
    assert re.search(r"\d of \d+ words are not what lay at the source", found.explanation)
    assert found.reproducer is not None
    assert found.reproducer.fails_on == "rtl"
    assert found.reproducer.shrunk["len"] < found.reproducer.arguments["len"]
    assert reproduce(tmp_path, Simulator(CONFIG, "rtl", build)).verdict is Verdict.FAILED
    assert reproduce(tmp_path, Simulator(CONFIG, "rtl", simulator(CONFIG))).verdict is Verdict.PASSED


def test_the_waveform_of_the_window_has_its_signals(tmp_path: Path, other_order: Path):
    """Its cores are in the blamed kernel when it goes wrong, by the names that the save file gives program counters."""
    traced = build_platform(CONFIG, waves=True, optimize="-O1")
    found = triaged(tmp_path / "run", simulator(CONFIG), traced=traced)
    window, folder = found.window, tmp_path / "run" / "triage"
    assert window is not None
    assert window.file, found.untold
    waves = pywellen.Waveform(str(folder / window.file))
    held = {var.full_name: var for var in waves.all_vars()}
    assert set(window.signals) <= set(held)
    names = dict(line.split(" ", 1) for line in (folder / "functions.txt").read_text().splitlines())
    seen = {names.get(f"{int(value):08x}", "") for _, value in held["td_tb_top.core_pc.[3]"].tv}
    assert any(name.startswith("td_softmax ") for name in seen), seen
    assert (folder / window.save_file).exists()
