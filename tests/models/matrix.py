# SPDX-License-Identifier: Apache-2.0
"""The support matrix: each network exported, imported, compared with onnxruntime, differentiated, scheduled.

``python -m tests.models`` writes docs/reference/models.md; a model that runs has passed the self-checks of its logits,
its first loss and its gradients, as a run's result shows them, and a check of its placed program.
"""

import contextlib
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from golden.training import execute_steps
from tests.models.networks import NETWORKS
from traindeploy.app.checks import gradients, model
from traindeploy.app.checks.facts import Compiled
from traindeploy.app.options import Options
from traindeploy.codegen.check import check_program
from traindeploy.errors import UserError
from traindeploy.frontend import load_model
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program
from traindeploy.training import build_step

STRATEGIES = ("lp", "full", "lora1")
SEED = 3


@dataclass(frozen=True)
class Exporter:
    """``torch.onnx.export`` in one of its two ways."""

    name: str
    opset: int
    dynamo: bool


EXPORTERS = (Exporter("TorchScript", 13, False), Exporter("TorchScript", 17, False), Exporter("dynamo", 18, True))


@dataclass(frozen=True)
class Row:
    """``strategies``: those that run; ``verdict``: "runs", or why none does."""

    model: str
    exporter: str
    opset: int
    strategies: tuple[str, ...]
    verdict: str


def exported(name: str, exporter: Exporter, folder: Path) -> str:
    """The ONNX file of a network, its weights drawn from ``SEED``."""
    make, shape = NETWORKS[name]
    torch.manual_seed(SEED)
    network = make().eval()
    with torch.no_grad():
        for norm in (m for m in network.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)):
            norm.running_mean.normal_(0, 0.3)
            norm.running_var.uniform_(0.5, 2.0)
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_(0, 0.3)
    path = folder / "model.onnx"
    given: dict[str, Any] = {"dynamo": True, "external_data": False} if exporter.dynamo else {"dynamo": False}
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (torch.randn(*shape),), str(path), opset_version=exporter.opset, **given)
    return str(path)


def row_of(name: str, exporter: Exporter, folder: Path) -> Row:
    """What can be done with the file that ``exporter`` makes of the network."""
    try:
        path = exported(name, exporter, folder)
    except Exception as error:  # noqa: BLE001 an exporter raises anything
        said = str(error).strip().splitlines()
        return Row(
            name, exporter.name, exporter.opset, (), f"not exported: {said[0] if said else type(error).__name__}"
        )
    running, reason = [], ""
    for strategy in STRATEGIES:
        try:
            found = complaints(path, strategy)
        except UserError as error:
            reason = reason or short(str(error), path)
            continue
        if found:
            return Row(name, exporter.name, exporter.opset, (), f"WRONG: {found}")
        running.append(strategy)
    return Row(name, exporter.name, exporter.opset, tuple(running), "runs" if running else reason)


def complaints(path: str, strategy: str) -> str:
    """What the self-checks of a run say against it; "" if all is right. UserError if the model is refused."""
    options = Options(model=path, strategy=strategy)
    imported, graph = load_model(path), build_step(load_model(path), options.training)
    random = np.random.default_rng(SEED)
    kinds = {graph.tensors[name].kind: name for name in graph.inputs}
    image = random.standard_normal(graph.tensors[kinds["input"]].shape).astype(np.float32)
    samples = [{kinds["input"]: image, kinds["label"]: np.array([1], np.int32)}]
    compiled = Compiled(options, imported, graph, samples, execute_steps(graph, samples))
    failed = [c for c in (*model.check(compiled), *gradients.check(compiled)) if not c.passed]
    check_program(build_program(graph, CONFIGS["compact"], "redmule"))
    return "; ".join(f"{c.name}: {c.text}" for c in failed)


def short(message: str, path: str) -> str:
    """A refusal without the file, the nodes' names, and the list of what is supported."""
    text = message.removeprefix(f"{path}: ").partition("; supported: ")[0]
    return re.sub(r"nodes? ('[^']*'(, | and \d+ more)?)+:? ?", "", text)


def rows(exporters: tuple[Exporter, ...], folder: Path) -> Iterator[Row]:
    """A row a network and exporter."""
    for name in NETWORKS:
        for exporter in exporters:
            yield row_of(name, exporter, folder)
