# SPDX-License-Identifier: Apache-2.0
"""Optimizers by their usual names, and the numbers of one element that they read in each step: rates are data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np

from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.ops import OPERATORS, is_update
from traindeploy.records.run import Optimizer, Schedule

OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)
_OPERATORS = {
    "sgd": "SgdRate", "momentum": "Momentum", "nesterov": "Nesterov", "adam": "Adam", "adamw": "AdamW",
}  # fmt: skip


@dataclass(frozen=True)
class Updates:
    """How parameters are updated in ``steps`` steps, of which the last one of each ``batch`` updates.

    The learning rate rises linearly over ``warmup`` updates to ``learning_rate``. Then it stays (constant), falls as
    half a cosine to ``final`` in the last one, or is a tenth from half of them on and a hundredth from three quarters
    on (step). ``decay`` is added to the gradient as decay * w; adamw shrinks weights by 1 - rate * decay instead.
    """

    optimizer: Optimizer = "sgd"
    learning_rate: float = 0.01
    schedule: Schedule = "constant"
    final: float = 0.0
    warmup: int = 0
    momentum: float = 0.9
    decay: float = 0.0
    steps: int = 1
    batch: int = 1

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("FINAL_LR", self.final, 0.0, math.inf), ("MOMENTUM", self.momentum, 0.0, 1.0),
            ("DECAY", self.decay, 0.0, 1.0),
        ):  # fmt: skip
            if not low <= value <= high or math.isinf(value):
                raise UserError(f"{name}={value}: expected a number from {low:g} to {high:g}")
        if not 0 < self.learning_rate <= float(np.finfo(np.float32).max):
            raise UserError(f"learning rate {self.learning_rate}: expected a positive number that float32 holds")

    @property
    def operator(self) -> str:
        """The catalogue's operator: Sgd, whose rate is compiled in, if it never changes and nothing decays."""
        constant = self.schedule == "constant" and not (self.decay or self.warmup) and self.batch == 1
        plain = self.optimizer == "sgd" and constant
        return "Sgd" if plain else _OPERATORS[self.optimizer]

    @property
    def attributes(self) -> dict[str, float]:
        """The operator's attributes; those that are missing here take their defaults."""
        given = {"lr": self.learning_rate, "momentum": self.momentum, "decay": self.decay}
        return {a.name: given[a.name] for a in OPERATORS[self.operator].attributes if a.name in given}

    def rate(self, update: int) -> float:
        """The learning rate of an update, counted from 1 on."""
        if update <= self.warmup:
            return self.learning_rate * update / self.warmup
        if self.schedule == "constant":
            return self.learning_rate
        updates = self.steps // self.batch
        if self.schedule == "step":
            done = (update - 1) / updates
            return self.learning_rate * (0.1 if done >= 0.5 else 1.0) * (0.1 if done >= 0.75 else 1.0)
        place = (update - self.warmup) / max(updates - self.warmup, 1)
        return self.final + (self.learning_rate - self.final) * (1 + math.cos(math.pi * min(place, 1.0))) / 2

    def numbers(self, step: int) -> Mapping[str, np.ndarray]:
        """What the operator's inputs of one element hold in ``step``, from 1 on, by their fields."""
        update = (step - 1) // self.batch + 1
        rate = self.rate(update)
        found = {"rate": rate, "keep": 1 - rate * self.decay, "gate": float(step % self.batch == 0)}
        if self.optimizer in ("adam", "adamw"):
            beta1, beta2 = (_default(self.operator, name) for name in ("beta1", "beta2"))
            found |= {"rate": rate / (1 - beta1**update), "scale": 1 / math.sqrt(1 - beta2**update)}
        wanted = [port.field for port in OPERATORS[self.operator].inputs if port.form == "one"]
        return {field: np.array([found[field]], np.float32) for field in wanted}


def _default(operator: str, name: str) -> float:
    """An attribute's default as float32 holds it."""
    attribute = next(a for a in OPERATORS[operator].attributes if a.name == name)
    assert attribute.default is not None
    return attribute.rounded(attribute.default)


def feeds(graph: Graph, updates: Updates, step: int) -> dict[str, np.ndarray]:
    """What the updates of ``graph`` are given in ``step``, from 1 on, by the names of its inputs."""
    numbers = updates.numbers(step)
    return {
        name: numbers[port.field]
        for node in graph.nodes
        if is_update(node)
        for port, name in zip(OPERATORS[node.op].inputs, node.inputs, strict=True)
        if port.form == "one"
    }
