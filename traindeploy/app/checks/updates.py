# SPDX-License-Identifier: Apache-2.0
"""Parameters move as the options say: by which operator, at which rate, and only behind the last sample of a batch."""

import math
from collections.abc import Iterator

import numpy as np

from traindeploy.app.checks.facts import Compiled
from traindeploy.app.options import Options
from traindeploy.ir import Node
from traindeploy.ops import parameter_update
from traindeploy.records.self_check import SelfCheck, counted_twice

RATE, BATCH = "updates by the learning rate", "gradients summed over a batch"
ROUNDED = 2.0**-22  # to float32, up to four times
ATTRIBUTES = ("momentum", "decay")  # that are compiled in, where the operator has them
BETA1, BETA2 = (float(np.float32(beta)) for beta in (0.9, 0.999))  # Adam's, as the chip holds them


def check(compiled: Compiled) -> list[SelfCheck]:
    """In every step, of every parameter: what its update is given, against the options."""
    updates = [(node, ports) for node in compiled.graph.nodes if (ports := parameter_update(node)) is not None]
    options = compiled.options
    steps = range(1, len(compiled.samples) + 1)
    wrong = [text for node, ports in updates for step in steps for text in _wrong(compiled, node, ports, step)]
    about = f"the first is {wrong[0]}" if wrong else f"in {len(steps)} steps, of {len(updates)} parameters"
    found = [counted_twice(RATE, "gradients", len(wrong), 0, "wrong", about)]
    sums = {node.outputs[0]: node for node in compiled.graph.nodes if node.op == "Accumulate"}
    share = 1 / options.batch
    right = [
        ports["w"]
        for _, ports in updates
        if (ports["g"] in sums) == (options.batch > 1)
        and (options.batch == 1 or abs(sums[ports["g"]].attrs["share"] - share) <= ROUNDED * share)
    ]
    text = f"parameters whose gradient is a mean of {options.batch} samples, and parameters that are updated"
    return [*found, counted_twice(BATCH, "gradients", len(right), len(updates), "", text)]


def _wrong(compiled: Compiled, node: Node, ports: dict[str, str], step: int) -> Iterator[str]:
    """What of the update is not as planned, in words."""
    options = compiled.options
    planned = dict(_planned(options, step))
    given = {field: float(compiled.samples[step - 1][ports[field]][0]) for field in planned if field in ports}
    if "lr" in node.attrs:
        given["rate"] = float(node.attrs["lr"])
        if options.batch > 1 or rate(options, 1) != rate(options, options.steps // options.batch):
            yield f"{node.name!r}, whose rate is compiled in"
    elif options.batch > 1 and "gate" not in given:
        yield f"{node.name!r}, which moves behind every sample"
    if "rate" not in given:
        yield f"{node.name!r}, which has no rate"
    for field, value in given.items():
        if abs(value - planned[field]) > ROUNDED * abs(planned[field]):
            yield f"{field} of {node.name!r} in step {step}: {value:.9g}, expected {planned[field]:.9g}"
    for name in ATTRIBUTES:
        wanted = getattr(options, name)
        if name in node.attrs and abs(node.attrs[name] - wanted) > ROUNDED * wanted:
            yield f"{name} of {node.name!r}: {node.attrs[name]:.9g}, expected {wanted:.9g}"
    if options.decay and "decay" not in node.attrs and "keep" not in given:
        yield f"{node.name!r}, which does not decay"


def _planned(options: Options, step: int) -> Iterator[tuple[str, float]]:
    """What an update reads in ``step``, from 1 on, by field."""
    update = math.ceil(step / options.batch)
    now = rate(options, update)
    adam = options.optimizer.startswith("adam")
    yield "rate", now / (1 - BETA1**update) if adam else now
    yield "scale", (1 - BETA2**update) ** -0.5
    yield "keep", 1 - now * options.decay
    yield "gate", 0.0 if step % options.batch else 1.0


def rate(options: Options, update: int) -> float:
    """The learning rate of an update, from 1 on: told once more, apart from what fed the training."""
    highest, updates = options.learning_rate, options.steps // options.batch
    if update <= options.warmup:
        return highest / options.warmup * update
    if options.schedule == "cosine":
        done = (update - options.warmup) / max(updates - options.warmup, 1)
        return highest - (highest - options.final_lr) * math.sin(math.pi / 2 * done) ** 2
    if options.schedule == "step":
        return highest * (1.0, 1.0, 0.1, 0.01)[4 * (update - 1) // updates]
    return highest
