# SPDX-License-Identifier: Apache-2.0
"""Runs that fail, each kind end to end: status, console, report and JSON say the same and name the right place.

The faults are real: the image of L3, the firmware, what is expected, or the simulator's process is damaged between
compiling and simulating. The model is a single linear layer; every run shares one simulator.
"""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import tb.run
from tb.run_dir import read_expected, write_expected
from traindeploy.app import cli, ending, run
from traindeploy.app.options import Options
from traindeploy.codegen import firmware
from traindeploy.records import serial
from traindeploy.records.arrays import write_arrays
from traindeploy.records.program import ProgramDescription
from traindeploy.records.run import RunResult
from traindeploy.records.triage import Triage
from traindeploy.records.verdict import Verdict

# Imported before `tb.run.simulate` is replaced: what a triage repeats is not damaged once more.
from traindeploy.triage.reproduce import reproduce

Damage = Callable[[Path], None]
BEGIN = "void td_main(uint32_t core)\n{"


def flip_a_weight(run_dir: Path) -> None:
    """The lowest bit of the first weight's first element, in the image that the boot loader writes to L3."""
    program = serial.read(ProgramDescription, run_dir / "program.json")
    home = next(p.address for p in program.parameters if len(p.shape) == 2)
    with np.load(run_dir / "l3.npz") as image:
        arrays = {key: image[key].copy() for key in image.files}
    arrays[f"0x{home:08x}"].view(np.uint32).reshape(-1)[0] ^= 1 << 20
    write_arrays(run_dir / "l3.npz", arrays)


def forget_a_tensor(run_dir: Path) -> None:
    """One output has no expected value."""
    values = read_expected(run_dir, 0)
    del values["h"]
    write_expected(run_dir, 0, values)


def with_firmware(change: Callable[[str], str]) -> Damage:
    def damage(run_dir: Path) -> None:
        source = run_dir / "network.c"
        text = source.read_text()
        changed = change(text)
        assert changed != text
        source.write_text(changed)
        firmware.build([source], run_dir / "firmware.elf")

    return damage


def first_instruction(statement: str) -> Damage:
    return with_firmware(lambda text: text.replace(BEGIN, f"{BEGIN}\n    {statement}"))


def both(*damages: Damage) -> Damage:
    def damage(run_dir: Path) -> None:
        for each in damages:
            each(run_dir)

    return damage


# The last slot hangs: what went wrong before it has been compared.
def _hang_at_the_end(text: str) -> str:
    calls = re.findall(r"^    \w*slot_\w+\([^;]*\);", text, re.M) or re.findall(r"^.*slot_\d+\(.*\);", text, re.M)
    return text.replace(calls[-1], f'{calls[-1]}\n    for (;;) __asm__ volatile("nop");')


def kill_the_simulator(run_dir: Path) -> None:
    """Its process gets SIGSEGV as soon as it has written the first event."""

    def hunt() -> None:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            time.sleep(0.01)
            log = run_dir / "progress.jsonl"
            if not (log.exists() and "operator" in log.read_text()):
                continue
            for link in Path("/proc").glob("[0-9]*/cwd"):
                try:
                    if os.readlink(link) == str(run_dir) and int(link.parent.name) != os.getpid():
                        os.kill(int(link.parent.name), signal.SIGSEGV)
                        return
                except OSError:
                    continue

    threading.Thread(target=hunt, daemon=True).start()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """x[1,16] -> Gemm -> Relu -> Gemm -> y[1,4]."""
    random = np.random.default_rng(0)
    weights = {"w": random.normal(size=(16, 8)), "v": random.normal(size=(8, 4)), "b": random.normal(size=4)}
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"], "hidden"),
        helper.make_node("Relu", ["h"], ["r"], "relu"),
        helper.make_node("Gemm", ["r", "v", "b"], ["y"], "head"),
    ]
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, s]) for n, s in (("x", 16), ("y", 4))]
    arrays = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "two", infos[:1], infos[1:], arrays)
    folder = tmp_path_factory.mktemp("model")
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "two.onnx")
    np.savez(folder / "d.npz", images=random.normal(size=(1, 16)).astype(np.float32), labels=[1])
    return folder


class Ended:
    """What a `sim` left: ``status``, ``output``, the run's ``result``, ``document`` (its JSON) and ``page``."""

    def __init__(self, build: Path, options: Options, status: Any, output: str) -> None:
        folder = build / options.run_name
        assert os.readlink(build / "latest") == folder.name
        self.folder, self.status, self.output = folder, status, " ".join(output.split())
        self.result = serial.read(RunResult, folder / "result.json")
        self.document = json.loads((folder / "result.json").read_text())
        self.page = (folder / "report.html").read_text()
        self.options = options

    def check(self, status: int, word: str, failure: str) -> None:
        """All of them say ``failure``, and the command that repeats the run can be pasted."""
        assert self.status == status, self.output
        assert re.search(failure, self.result.failure), self.result.failure
        assert f"{word}: " in self.output
        assert re.search(failure, self.output)
        assert re.search(rf'<p class="badge (bad|unknown)">{word}</p>', self.page)
        assert "What happened" in self.page
        assert self.document["passed"] is False
        assert self.document["failure"] == self.result.failure
        assert self.result.command == self.options.command
        assert re.fullmatch(re.escape(self.options.command) + r"( WAVES=\d+:\d+)?", self.result.reproduce)
        assert self.result.reproduce in self.output
        assert "Traceback" not in self.output


