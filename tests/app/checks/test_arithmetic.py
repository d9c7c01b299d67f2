# SPDX-License-Identifier: Apache-2.0
"""Golden machine and firmware read the same header: a wrong constant there is noticed against float64."""

import numpy as np
import pytest

from golden import machine
from golden.machine import functions
from golden.model import Arrays, Attributes
from tests.app.checks.conftest import compiled_run, failed
from traindeploy.app.checks import arithmetic
from traindeploy.app.options import Options
from traindeploy.ir import Node

NAME = "machine arithmetic against float64"
RUN = Options(model="cct_tiny", strategy="lora1", lora_b="random")
# 5 % of EXP_C6 is less than an ULP of exp.
USED = ["EXP_C2", "EXP_C3", "EXP_C4", "EXP_C5", "LN2_HI", "LOG_C0", "LOG_C1", "LOG_C2"]


def test_td_exp_c3_wrong_by_5_percent_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(functions.C, "EXP_C3", np.float32(1.05 * functions.C["EXP_C3"]))
    assert failed(arithmetic.check(compiled_run(RUN))) == [NAME]


@pytest.mark.parametrize("name", USED)
def test_a_constant_of_the_header_that_is_wrong_by_5_percent_is_noticed(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(functions.C, name, np.float32(1.05 * functions.C[name]))
    assert failed(arithmetic.check(compiled_run(RUN))) == [NAME]


@pytest.mark.parametrize("column", range(1, 4))
def test_a_wrong_column_of_the_table_of_the_normal_distribution_is_noticed(
    monkeypatch: pytest.MonkeyPatch, column: int
) -> None:
    table = functions.NORMAL_TABLE.copy()
    table[:, column] *= np.float32(1.05)
    monkeypatch.setattr(functions, "NORMAL_TABLE", table)
    assert failed(arithmetic.check(compiled_run(RUN))) == [NAME]


OPERATORS: tuple[str, ...] = ("Add", "Conv", "Gelu", "GeluGrad", "Gemm", "LayerNorm", "LayerNormGrad", "MaxPool")
OPERATORS += ("Relu", "Scale", "Sgd", "Softmax", "SoftmaxGrad", "SoftmaxCrossEntropyGrad")


@pytest.mark.parametrize("op", OPERATORS)
def test_a_machine_model_that_is_wrong_by_a_thousandth_in_one_element_is_noticed(
    monkeypatch: pytest.MonkeyPatch, op: str
) -> None:
    right = machine.OPS[op]

    def wrong(node: Node, inputs: Arrays, attrs: Attributes) -> Arrays:
        first, *rest = right(node, inputs, attrs)
        flat = first.copy().reshape(-1)
        flat[np.argmax(np.abs(flat))] *= np.float32(1.001)
        return [flat.reshape(first.shape), *rest]

    monkeypatch.setitem(machine.OPS, op, wrong)
    assert failed(arithmetic.check(compiled_run(RUN))) == [NAME]
