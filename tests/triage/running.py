# SPDX-License-Identifier: Apache-2.0
"""A program on the host with one action done wrongly, and the memories that the bench would have kept of it."""

from collections.abc import Callable, Mapping

import numpy as np

from golden.program import Machine
from golden.training import execute_steps
from traindeploy.codegen import l3_image
from traindeploy.ir.program import Call, Dma, Program
from traindeploy.platform import L2, L3, TCDM
from traindeploy.triage.actions import Action, Piece, actions
from traindeploy.triage.case import Memory
from traindeploy.triage.findings import Evidence
from traindeploy.triage.state import State

Damage = Callable[[Machine, Action], None]


def snapshot(machine: Machine) -> State:
    parts: Memory = {
        ("L1", TCDM.base): machine.memories[TCDM.base].copy(),
        ("L2", L2.base): machine.memories[L2.base].copy(),
        ("L3", L3.base): machine.l3[: 1 << 21].copy(),
    }
    return State(parts)


def expected_values(program: Program, samples: list[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return execute_steps(program.graph, samples)[0]


def run(
    program: Program,
    samples: list[Mapping[str, np.ndarray]],
    damage: Damage = lambda machine, action: None,
    late: Mapping[int, int] | None = None,
    descriptors: Mapping[int, str] | None = None,
) -> Evidence:
    """The evidence of one training step; ``late``: action number -> slot in which it is done instead of its own.

    ``damage`` is called behind each action.
    """
    machine = Machine(program, l3_image(program, samples))
    states, everything = {}, actions(program)
    for slot in range(len(program.slots)):
        states[slot] = snapshot(machine)
        for action in everything:
            if (late or {}).get(action.number, action.slot) == slot:
                _do(machine, action)
                damage(machine, action)
    values = {
        name: np.ascontiguousarray(value).view(np.uint32) for name, value in expected_values(program, samples).items()
    }
    return Evidence(states, [snapshot(machine)], values, descriptors or {})


def _do(machine: Machine, action: Action) -> None:
    if isinstance(action.item, Call):
        machine.call(action.item)
    elif isinstance(action.item, Dma):
        machine.dma(action.item)
    else:
        machine.hyper(action.item, 0)


def flip(machine: Machine, piece: Piece, word: int, mask: int = 1) -> None:
    """Invert bits of one word of ``piece`` in L1 or L2."""
    memory, offset = machine.at(int(piece.words[word]))
    memory[offset : offset + 4].view(np.uint32)[0] ^= mask