@pytest.fixture
def sim(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """A `sim` of the model through the command line, with ``damage`` done before it is simulated."""
    build = tmp_path / "build"
    monkeypatch.setattr(run, "BUILD", build)
    for function in (ending.forget_status, ending.note_status):
        monkeypatch.setattr(function, "__defaults__", (build,))
    simulate = tb.run.simulate

    def do(damage: Damage, **limits: int) -> Ended:
        def damaged(run_dir: Path, *arguments: Any, **given: Any) -> Any:
            damage(run_dir)
            return simulate(run_dir, *arguments, **given | limits)

        monkeypatch.setattr(tb.run, "simulate", damaged)
        options = Options(
            model=str(model / "two.onnx"), data=str(model / "d.npz"), strategy="lp", config="compact", engine="cores",
            triage="quick",
        )  # fmt: skip
        monkeypatch.setattr("sys.argv", ["traindeploy", *options.arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        output, errors = capsys.readouterr()
        assert errors == ""
        assert (build / "status").read_text() == f"{caught.value.code:d}\n"
        return Ended(build, options, caught.value.code, output)

    return do


def test_a_mismatch_names_the_operator_whose_inputs_were_right(sim):
    ended = sim(flip_a_weight)
    ended.check(
        1, "FAILED", r"\d+ tensors differ, first 'h' of operator hidden \(td_gemm in firmware/kernels/gemm\.c\)"
    )
    first = ended.result.culprit
    assert (first.tensor, first.operator, first.kernel, first.inputs_right) == ("h", "hidden", "td_gemm", True)
    assert sum(mismatch.inputs_right for mismatch in ended.result.mismatches) == 1 < len(ended.result.mismatches)
    for value in (f"{first.actual:.9g}", f"{first.expected:.9g}", first.actual_hex, first.expected_hex):
        assert value in ended.result.failure
        assert value in ended.output
        assert value in ended.page
    found = ended.document["mismatches"][0]
    assert np.float32(found["actual"]).view(np.uint32) == int(first.actual_hex, 16)
    assert (ended.folder / "memory_at_mismatch.npz").exists()


def test_a_mismatch_is_looked_into_by_itself(sim):
    """The damaged image is nobody's fault but that of who wrote it: all that moves data has moved what was there."""
    ended = sim(flip_a_weight)
    found = serial.read(Triage, ended.folder / "triage" / "triage.json")
    assert (found.cause, found.element.operator) == ("schedule", "hidden")
    assert "operand w (1 of 128 words wrong) arrived wrong" in found.explanation
    assert found.culprit is not None
    assert found.links[found.culprit].kernel == "td_gemm"
    assert re.fullmatch(r"network\.c:\d+", found.links[found.culprit].line)
    assert all(link.right for link in found.links), [(link.label, link.found) for link in found.links]
    assert found.explanation in ended.output
    assert (ended.folder / "triage" / found.window.picture).read_text().startswith("<svg")
    assert found.reproducer is not None
    assert found.reproducer.shrunk["slots"] <= found.reproducer.arguments["slots"]
    assert found.reproducer.command in ended.output
    assert reproduce(ended.folder).verdict is Verdict.FAILED


def test_nothing_is_looked_into_where_nothing_is_wrong(sim):
    assert not (sim(forget_a_tensor).folder / "triage").exists()


def test_a_tensor_without_an_expected_value_fails_the_run(sim):
    sim(forget_a_tensor).check(1, "FAILED", "no expected value of 'h'")


def test_an_operator_that_never_reports_fails_the_run(sim):
    silent = with_firmware(lambda text: text.replace("td_report(0);", "", 1))
    sim(silent).check(1, "FAILED", "operators? never reported, first 'hidden'")


def test_a_bus_fault_names_core_address_and_line(sim):
    ended = sim(first_instruction("if (core == 3) *(volatile uint32_t *)0x30000000u = 1;"))
    ended.check(
        1, "FAILED", r"core 3 accessed 0x30000000, which was answered with an error at td_main\S* at network\.c:\d+"
    )


def test_a_watchdog_tells_what_had_gone_wrong_before(sim):
    ended = sim(both(flip_a_weight, with_firmware(_hang_at_the_end)), max_cycles=60_000)
    ended.check(
        1, "FAILED", "watchdog: no end of computation within 60000 cycles; before that, .*first 'h' of operator hidden"
    )
    assert "core 0: running at" in ended.result.detail


def test_a_simulator_that_crashes_gives_no_verdict(sim):
    ended = sim(kill_the_simulator)
    ended.check(3, "NO VERDICT", "no results: the simulation ended before its tests did")
    assert ended.result.verdict is Verdict.ERROR
    assert "please report it with" in ended.output
    assert (ended.folder / "sim.log").exists()


def test_the_same_run_without_damage_passes(sim):
    ended = sim(lambda run_dir: None)
    assert (ended.status, ended.result.verdict, ended.result.reproduce) == (0, Verdict.PASSED, "")
    assert not (ended.folder / "triage").exists()
