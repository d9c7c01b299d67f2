# SPDX-License-Identifier: Apache-2.0
"""Adapters that are not y = xW + (alpha/r)(xA)B are noticed."""

from dataclasses import replace

import numpy as np
import pytest

from tests.app.checks.conftest import Damage, compiled_run, failed
from traindeploy.app.checks import Compiled, adapters
from traindeploy.app.options import Options
from traindeploy.ir import Graph

NAME = "adapters against merged weights"


@pytest.mark.parametrize("strategy", ["lora1", "lora2"])
@pytest.mark.parametrize(("rank", "alpha"), [(1, 1.0), (4, 16.0), (6, 10.0)])
def test_right_adapters_hold(strategy: str, rank: int, alpha: float) -> None:
    options = Options(model="cct_tiny", strategy=strategy, lora_rank=rank, lora_alpha=alpha)
    checks = adapters.check(compiled_run(options, runs=False))
    assert [check.name for check in checks][1:] == [NAME]
    assert failed(checks) == []
    assert checks[1].limit < 1e-9


def test_a_run_without_adapters_has_nothing_to_check() -> None:
    assert adapters.check(compiled_run(Options(model="cct_tiny", strategy="ft1"), runs=False)) == []


def scales(factor: float) -> Damage:
    """Every adapter's scale, times ``factor``."""

    def damage(graph: Graph) -> None:
        for node in graph.nodes:
            if node.name.endswith("lora_scale"):
                node.attrs["alpha"] *= factor

    return damage


@pytest.mark.parametrize("factor", [0.25, 1.001, 4.0])
def test_another_scale_than_alpha_over_rank_is_noticed(tiny: Compiled, factor: float) -> None:
    assert failed(adapters.check(compiled_run(tiny.options, scales(factor), runs=False))) == [NAME]


def test_an_adapter_that_its_layers_reader_does_not_see_is_noticed(tiny: Compiled) -> None:
    def damage(graph: Graph) -> None:
        """One adapter's second product multiplies by zero."""
        node = next(node for node in graph.nodes if node.name.endswith("lora_scale"))
        node.attrs["alpha"] = 0.0

    assert failed(adapters.check(compiled_run(tiny.options, damage, runs=False))) == [NAME]


def test_another_alpha_than_the_runs_is_noticed(tiny: Compiled) -> None:
    other = replace(tiny, options=replace(tiny.options, lora_alpha=8.0))
    assert failed(adapters.check(other)) == [NAME]


def test_an_adapter_beside_a_layer_that_the_model_does_not_have_is_noticed(tiny: Compiled) -> None:
    graph = compiled_run(tiny.options, runs=False).graph
    stray = next(name for name in graph.tensors if name.endswith(adapters.DOWN))
    graph.tensors["nowhere" + adapters.DOWN] = replace(graph.tensors[stray], data=np.ones((2, 2), np.float32))
    assert failed(adapters.check(replace(tiny, graph=graph))) == ["adapters of a layer of the model"]
