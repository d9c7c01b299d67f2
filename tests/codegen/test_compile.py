# SPDX-License-Identifier: Apache-2.0
"""The run directory: complete, built, and the same for the same input."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from traindeploy.app.pipeline import build_training_graph, compile_program
from traindeploy.errors import UserError
from traindeploy.frontend.data import load_samples
from traindeploy.platform import CONFIGS, L2, L2_ARENA, L2_FIRMWARE
from traindeploy.records import serial
from traindeploy.records.program import ProgramDescription


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_two_compilations_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        graph = build_training_graph("cct_tiny", "lora1")
        compile_program(graph, CONFIGS["paper"], "redmule", tmp_path / name, samples=load_samples("", graph, 1, 0))
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    files = {"network.c", "firmware.elf", "l3.npz", "program.json", "schedule.json"}
    assert set(digests(tmp_path / "a")) == files


def test_the_program_does_not_depend_on_the_order_of_sets() -> None:
    script = (
        "import hashlib; from traindeploy.app.pipeline import build_training_graph; "
        "from traindeploy.schedule import build_program; from traindeploy.codegen.network_c import emit_c; "
        "from traindeploy.platform import CONFIGS; "
        "program = build_program(build_training_graph('cct_tiny', 'lora2'), CONFIGS['paper'], 'redmule'); "
        "print(hashlib.sha256(emit_c(program).encode()).hexdigest())"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", script], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert found[0] == found[1]


def test_the_description_says_where_everything_lies(tmp_path: Path) -> None:
    graph = build_training_graph("cct_tiny", "ft1")
    samples = load_samples("", graph, 2, 0)
    program = compile_program(graph, CONFIGS["compact"], "cores", tmp_path, steps=2, samples=samples)
    described = serial.read(ProgramDescription, tmp_path / "program.json")
    assert [operator.name for operator in described.operators] == [node.name for node in graph.nodes]
    assert {output.tensor for output in described.outputs} == {name for node in graph.nodes for name in node.outputs}
    for output in described.outputs:
        if output.level == "L2":
            assert L2_ARENA.base <= output.address < L2.base + L2.size
    updates = {out.tensor: out.address for op in described.operators if op.kind == "Sgd" for out in op.outputs}
    homes = {parameter.tensor: parameter.address for parameter in described.parameters if parameter.trainable}
    assert sorted(updates.values()) == sorted(homes.values())
    image = np.load(tmp_path / "l3.npz")
    for step, address in enumerate(described.inputs[0].addresses):
        assert np.array_equal(image[f"0x{address:08x}"], samples[step][described.inputs[0].tensor])
    assert described.engine == "cores"
    assert described.firmware_bytes is not None
    assert 10_000 < described.firmware_bytes.text < described.firmware_bytes.l2 < L2_FIRMWARE.size
    assert described.peak_bytes == program.peak_bytes


def test_missing_samples_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    graph = build_training_graph("cct_tiny", "lp")
    with pytest.raises(UserError, match="2 training steps need as many samples, 1 were given"):
        compile_program(
            graph, CONFIGS["paper"], "redmule", tmp_path / "run", steps=2, samples=load_samples("", graph, 1, 0)
        )
    assert not (tmp_path / "run").exists()


def test_firmware_that_does_not_build_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traindeploy.codegen.write.emit_c", lambda program, form: "this is not C")
    graph = build_training_graph("cct_tiny", "lp")
    with pytest.raises(UserError, match="cannot compile"):
        compile_program(graph, CONFIGS["paper"], "redmule", tmp_path / "run", samples=load_samples("", graph, 1, 0))
    assert list(tmp_path.iterdir()) == []
