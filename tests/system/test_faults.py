# SPDX-License-Identifier: Apache-2.0
"""Each deliberate fault in compiler, firmware or hardware is caught on the RTL and named at the right tensor."""

import copy

import pytest

from tests.codegen.faults import with_attribute, with_input, with_zero, without_hyper_wait, without_write_back
from tests.system.running import on_rtl, write_run
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen import firmware
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Graph, Node, Tensor
from traindeploy.platform import CONFIGS
from traindeploy.records import serial
from traindeploy.records.bench import Mismatch
from traindeploy.records.schedule import ScheduleDescription
from traindeploy.schedule import build_program

CONFIG = CONFIGS["compact"]


def training(strategy: str):
    graph = build_training_graph("cct_tiny", strategy, lora_b="random")
    return graph, load_samples("", graph, 1, 1)


def first_mismatch(tmp_path, wrong: Graph, right: Graph, samples) -> Mismatch:
    run_dir = write_run(tmp_path, build_program(wrong, CONFIG, "redmule"), samples, right, extra=wrong)
    result = on_rtl(run_dir)
    assert not result.passed
    first = result.mismatches[0]
    assert first.tensor in result.failure
    return first


def test_the_right_program_passes(tmp_path):
    graph, samples = training("lora1")
    result = on_rtl(write_run(tmp_path, build_program(graph, CONFIG, "redmule"), samples, graph))
    assert result.failure == ""
    assert result.tensors_compared == sum(len(node.outputs) for node in graph.nodes)


def test_a_gradient_left_zero(tmp_path):
    graph, samples = training("ft1")
    gradient = next(n.inputs[1] for n in graph.nodes if n.op == "Sgd" and len(graph.tensors[n.inputs[1]].shape) == 2)
    assert first_mismatch(tmp_path, with_zero(graph, gradient), graph, samples).tensor == gradient


def test_a_gelu_gradient_of_the_tensor_before_the_bias(tmp_path):
    graph, samples = training("ft1")
    layer = next(n for n in graph.nodes if n.name == "blocks.1.mlp.fc1")
    grad = next(n for n in graph.nodes if n.op == "GeluGrad")
    assert grad.inputs[1] == layer.outputs[0]
    wrong = copy.deepcopy(graph)
    before = wrong.add(Tensor("before_bias", graph.tensors[layer.outputs[0]].shape)).name
    at = next(i for i, n in enumerate(wrong.nodes) if n.name == layer.name)
    wrong.nodes.insert(at, Node("before_bias", "Gemm", layer.inputs[:2], [before]))
    wrong = with_input(wrong, grad.name, 1, before)
    assert first_mismatch(tmp_path, wrong, graph, samples).tensor == grad.outputs[0]


@pytest.mark.parametrize("node", ["blocks.0.attn.scale", "blocks.1.mlp.fc2.lora_scale"])
def test_a_missing_scale(tmp_path, node):
    graph, samples = training("lora1")
    output = next(n.outputs[0] for n in graph.nodes if n.name == node)
    assert first_mismatch(tmp_path, with_attribute(graph, node, alpha=1.0), graph, samples).tensor == output


def test_a_wait_for_hyperbus_removed(tmp_path):
    """A DMA's wait would show only under delays (networks.missing_wait): its data come before they are read."""
    graph, samples = training("lora1")
    program = without_hyper_wait(build_program(graph, CONFIG, "redmule"), "fetch tokenizer.1.conv.weight")
    result = on_rtl(write_run(tmp_path, program, samples, graph))
    assert not result.passed
    assert result.mismatches[0].tensor == "tokenizer.1.conv"


def test_a_disturbed_row_of_redmule(tmp_path):
    graph, samples = training("lora1")
    run_dir = write_run(tmp_path, build_program(graph, CONFIG, "redmule"), samples, graph)
    row = 2
    result = on_rtl(run_dir, disturb_row=row)
    first = result.mismatches[0]
    assert first.engine == "redmule"
    width = graph.tensors[first.tensor].shape[-1]
    flat = _flat(first.index, graph.tensors[first.tensor].shape)
    assert flat // width % CONFIG.rows == row


def test_a_weight_not_updated(tmp_path):
    graph, samples = training("lora1")
    update = next(n for n in graph.nodes if n.op == "Sgd")
    program = without_write_back(build_program(graph, CONFIG, "redmule"), update.outputs[0])
    result = on_rtl(write_run(tmp_path, program, samples, graph))
    assert [m.tensor for m in result.mismatches] == update.outputs


def test_a_transfer_made_twice_that_no_tensor_shows(tmp_path):
    graph, samples = training("lp")
    run_dir = write_run(tmp_path, build_program(graph, CONFIG, "redmule"), samples, graph)
    source = run_dir / "network.c"
    start = "last_dma = td_dma_start(&dma[0]);"
    text = source.read_text()
    assert text.count(start) == 1
    source.write_text(text.replace(start, f"{start} {start}"))
    firmware.build([source], run_dir / "firmware.elf")
    result = on_rtl(run_dir)
    assert result.mismatches == ()
    transfers = sum(len(slot.dma) for slot in serial.read(ScheduleDescription, run_dir / "schedule.json").slots)
    assert result.failure == f"dma: {transfers + 1} were done, the schedule has {transfers}"
    assert "dma, step 0, 1 (" in result.detail


def _flat(index, shape) -> int:
    position = 0
    for i, size in zip(index, shape, strict=True):
        position = position * size + i
    return position
