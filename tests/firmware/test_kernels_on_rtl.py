# SPDX-License-Identifier: Apache-2.0
"""Kernels and drivers on the RTL: every output, of odd shapes and special values too, has the machine model's bits."""

from pathlib import Path

import numpy as np
import pytest

from golden.fp32 import matmul
from golden.machine import OPS
from golden.machine.conv import im2col
from tb.build.simulator import build_platform
from tb.run import simulate
from tests.firmware.rtl_program import Call, write
from tests.firmware.values import mixed, normal
from tests.plan.records import Facts
from traindeploy.codegen.firmware import build as build_firmware
from traindeploy.ir import Node
from traindeploy.platform import CONFIGS


def model(op: str, inputs: list[np.ndarray], **attrs: object) -> list[np.ndarray]:
    return OPS[op](Node("node", op, [], [], attrs), inputs, attrs)


def like(values: np.ndarray) -> np.ndarray:
    """A destination that holds something else than the result."""
    return np.full_like(values, 7)


def gemm(rng: np.random.Generator, m: int, n: int, k: int, flags: int, y_kind: str, redmule: bool, data=normal) -> Call:
    x, w = data(rng, m, n), data(rng, n, k)
    y = {"none": 0, "matrix": data(rng, m, k), "row": data(rng, 1, k)}[y_kind]
    z = matmul(x, w, None if y_kind == "none" else y)
    arguments = dict(
        x=np.ascontiguousarray(x.T) if flags & 1 else x,
        w=np.ascontiguousarray(w.T) if flags & 2 else w,
        y=y, z=like(z), m=m, n=n, k=k, x_pitch=0, w_pitch=0, y_pitch=0, z_pitch=0,
        flags=flags | (4 if y_kind == "row" else 0),
    )  # fmt: skip
    engine = "redmule" if redmule else "cores"
    return Call(f"gemm_{m}x{n}x{k}_flags{flags}_{y_kind}_{engine}", "td_gemm", arguments, {"z": z}, redmule)


def gemm_calls(rng: np.random.Generator) -> list[Call]:
    shapes = [(16, 12, 32), (5, 7, 9), (1, 30, 10), (33, 1, 6), (6, 17, 3), (4, 5, 64)]
    calls = []
    for index, (m, n, k) in enumerate(shapes):
        y_kind = ("none", "matrix", "row")[index % 3]
        calls += [gemm(rng, m, n, k, flags, y_kind, False) for flags in range(4)]
        calls.append(gemm(rng, m, n, k, index % 4, y_kind, True))
    return calls


def special_calls(rng: np.random.Generator) -> list[Call]:
    """NaN, infinities, zeros of both signs, subnormals: the device's NaN is canonical, as the models'."""
    a, b = mixed(rng, 203), mixed(rng, 203)
    calls = [gemm(rng, 8, 9, 12, 0, "matrix", redmule, mixed) for redmule in (False, True)]
    for kernel, op in (("td_add", "Add"), ("td_mul", "Mul")):
        out = model(op, [a, b])[0]
        calls.append(Call(f"special_{op}", kernel, dict(a=a, b=b, out=like(out), n=a.size), {"out": out}))
    for kernel, op in (("td_relu", "Relu"), ("td_gelu", "Gelu")):
        out = model(op, [a])[0]
        calls.append(Call(f"special_{op}", kernel, dict(x=a, out=like(out), n=a.size), {"out": out}))
    for kernel, op in (("td_relu_grad", "ReluGrad"), ("td_gelu_grad", "GeluGrad")):
        dx = model(op, [a, b])[0]
        calls.append(Call(f"special_{op}", kernel, dict(dy=a, x=b, dx=like(dx), n=a.size), {"dx": dx}))
    x = mixed(rng, 12, 11)
    y = model("Softmax", [x])[0]
    calls.append(Call("special_Softmax", "td_softmax", dict(x=x, y=like(y), rows=12, cols=11), {"y": y}))
    return calls


