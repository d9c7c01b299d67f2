# SPDX-License-Identifier: Apache-2.0
"""Whether TrainDeploy understands a network: outputs by onnxruntime, gradients by differences, programs by the host."""

import copy
import re
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import onnx

from golden.training import execute_steps
from tests.codegen.running import mismatches
from tests.frontend.onnx_models import forward, reference
from tests.fuzz.blocks import random_transformer
from tests.fuzz.differences import (
    WrongError,
    compare_file_slopes,
    compare_slopes,
    feeds_of,
    onnxruntime_logits,
)
from tests.fuzz.generate import random_graph
from tests.fuzz.network import INPUT, shuffled
from traindeploy.codegen.check import check_program
from traindeploy.errors import UserError
from traindeploy.frontend import load_model
from traindeploy.ir import Graph
from traindeploy.ops.legality import check_graph
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program
from traindeploy.training import PASSES, Training, build_step
from traindeploy.training.rules import RULES
from traindeploy.training.strategies import STRATEGIES

Kind = Literal["right", "refused", "wrong", "crashed", "void"]
BY_DESIGN = (  # why a strategy may give way to lp: what the network lacks, and weights that have two uses
    "encoder block",
    "LoRA rank",
    "of a layer norm cannot be trained",
    "is that of several layers",
)
EXACT = 1e-9  # of two float64 programs, relative to the largest logit
RECIPROCALS = (  # operators that become a product with a number, or numbers, which float32 rounds
    "AveragePool", "BatchNormalization", "Celu", "Div", "GlobalAveragePool", "HardSwish", "HardSigmoid", "ReduceMean",
)  # fmt: skip
RECIPROCAL = 1e-6  # as EXACT, where a quotient by a constant became a product with its reciprocal in float32
ROUNDED = 1e-4  # of float32 against float64
BIG = 600  # elements of an input, from where on all programs are compiled
LARGEST = 1e3  # of logits that are worth looking at


@dataclass(frozen=True)
class Verdict:
    """``checks``: what was compared; ``detail``: why it is not right."""

    kind: Kind
    detail: str = ""
    checks: tuple[str, ...] = ()


def network_of(seed: int, *, transformer: bool) -> tuple[onnx.ModelProto, np.random.Generator]:
    """The network of a seed, and the random numbers that go on behind it."""
    random = np.random.default_rng([seed, int(transformer)])
    return (random_transformer if transformer else random_graph)(random), random


def judge(seed: int, *, transformer: bool = False) -> Verdict:
    """Import, differentiate, and for some seeds compile the network of ``seed``. Repeats itself exactly."""
    model, random = network_of(seed, transformer=transformer)
    shape = tuple(d.dim_value or 1 for d in model.graph.input[0].type.tensor_type.shape.dim)
    x = random.standard_normal(shape).astype(np.float32)
    try:
        expected = onnxruntime_logits(model, x)
    except Exception as error:  # noqa: BLE001 whatever onnxruntime raises: the network is none
        return Verdict("void", f"onnxruntime: {error}")
    if not np.isfinite(expected).all() or np.abs(expected).max() > LARGEST:
        return Verdict("void", "logits are not finite, or large")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.onnx"
        onnx.save(shuffled(model, random) if random.random() < 0.3 else model, path)
        try:
            return Verdict("right", checks=_checked(str(path), model, x, expected, random, transformer))
        except UserError as error:
            return Verdict("refused", str(error).replace(folder, ""))
        except WrongError as error:
            return Verdict("wrong", str(error))
        except Exception:  # noqa: BLE001 a crash is what is looked for
            return Verdict("crashed", traceback.format_exc())


def reason(detail: str) -> str:
    """A refusal without the names and numbers of this network."""
    return re.sub(r"\d+(\.\d+)?", "N", re.sub(r"'[^']*'", "'..'", detail.removeprefix("/fuzz.onnx: ")))[:150]


