# SPDX-License-Identifier: Apache-2.0
"""A fault that importer or autodiff, golden model and hardware share: all bits agree, and the run is FAILED."""

import re

import pytest

from tests.plan.records import Facts
from traindeploy.app import run as driver
from traindeploy.app.options import Options
from traindeploy.ir import Node
from traindeploy.ir.emit import Emitter
from traindeploy.records import serial
from traindeploy.records.run import RunResult
from traindeploy.records.verdict import Verdict
from traindeploy.training.rules import RULES, Gradients

OPTIONS = Options(model="cct_tiny", strategy="ft1", config="compact")


def test_a_dropped_contribution_of_a_residual_is_failed_though_every_bit_agrees(
    facts: Facts, monkeypatch: pytest.MonkeyPatch, tmp_path, capsys
):
    def dropping(emit: Emitter, node: Node, dy: str, wanted: list[bool]) -> Gradients:
        last = max(i for i, wants in enumerate(wanted) if wants)
        return [dy if i == last else None for i in range(len(wanted))]

    monkeypatch.setattr(driver, "BUILD", tmp_path)
    monkeypatch.setitem(RULES, "Add", dropping)
    result = driver.run(OPTIONS)
    facts.outcome = result
    assert (result.verdict, result.max_ulp, result.mismatches) == (Verdict.FAILED, 0, ())
    assert result.tensors_compared == result.tensors_in_graph
    assert result.failure.startswith("self-check, gradients against slopes of the loss: ")
    assert [check.name for check in result.self_checks if not check.passed] == ["gradients against slopes of the loss"]
    folder = tmp_path / "latest"
    assert serial.read(RunResult, folder / "result.json") == result
    page = (folder / "report.html").read_text()
    assert "all are identical, but a self-check failed." in page
    shown = capsys.readouterr().out
    assert "FAILED: self-check, gradients against slopes of the loss" in shown
    assert "PASSED" not in shown + re.sub("<script.*?</script>", "", page, flags=re.DOTALL)  # filters know the word