def row_calls(rng: np.random.Generator, rows: int, cols: int) -> list[Call]:
    x, dy, gamma, beta = normal(rng, rows, cols), normal(rng, rows, cols), normal(rng, cols), normal(rng, cols)
    size, tag = dict(rows=rows, cols=cols), f"{rows}x{cols}"
    y, mean, rstd = model("LayerNorm", [x, gamma, beta], epsilon=1e-5)
    destinations = dict(y=like(y), mean=like(mean), rstd=like(rstd))
    calls = [
        Call(
            f"layernorm_{tag}",
            "td_layernorm",
            dict(x=x, gamma=gamma, beta=beta, **destinations, **size, epsilon=1e-5),
            {"y": y, "mean": mean, "rstd": rstd},
        )
    ]
    (dx,) = model("LayerNormGrad", [dy, x, gamma, mean, rstd])
    arguments = dict(dy=dy, x=x, gamma=gamma, mean=mean, rstd=rstd, dx=like(dx), **size)
    calls.append(Call(f"layernorm_grad_{tag}", "td_layernorm_grad", arguments, {"dx": dx}))
    (probs,) = model("Softmax", [x])
    calls.append(Call(f"softmax_{tag}", "td_softmax", dict(x=x, y=like(probs), **size), {"y": probs}))
    (dx,) = model("SoftmaxGrad", [dy, probs])
    calls.append(Call(f"softmax_grad_{tag}", "td_softmax_grad", dict(dy=dy, y=probs, dx=like(dx), **size), {"dx": dx}))
    (total,) = model("ReduceSum", [x])
    arguments = dict(x=x, out=like(total), **size, accumulate=0)
    calls.append(Call(f"reduce_sum_{tag}", "td_reduce_sum", arguments, {"out": total}))
    (out,) = model("AddRow", [x, gamma])
    calls.append(Call(f"add_row_{tag}", "td_add_row", dict(a=x, row=gamma, out=like(out), **size), {"out": out}))
    arguments = dict(x=x, out=like(x.T.copy()), **size, x_pitch=0, out_pitch=0)
    calls.append(Call(f"transpose_{tag}", "td_transpose", arguments, {"out": x.T.copy()}))
    return calls


def other_calls(rng: np.random.Generator) -> list[Call]:
    a, b = normal(rng, 1027), normal(rng, 1027)
    (updated,) = model("Sgd", [a, b], lr=0.01)
    (scaled,) = model("Scale", [a], alpha=0.3)
    calls = [
        Call("sgd", "td_sgd", dict(w=a, g=b, w_new=like(a), n=a.size, lr=0.01), {"w_new": updated}),
        Call("scale", "td_scale", dict(a=a, out=like(a), n=a.size, alpha=0.3), {"out": scaled}),
    ]
    logits, label = normal(rng, 1, 10), np.array([3], np.int32)
    loss, probs = model("SoftmaxCrossEntropy", [logits, label])
    arguments = dict(logits=logits, label=label, loss=like(loss), probs=like(probs), n=10)
    calls.append(Call("cross_entropy", "td_softmax_xent", arguments, {"loss": loss, "probs": probs}))
    (dlogits,) = model("SoftmaxCrossEntropyGrad", [probs, label])
    arguments = dict(probs=probs, label=label, dlogits=like(dlogits), n=10)
    calls.append(Call("cross_entropy_grad", "td_softmax_xent_grad", arguments, {"dlogits": dlogits}))
    return calls


