# SPDX-License-Identifier: Apache-2.0
"""The native machine model computes the bits of the NumPy one, tensor by tensor."""

import ctypes

import numpy as np
import pytest

from golden.fp32 import canonical, matmul
from golden.training import execute_steps
from traindeploy.app.pipeline import build_training_graph
from traindeploy.errors import UserError
from traindeploy.frontend.data import load_samples
from traindeploy.ir import Graph
from traindeploy.native import NativeMachine, library, load_library
from traindeploy.native.calls import Calls
from traindeploy.ops import replacements
from traindeploy.training.strategies import STRATEGIES


def differing(graph: Graph, machine: NativeMachine, values: dict[str, np.ndarray]) -> list[str]:
    """Tensors of other bits; what was replaced is no more."""
    replaced = set(replacements(graph).values())
    return [
        name
        for name, value in values.items()
        if graph.storage(name).name not in replaced
        and value.tobytes() != np.ascontiguousarray(machine.value(name)).tobytes()
    ]


def compared(model: str, strategy: str, steps: int, **training: object) -> None:
    graph = build_training_graph(model, strategy, **training)
    samples = load_samples("", graph, steps, 0)
    machine = NativeMachine(graph, load_library())
    assert not machine.in_numpy
    for sample, values in zip(samples, execute_steps(graph, samples), strict=True):
        machine.step(sample)
        assert differing(graph, machine, values) == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_tensor_of_three_steps_of_cct_tiny_is_equal(strategy: str) -> None:
    compared("cct_tiny", strategy, 3, lora_b="random")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_tensor_of_a_step_of_cct2_is_equal(strategy: str) -> None:
    compared("cct2", strategy, 1, lora_b="random")


def test_a_wrong_bit_is_noticed() -> None:
    graph = build_training_graph("cct_tiny", "lp")
    samples = load_samples("", graph, 1, 0)
    machine = NativeMachine(graph, load_library())
    machine.step(samples[0])
    (values,) = execute_steps(graph, samples)
    machine.value("logits").view(np.uint32)[0, 3] ^= 1
    assert "logits" in differing(graph, machine, values)


def values(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of all sizes, ties, zeros of both signs, subnormals, infinities and NaN."""
    found = random.standard_normal(shape) * np.exp2(random.integers(-60, 60, shape))
    found = np.where(random.random(shape) < 0.3, np.round(found / 2.0**20) * 2.0**20, found).astype(np.float32)
    special = np.array([0.0, -0.0, 1e-45, -1e-40, np.inf, np.nan], np.float32)
    rare = random.random(shape) < 0.002
    return np.where(rare, random.choice(special, shape), found).astype(np.float32)


@pytest.mark.parametrize("seed", range(60))
def test_a_product_is_redmules_in_every_layout_and_for_every_number(seed: int) -> None:
    random = np.random.default_rng(seed)
    m, n, k = (int(random.integers(1, 40)) for _ in range(3))

    def laid_out(rows: int, columns: int) -> np.ndarray:
        """Dense, transposed, or a window of something larger."""
        store = values(random, (2 * rows, columns + 3))
        return (values(random, (rows, columns)), values(random, (columns, rows)).T, store[::2, 1 : columns + 1])[
            random.integers(3)
        ]

    x, w, z = laid_out(m, n), laid_out(n, k), laid_out(m, k)
    y = (None, laid_out(m, k), values(random, (k,)))[seed % 3]
    expected = matmul(x, w, y)
    calls = Calls(load_library())
    calls.product(x, w, y, z)
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32)(calls.found[0].function)
    function(calls.found[0].args, 0)
    assert np.ascontiguousarray(z).tobytes() == np.ascontiguousarray(expected).tobytes()


def test_nan_becomes_the_cores() -> None:
    made = np.array([np.nan, -np.nan, 1.0, -0.0, np.inf], np.float32)
    made.view(np.uint32)[0] |= 0x1234
    expected = canonical(made.copy())
    calls = Calls(load_library())
    calls.canonical(made)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32)(calls.found[0].function)(calls.found[0].args, 0)
    assert made.tobytes() == expected.tobytes()


def test_the_instruction_is_used_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert library.processor_flags("flags : fpu avx2 fma") == ("-mavx2", "-mfma")
    assert library.processor_flags("flags : fpu avx2 fma4") == ()


def test_the_library_is_compiled_once(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_library.cache_clear()
    load_library(tmp_path)
    (first,) = (tmp_path / "native").iterdir()
    monkeypatch.setattr(library, "compile_kernels", lambda *_args, **_more: pytest.fail("compiled again"))
    load_library.cache_clear()
    load_library(tmp_path)
    assert list((tmp_path / "native").iterdir()) == [first]
    load_library.cache_clear()


def test_without_a_compiler_there_is_one_line(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    load_library.cache_clear()
    with pytest.raises(UserError, match="no C compiler"):
        load_library(tmp_path)
    load_library.cache_clear()


def test_a_wrong_shape_is_refused() -> None:
    graph = build_training_graph("cct_tiny", "lp")
    machine = NativeMachine(graph, load_library())
    with pytest.raises(ValueError, match="expected"):
        machine.step({graph.inputs[0]: np.zeros(3, np.float32)})


def test_what_native_code_does_not_know_runs_in_numpy() -> None:
    graph = build_training_graph("cct_tiny", "lp")
    conv = next(node for node in graph.nodes if node.op == "Conv")
    conv.attrs["unheard"] = 1
    samples = load_samples("", graph, 1, 0)
    machine = NativeMachine(graph, load_library())
    machine.step(samples[0])
    (expected,) = execute_steps(graph, samples)
    assert machine.in_numpy == {"Conv"}
    assert differing(graph, machine, expected) == []
