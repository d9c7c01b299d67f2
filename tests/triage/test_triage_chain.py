# SPDX-License-Identifier: Apache-2.0
"""From a word of any output a chain leads to the job or call of its operator, and to what brought the operands."""

import numpy as np

from traindeploy.ir.graph import dense_strides
from traindeploy.triage.actions import WORD, actions
from traindeploy.triage.chain import chain


def placed(program):
    """(operator, output, slot of its report, address of its last element)."""
    reports = {index: number for number, slot in enumerate(program.slots) for index in slot.reports}
    for operator in program.operators:
        for output in operator.outputs:
            strides = output.strides or tuple(WORD * stride for stride in dense_strides(output.shape))
            last = sum((n - 1) * stride for n, stride in zip(output.shape, strides, strict=True))
            yield operator, output, reports[operator.index], output.address + last


def test_every_output_leads_to_its_own_operator(program):
    everything = actions(program)
    for operator, output, slot, address in placed(program):
        found = chain(everything, output.level, address, slot)
        assert found.producer is not None, output.tensor
        assert found.producer.operator == operator.index, output.tensor
        assert any(address in piece.words for piece in found.carriers[-1].writes), output.tensor


def test_the_chain_holds_what_brought_the_operands(program):
    everything = actions(program)
    operator, output, slot, address = next(p for p in placed(program) if p[1].tensor == "blocks.0.mlp.fc1")
    found = chain(everything, output.level, address, slot)
    labels = [action.label for action in found.actions]
    assert "load blocks.0.mlp.fc1.weight" in labels
    assert "fetch blocks.0.mlp.fc1.weight" in labels
    assert "load blocks.0.mlp.fc1.bias" in labels
    assert found.carriers[-1].label == "store blocks.0.mlp.fc1"
    assert [action.number for action in found.actions] == sorted(action.number for action in found.actions)
    assert operator.index == found.producer.operator


def test_an_updated_weight_is_followed_to_its_home(program):
    everything = actions(program)
    _, output, slot, address = next(p for p in placed(program) if p[1].level == "L3")
    carriers = chain(everything, "L3", address, slot).carriers
    assert [action.agent for action in carriers] == ["dma", "hyperbus"]
    assert carriers[-1].label == f"write back {output.tensor}"


def test_what_is_waited_for_is_complete_before_it_is_used(program):
    everything = actions(program)
    for action in everything:
        assert action.slot <= action.waited < len(program.slots)
    words = sum(piece.nbytes for action in everything if action.agent == "dma" for piece in action.writes)
    assert words == program.l2_bytes
    assert len(np.unique([action.number for action in everything])) == len(everything)
