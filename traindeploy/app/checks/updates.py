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
from traindeploy.training.step import CLIPS

RATE, BATCH, CLIPPED = "updates by the learning rate", "gradients summed over a batch", "gradients clipped"
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
    clips = {node.outputs[0]: node for node in compiled.graph.nodes if node.op in CLIPS and node.phase == "update"}
    means = [clips[ports["g"]].inputs[0] if ports["g"] in clips else ports["g"] for _, ports in updates]
    summed = sum(_is_mean(compiled, mean) for mean in means)
    text = f"parameters whose gradient is a mean of {options.batch} samples, and parameters that are updated"
    found.append(counted_twice(BATCH, "gradients", summed, len(updates), "", text))
    limited = sum(_limited(compiled, clips.get(ports["g"]), means) for _, ports in updates)
    text = "parameters whose gradient is clipped as the options say, and parameters that are updated"
    return [*found, counted_twice(CLIPPED, "gradients", limited, len(updates), "", text)]


def _is_mean(compiled: Compiled, gradient: str) -> bool:
    """Of as many samples as a batch has."""
    share = 1 / compiled.options.batch
    sums = [node for node in compiled.graph.nodes if node.op == "Accumulate" and node.outputs[0] == gradient]
    if compiled.options.batch == 1:
        return not sums
    return len(sums) == 1 and abs(sums[0].attrs["share"] - share) <= ROUNDED * share


def _limited(compiled: Compiled, clip: Node | None, means: list[str]) -> bool:
    """Whether ``clip``, which stands before an update, is the one that was asked for. ``means``: all gradients."""
    value, norm = compiled.options.clip_value, compiled.options.clip_norm
    if clip is None:
        return not value and not norm
    if clip.op == "Clip":
        return bool(value) and _near(clip.attrs["low"], -value) and _near(clip.attrs["high"], value)
    squared, limits = _factor(compiled, clip.inputs[1])
    return bool(norm) and limits == (0.0, 1.0) and squared == {compiled.graph.storage(mean).name for mean in means}


def _near(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= ROUNDED * abs(wanted)


def _factor(compiled: Compiled, factor: str) -> tuple[set[str], tuple[float, float]]:
    """What the factor min(1, norm / sqrt(sum of squares)) squares, and its limits; nothing if it is another one."""
    graph = compiled.graph
    behind = {graph.storage(name).name: node for node in graph.nodes for name in node.outputs}
    chain: list[Node] = []
    name = factor
    for op in ("Clip", "Scale", "Rsqrt", "Gemm"):
        node = behind.get(graph.storage(name).name)
        if node is None or node.op != op:
            return set(), (0.0, 0.0)
        chain.append(node)
        name = node.inputs[0]
    clip, scale, _, last = chain
    if not _near(scale.attrs["alpha"], compiled.options.clip_norm):
        return set(), (0.0, 0.0)
    squared, product = set[str](), behind.get(last.outputs[0])
    while product is not None:
        x, w, *rest = (graph.storage(each).name for each in product.inputs)
        squared |= {x} if x == w else set()
        product = behind.get(rest[0]) if rest else None
    return squared, (clip.attrs["low"], clip.attrs["high"])


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