def _checked(
    path: str, model: onnx.ModelProto, x: np.ndarray, expected: np.ndarray, random: np.random.Generator, blocks: bool
) -> tuple[str, ...]:
    """What was compared. UserError if it is refused, WrongError if a comparison fails."""
    imported = load_model(path)
    check_graph(imported)
    logits = forward(copy.deepcopy(imported), x)
    compare_logits(model, x, logits, expected)
    graph = _strategy_step(path, random) if blocks else _random_step(imported, random)
    if graph is None:
        return ("outputs",)
    feeds = feeds_of(graph, x, int(random.integers(expected.size)))
    compare_slopes(graph, feeds, random)
    done = ["outputs", "gradients"]
    if compare_file_slopes(graph, model, feeds, x, random):
        done.append("gradients by onnxruntime")
    if random.random() < 0.25 or x.size > BIG:
        compare_program(graph, feeds, random)
        done.append("program")
    return tuple(done)


def compare_logits(model: onnx.ModelProto, x: np.ndarray, logits: np.ndarray, expected: np.ndarray) -> None:
    """Against onnxruntime; where that has rounded to float32 and differs, against ONNX's reference in float64."""
    if logits.size != expected.size:
        raise WrongError(f"{logits.size} logits, expected {expected.size}")
    scale = max(1e-3, float(np.abs(expected).max()))
    exact = RECIPROCAL if any(node.op_type in RECIPROCALS for node in model.graph.node) else EXACT
    allowed = exact if expected.dtype == np.float64 else ROUNDED
    error = float(np.abs(logits.reshape(-1) - expected.reshape(-1)).max()) / scale
    if error > allowed and expected.dtype == np.float32:
        expected, allowed = reference(model, INPUT, x), exact
        error = float(np.abs(logits.reshape(-1) - expected.reshape(-1)).max()) / scale
    if not error <= allowed:
        raise WrongError(f"logits {logits.reshape(-1)}, expected {expected.reshape(-1)}: relative error {error:.2e}")


def _strategy_step(path: str, random: np.random.Generator) -> Graph:
    """The step of a strategy; one that does not suit the network gives way to lp."""
    name = str(random.choice(list(STRATEGIES)))
    rank = int(random.integers(1, 3))
    try:
        return build_step(load_model(path), Training(name, lora_rank=rank))
    except UserError as error:
        if not any(words in str(error) for words in BY_DESIGN):
            raise WrongError(f"strategy {name} is refused: {error}") from None
        return build_step(load_model(path), Training("lp"))


def _random_step(graph: Graph, random: np.random.Generator) -> Graph | None:
    """A step that trains any parameters that can be; None if the logits depend on none of them."""
    able = trainable(graph)
    chosen = [p for p in able if random.random() < 0.6] or able[-1:]
    if not chosen:
        return None
    for parameter in chosen:
        graph.tensors[parameter].trainable = True
    try:
        for _, apply in PASSES[1:]:
            apply(graph, Training("lp"))
            check_graph(graph)
    except UserError as error:
        raise WrongError(f"the parameters {chosen} can be trained, but: {error}") from None
    return graph


def trainable(graph: Graph) -> list[str]:
    """Parameters whose gradient passes no operator without a rule; scale and shift of a layer norm are not trained."""
    stuck: set[str] = set()
    for node in reversed(graph.nodes):
        if node.op not in RULES or stuck.intersection(node.outputs):
            stuck.update(node.inputs)
        if node.op == "LayerNorm":
            stuck.update(node.inputs[1:])
    reaching = {i for node in graph.nodes for i in node.inputs}
    return [n for n, t in graph.tensors.items() if t.kind == "parameter" and n in reaching and n not in stuck]


def compare_program(graph: Graph, feeds: Mapping[str, np.ndarray], random: np.random.Generator) -> None:
    """Compiled for any configuration and engine, checked, and run by the host interpreter: the machine model's bits."""
    config = CONFIGS[str(random.choice(sorted(CONFIGS)))]
    program = build_program(graph, config, "redmule" if random.random() < 0.7 else "cores")
    check_program(program)
    values = execute_steps(graph, [feeds])
    wrong, compared = mismatches(program, values, [feeds], "late" if random.random() < 0.5 else "early")
    if wrong or compared != sum(len(node.outputs) for node in graph.nodes):
        raise WrongError(f"program: {wrong[:3]} of {compared} outputs differ from the machine model")
