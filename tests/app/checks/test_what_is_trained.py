# SPDX-License-Identifier: Apache-2.0
"""A strategy that trains more, less or something else than its definition says on the user's file is noticed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.app.checks.conftest import compiled_run, failed
from tests.frontend.onnx_models import model, save
from tests.fuzz.judge import network_of
from tests.training.test_structures import TOKENS, WIDTH, Net
from traindeploy.app.checks import Compiled, trained
from traindeploy.app.options import Options
from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.training import selection, strategies, structure
from traindeploy.training.strategies import STRATEGIES


def check_of(strategy: str, model: str = "cct_tiny", **options: str | int) -> list[str]:
    run = compiled_run(Options(model=model, strategy=strategy, **options), runs=False)  # type: ignore[arg-type]
    return failed(trained.check(run))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_trains_what_it_says(strategy: str) -> None:
    assert check_of(strategy) == []


STRUCTURAL = ("full", "last:1", "last:5", "bias", "norm", "train:blocks.1.*,classifier.*", "freeze:tokenizer.*")


@pytest.mark.parametrize("strategy", STRUCTURAL)
def test_a_strategy_by_structure_or_name_trains_what_it_says(strategy: str) -> None:
    assert check_of(strategy) == []


@pytest.mark.parametrize(
    ("strategy", "other"),
    [("full", "last:5"), ("last:2", "last:1"), ("last:1", "last:2"), ("bias", "norm"), ("norm", "bias"),
     ("train:blocks.1.*", "train:blocks.0.*"), ("freeze:blocks.*", "full")],
)  # fmt: skip
def test_another_strategy_by_structure_in_its_place_is_noticed(
    strategy: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = selection.select
    monkeypatch.setattr(strategies, "select", lambda graph, _: find(graph, other))
    assert check_of(strategy) == [trained.NAME]


WRONG = {
    "the whole head for its last layer": ("lp", replace(STRATEGIES["lp"], whole_head=True)),
    "a block too many": ("ft1", replace(STRATEGIES["ft1"], blocks=2)),
    "a block too few": ("ft2", replace(STRATEGIES["ft2"], blocks=1)),
    "the last layer for the whole head": ("ft1", replace(STRATEGIES["ft1"], whole_head=False)),
    "adapters of a block too many": ("lora1", replace(STRATEGIES["lora1"], blocks=2)),
    "adapters for matrices": ("ft1", STRATEGIES["lora1"]),
    "matrices for adapters": ("lora2", STRATEGIES["ft2"]),
}


@pytest.mark.parametrize(("strategy", "wrong"), WRONG.values(), ids=WRONG)
def test_a_strategy_that_trains_something_else_is_noticed(
    strategy: str, wrong: strategies.Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STRATEGIES, strategy, wrong)
    assert check_of(strategy) == [trained.NAME]


def test_the_first_block_for_the_last_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    find = structure.find_blocks
    monkeypatch.setattr(strategies, "find_blocks", lambda graph, layers: find(graph, layers)[::-1])
    monkeypatch.setattr(strategies, "find_head", lambda graph, layers, blocks: layers[-2:])
    assert check_of("ft1") == [trained.NAME]


@pytest.mark.parametrize("name", ["classifier.bias", "classifier.weight"])
def test_a_parameter_that_is_left_out_is_noticed(name: str) -> None:
    def damage(graph: Graph) -> None:
        graph.tensors[name].trainable = False

    run = compiled_run(Options(model="cct_tiny", strategy="lp"), damage, runs=False)
    (found,) = trained.check(run)
    assert not found.passed
    assert "which stay as they are: parameters of sides" in found.text


def test_a_parameter_too_many_is_named() -> None:
    def damage(graph: Graph) -> None:
        graph.tensors["blocks.1.ln1.weight"].trainable = True

    (found,) = trained.check(compiled_run(Options(model="cct_tiny", strategy="ft1"), damage, runs=False))
    assert (found.passed, found.figure) == (False, 1)
    assert "'blocks.1.ln1.weight'" in found.text


def test_adapters_of_another_rank_are_noticed() -> None:
    run = compiled_run(Options(model="cct_tiny", strategy="lora1"), runs=False)
    assert failed(trained.check(replace(run, options=replace(run.options, lora_rank=3)))) == [trained.NAME]


def with_data(net: Net, folder: Path) -> dict[str, str]:
    np.savez(folder / "d.npz", images=np.ones((2, TOKENS, WIDTH), np.float32), labels=[1, 2])
    return {"model": save(model(net.nodes, net.weights, [1, TOKENS, WIDTH]), folder), "data": str(folder / "d.npz")}


@pytest.mark.parametrize("adapted", ["q", "qv", "qkv"])
def test_adapters_of_the_file_are_what_lora_trains(
    tmp_path: Path, adapted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Net()
    net.head(net.block("b", net.block("a", "x", "qk"), adapted), 2)
    given = with_data(net, tmp_path)
    assert check_of("lora1", **given) == check_of("lora2", **given) == check_of("ft1", **given) == []
    monkeypatch.setitem(STRATEGIES, "lora1", STRATEGIES["lora2"])
    assert check_of("lora1", **given) == [trained.NAME]


def test_an_attention_without_mlp_and_a_head_of_two_layers_are_what_they_are(tmp_path: Path) -> None:
    net = Net()
    net.head(net.block("b", net.attention("a", "x")), 2)
    given = with_data(net, tmp_path)
    assert check_of("ft1", **given) == check_of("lp", **given) == check_of("lora1", **given, lora_rank=2) == []


@pytest.mark.parametrize("seed", range(40, 43))
def test_a_random_transformer_is_trained_as_its_strategy_says(tmp_path: Path, seed: int) -> None:
    file, random = network_of(seed, transformer=True)
    shape = [d.dim_value or 1 for d in file.graph.input[0].type.tensor_type.shape.dim]
    onnx.save(file, tmp_path / "m.onnx")
    np.savez(tmp_path / "d.npz", images=random.standard_normal((2, *shape[1:])).astype("f4"), labels=[0, 1])
    given = {"model": str(tmp_path / "m.onnx"), "data": str(tmp_path / "d.npz")}
    for strategy in STRATEGIES:
        try:
            assert check_of(strategy, **given, lora_rank=1) == []
        except UserError as error:
            assert "encoder block" in str(error) or "of several layers" in str(error)  # noqa: PT017 some have one


def test_a_file_that_is_gone_is_not_called_right(tmp_path: Path) -> None:
    net = Net()
    net.head("x")
    given = with_data(net, tmp_path)
    run: Compiled = compiled_run(Options(given["model"], "lp", data=given["data"]), runs=False)
    Path(run.options.model).unlink()
    assert failed(trained.check(run)) == [trained.NAME]
