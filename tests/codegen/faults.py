# SPDX-License-Identifier: Apache-2.0
"""Deliberate faults: copies of a training graph or program with one thing wrong, to see that checks find it."""

import copy
from typing import Any

from traindeploy.ir import Graph, Node
from traindeploy.ir.program import Program, Slot
from traindeploy.platform import L3


def with_attribute(graph: Graph, node: str, **attributes: Any) -> Graph:
    """``node`` computes with other attributes (a wrong LoRA scale, no attention scale, a learning rate of 0)."""
    changed = copy.deepcopy(graph)
    found = next(n for n in changed.nodes if n.name == node)
    assert set(attributes) <= set(found.attrs), found.attrs
    found.attrs.update(attributes)
    return changed


def with_input(graph: Graph, node: str, index: int, tensor: str) -> Graph:
    """``node`` reads another tensor (GeluGrad the one before the bias)."""
    changed = copy.deepcopy(graph)
    found = next(n for n in changed.nodes if n.name == node)
    assert changed.tensors[tensor].shape == changed.tensors[found.inputs[index]].shape
    found.inputs[index] = tensor
    return changed


def with_zero(graph: Graph, tensor: str) -> Graph:
    """The producer of ``tensor`` leaves it zero."""
    changed = copy.deepcopy(graph)
    i = next(i for i, n in enumerate(changed.nodes) if n.outputs == [tensor])
    node, target = changed.nodes[i], changed.tensors[tensor]
    source = next(
        t.name for t in graph.tensors.values() if t.size == target.size and t.kind == "parameter" and not t.view
    )
    changed.nodes[i] = Node(node.name, "Scale", [source], [tensor], {"alpha": 0.0}, node.phase, node.origin)
    return changed


def without_dma_wait(program: Program, label: str, occurrence: int = 0) -> Program:
    """The wait for the transfer called ``label`` is dropped; a later wait covers it, too late for use."""
    number = 0
    for slot in program.slots:
        for dma in slot.dma:
            number += 1
            if dma.label == label:
                if occurrence == 0:
                    return _drop_wait(program, number)
                occurrence -= 1
    raise ValueError(f"no transfer {label!r}")


def without_hyper_wait(program: Program, label: str) -> Program:
    """The first wait that covers the HyperBus transfer called ``label`` is dropped."""
    numbers = [transfer.label for slot in program.slots for transfer in slot.hyper]
    number = numbers.index(label) + 1
    changed = copy.copy(program)
    i = next(i for i, slot in enumerate(program.slots) if slot.wait_hyper >= number)
    changed.slots = [copy.copy(slot) for slot in program.slots]
    changed.slots[i].wait_hyper = 0
    return changed


def _drop_wait(program: Program, number: int) -> Program:
    changed = copy.copy(program)
    i = next(i for i, slot in enumerate(program.slots) if slot.wait_dma >= number)
    changed.slots = [copy.copy(slot) for slot in program.slots]
    changed.slots[i].wait_dma = 0
    if not any(slot.wait_dma for slot in changed.slots[i + 1 :]):
        changed.slots.append(Slot(wait_dma=program.slots[i].wait_dma))
    return changed


def without_write_back(program: Program, tensor: str) -> Program:
    """The updated ``tensor`` is not written to its home in L3; it goes to where nothing lies."""
    changed = copy.copy(program)
    changed.slots = [copy.copy(slot) for slot in program.slots]
    for slot in changed.slots:
        for i, hyper in enumerate(slot.hyper):
            if hyper.to_l3 and hyper.label == f"write back {tensor}":
                slot.hyper = [*slot.hyper]
                slot.hyper[i] = copy.copy(hyper)
                slot.hyper[i].l3 = L3.size - (1 << 20)
                return changed
    raise ValueError(f"{tensor!r} is not written back")
