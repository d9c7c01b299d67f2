# SPDX-License-Identifier: Apache-2.0
"""The product's main job through its command line: training steps on the RTL, every tensor at 0 ULP."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from tests.plan.records import Facts
from tests.system.running import walking
from traindeploy.app.options import Options
from traindeploy.app.pipeline import build_training_graph
from traindeploy.frontend.cct import CCT2, build_cct
from traindeploy.frontend.data import load_samples
from traindeploy.native import NativeMachine, load_library
from traindeploy.platform import CONFIGS, L2_FIRMWARE
from traindeploy.platform.paths import BUILD
from traindeploy.records import serial
from traindeploy.records.run import RunResult
from traindeploy.schedule import build_program

PROMISED = (
    "passed", "model", "strategy", "engine", "config", "seed", "cycles", "flop", "flop_per_cycle", "tensors_compared",
    "elements_compared", "max_ulp", "l3_bytes", "peak_bytes", "trainable_parameters", "loss", "sim_seconds",
    "operators",
)  # fmt: skip
PARAMETERS = {"lp": 1_290, "ft1": 99_723, "lora1": 7_563, "ft2": 198_027, "lora2": 13_707}


def simulate(options: Options, facts: Facts, seconds: int = 3000) -> dict:
    """The result of `traindeploy sim`, which must pass with every tensor of the graph compared."""
    arguments = options.arguments
    command = [sys.executable, "-c", "from traindeploy.app.cli import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    folder = BUILD / options.run_name
    facts.outcome = serial.read(RunResult, folder / "result.json")
    result = json.loads((folder / "result.json").read_text())
    graph = build_training_graph(options.model, options.strategy)
    elements = sum(graph.tensors[name].size for node in graph.nodes for name in node.outputs)
    assert result["passed"] is True
    assert result["max_ulp"] == 0
    assert result["tensors_compared"] == options.steps * sum(len(node.outputs) for node in graph.nodes)
    assert result["elements_compared"] == options.steps * elements
    assert (folder / "report.html").stat().st_size > 10_000
    return result


def test_a_lora1_step_of_cct2_is_bit_identical_on_the_rtl(facts: Facts):
    result = simulate(Options(strategy="lora1"), facts)
    assert [key for key in PROMISED if key not in result] == []
    assert result["trainable_parameters"] == PARAMETERS["lora1"]
    assert result["cycles"] < 4_600_000  # a fifth of the published system's 23 Mcycle
    for operator in result["operators"]:
        assert operator["start"] + operator["cycles"] <= result["cycles"], operator["name"]
        assert operator["flop"] <= 96 * operator["cycles"], operator["name"]  # 48 multiply-adders
    assert Path(os.readlink(BUILD / "latest")).name == Options(strategy="lora1").run_name


ACCEPTANCE = [(s, e, "paper") for e in ("redmule", "cores") for s in PARAMETERS] + [("lora1", "redmule", "compact")]
ACCEPTANCE += [("full", "redmule", "paper")]


@pytest.mark.parametrize(("strategy", "engine", "config"), ACCEPTANCE)
def test_every_strategy_of_cct2_is_bit_identical_on_the_rtl(facts: Facts, strategy, engine, config):
    result = simulate(
        Options(strategy=strategy, engine=engine, config=config, seed=1, lora_b="random", arithmetic="rtl"), facts
    )
    assert result["trainable_parameters"] == {**PARAMETERS, "full": 283_723}[strategy]


def test_a_step_of_cct2_takes_little_longer_as_data(facts: Facts):
    code, data = (simulate(Options(strategy="lora1", form=form), facts) for form in ("code", "data"))
    program = build_program(build_training_graph("cct2", "lora1"), CONFIGS["paper"], "redmule")
    assert data["cycles"] < code["cycles"] + walking(program)
    assert data["firmware_bytes"] < 0.4 * code["firmware_bytes"]


def test_twelve_blocks_are_bit_identical_on_the_rtl(facts: Facts, tmp_path: Path):
    """A function a slot would not fit; as data it takes a quarter of the room."""
    model = tmp_path / "blocks12.onnx"
    onnx.save(build_cct(replace(CCT2, blocks=12), 0), model)
    options = Options(model=str(model), strategy="lora2")
    assert simulate(options, facts)["firmware_bytes"] < L2_FIRMWARE.size // 2
    shutil.rmtree(BUILD / options.run_name)


def test_weights_carry_over_three_steps_of_cct2_on_the_rtl(facts: Facts):
    result = simulate(Options(strategy="ft1", steps=3), facts)
    assert len(set(result["losses"])) == 3


def test_fifty_steps_of_cct2_learn_on_the_rtl_as_on_the_host(facts: Facts, tmp_path: Path):
    """Ten digits, five times each, in the same order."""
    digits = load_digits()
    small = [Image.fromarray(image.astype(np.float32) / 16).resize((32, 32)) for image in digits.images[:10]]
    np.savez(tmp_path / "ten.npz", images=np.stack([np.asarray(image) for image in small]), labels=digits.target[:10])
    options = Options(strategy="lora2", steps=50, learning_rate=0.003, data=str(tmp_path / "ten.npz"))
    graph = build_training_graph(options.model, options.strategy, learning_rate=options.learning_rate)
    machine, losses = NativeMachine(graph, load_library()), []
    for sample in load_samples(options.data, graph, options.steps, options.seed):
        machine.step(sample)
        losses.append(float(machine.value("loss")[0]))
    passes = [np.mean(losses[i : i + 10]) for i in range(0, 50, 10)]
    assert all(after < before for before, after in pairwise(passes))
    result = simulate(options, facts, seconds=10_000)
    assert result["losses"] == losses