def window_calls(rng: np.random.Generator) -> list[Call]:
    calls = []
    for channels, stride in ((3, 1), (4, 2), (5, 1)):
        x = normal(rng, 9, 7, channels)
        kernel, pads = (3, 3), (1, 1, 1, 1)
        matrix = im2col(x, kernel, (stride, stride), pads)
        (pooled,) = model("MaxPool", [x[None]], kernel=kernel, strides=(stride, stride), pads=pads)
        out_height, out_width = pooled.shape[1:3]
        shared = dict(
            x=x, height=9, width=7, channels=channels, kernel_h=3, kernel_w=3, stride_h=stride, stride_w=stride,
            pad_top=1, pad_left=1, out_width=out_width, row_begin=0, row_end=out_height, x_row_begin=0,
        )  # fmt: skip
        calls.append(Call(f"im2col_c{channels}", "td_im2col", dict(shared, out=like(matrix)), {"out": matrix}))
        calls.append(Call(f"maxpool_c{channels}", "td_maxpool", dict(shared, y=like(pooled)), {"y": pooled}))
    return calls


@pytest.fixture(scope="module")
def simulator():
    return build_platform(CONFIGS["compact"], disturbable=True, optimize="-O1")


def test_all_kernels_and_drivers_are_bit_exact_on_the_rtl(simulator, tmp_path: Path, facts: Facts):
    rng = np.random.default_rng(2)
    calls = gemm_calls(rng) + special_calls(rng) + other_calls(rng) + window_calls(rng)
    for rows, cols in ((1, 10), (9, 5), (16, 64)):
        calls += row_calls(rng, rows, cols)
    write(tmp_path, calls)
    result = simulate(tmp_path, CONFIGS["compact"], max_cycles=3_000_000, max_seconds=300, build=simulator)
    facts.outcome = result
    assert result.passed, (result.failure, result.detail)
    assert result.max_ulp == 0
    assert result.tensors_compared == sum(len(call.outputs) for call in calls)


def test_gemm_on_cores_reaches_0_4_multiply_adds_a_cycle_and_core(simulator, tmp_path: Path, facts: Facts):
    """In every layout; two cores share an FPU, so that 0.5 is the limit."""
    rng = np.random.default_rng(3)
    calls = [gemm(rng, 64, 64, 64, flags, "none", False) for flags in range(4)]
    write(tmp_path, calls)
    result = simulate(tmp_path, CONFIGS["compact"], max_cycles=1_000_000, max_seconds=200, build=simulator)
    facts.outcome = result
    assert result.passed, (result.failure, result.detail)
    cycles = {operator.name: operator.cycles for operator in result.operators}
    rates = {call.name: 64**3 / 8 / cycles[call.name + ".run"] for call in calls}
    assert min(rates.values()) >= 0.4, rates


@pytest.mark.parametrize(
    ("statement", "failure"),
    [
        ("unimp", "core 3 trapped: illegal instruction"),
        ("ebreak", "core 3 trapped: breakpoint"),
        ("ecall", "core 3 trapped: environment call"),
    ],
)
def test_a_trap_ends_the_run_and_names_core_and_cause(simulator, tmp_path: Path, statement, failure):
    write(tmp_path, [])
    program = tmp_path / "network.c"
    body = f'if (core == 3) __asm__ volatile("{statement}");'
    program.write_text(f'#include "td_runtime.h"\nvoid td_main(uint32_t core) {{ {body} td_barrier(); }}\n')
    build_firmware([program], tmp_path / "firmware.elf")
    result = simulate(tmp_path, CONFIGS["compact"], max_cycles=100_000, max_seconds=60, build=simulator)
    assert not result.passed
    assert result.failure.startswith(failure)
    assert "td_main" in result.failure


def test_a_job_that_redmule_refuses_ends_the_run(simulator, tmp_path: Path):
    call = gemm(np.random.default_rng(0), 4, 4, 4, 0, "none", True)
    call.arguments["z_pitch"] = 2  # not a multiple of a word
    write(tmp_path, [call])
    result = simulate(tmp_path, CONFIGS["compact"], max_cycles=100_000, max_seconds=60, build=simulator)
    assert not result.passed
    assert "RedMule refused a job" in result.failure
