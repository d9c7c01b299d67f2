# SPDX-License-Identifier: Apache-2.0
"""Nothing was NaN or infinite, and no update vanished; tensors that are zero throughout are named."""

import numpy as np

from golden.directional import gradients
from golden.executor import execute
from traindeploy.app.checks.facts import Compiled, Values
from traindeploy.ir import Node
from traindeploy.ops import OPERATORS, parameter_update
from traindeploy.records.self_check import SelfCheck, at_most, counted_twice

SHOWN = 3  # names in a line


def check(compiled: Compiled) -> list[SelfCheck]:
    """Over all training steps."""
    return [_finite(compiled), _moved(compiled), _vanished(compiled), _zero(compiled)]


def _finite(compiled: Compiled) -> SelfCheck:
    bad = [
        f"{name!r} of {node.op} {node.name!r} in step {step}"
        for step, values in enumerate(compiled.steps)
        for node in compiled.graph.nodes
        for name in node.outputs
        if not np.isfinite(values[name]).all()
    ]
    given = [n for n, t in compiled.graph.tensors.items() if t.data is not None and not np.isfinite(t.data).all()]
    bad = [*(f"{name!r} as given" for name in given), *bad]
    text = f"the first is {bad[0]}" if bad else "no tensor of any step holds NaN or infinity"
    return counted_twice("tensors with NaN or infinity", "numbers", len(bad), 0, "tensors", text)


def _moved(compiled: Compiled) -> SelfCheck:
    """Of a run that changes no parameter at all, nobody can say that it trains."""
    updates = [node for node, _ in _updates(compiled)]
    still = [n for n in updates if all(_unchanged(n, values) for values in compiled.steps)]
    text = f"of {len(updates)} trained parameters, that no step changes: a run that changes none is no training"
    return at_most("trained parameters that stay", "numbers", len(still), len(updates) - 1, "parameters", text)


def _vanished(compiled: Compiled) -> SelfCheck:
    """Updates that left every element as it was, though the gradient is more than the rounding of a zero."""
    lost, raw = [], gradients(compiled.graph)
    for step, values in enumerate(compiled.steps):
        moving = [ports["w"] for node, ports in _updates(compiled) if _open(ports, compiled, step)]
        still = {ports["w"] for node, ports in _updates(compiled) if _unchanged(node, values)}
        same = [name for name in moving if name in still]
        batch = range(step + 1 - compiled.options.batch, step + 1)
        found = {name: _sum([compiled.steps[i][raw[name]] for i in batch]) for name in same}
        exact = [_exact(compiled, i) for i in batch] if any(map(np.any, found.values())) else []
        lost += [
            f"{name!r} in step {step}"
            for name in same
            if exact and _certain(found[name], _sum([values[raw[name]] for values in exact]))
        ]
    text = "each changes its parameter"
    if lost:
        text = f"float32 rounds them away: {_names(lost)}; raise the learning rate"
    return counted_twice("updates that vanish", "numbers", len(lost), 0, "updates", text)


def _updates(compiled: Compiled) -> list[tuple[Node, dict[str, str]]]:
    """Nodes that update a parameter, with their inputs by field."""
    return [(node, ports) for node in compiled.graph.nodes if (ports := parameter_update(node)) is not None]


def _open(ports: dict[str, str], compiled: Compiled, step: int) -> bool:
    """Whether the update is to change anything: the step is the last one of its batch."""
    return "gate" not in ports or bool(compiled.samples[step][ports["gate"]][0])


def _unchanged(node: Node, values: Values) -> bool:
    replaced = OPERATORS[node.op].replaced
    return all(np.array_equal(values[node.outputs[o]], values[node.inputs[i]]) for o, i in replaced.items())


def _exact(compiled: Compiled, step: int) -> Values:
    """The step in float64, from the weights that it began with."""
    parameters = [n for n, t in compiled.graph.tensors.items() if t.kind == "parameter" and t.view is None]
    given = {name: compiled.steps[step][name] for name in parameters}
    return execute(compiled.graph, {**compiled.samples[step], **given}, "math")


def _sum(gradients: list[np.ndarray]) -> np.ndarray:
    total: np.ndarray = np.sum(np.asarray(gradients, np.float64), axis=0)
    return total


def _certain(found: np.ndarray, exact: np.ndarray) -> bool:
    """Whether float64 confirms at least half of some element; what is zero but for rounding it does not."""
    return bool(np.any((found != 0) & (np.abs(exact) > np.abs(found) / 2)))


def _zero(compiled: Compiled) -> SelfCheck:
    """Zero is a right value, and hides whatever is multiplied by it: so it is named, and fails nothing."""
    named = [
        f"{gradient!r} in step {step}"
        for step, values in enumerate(compiled.steps)
        for gradient in gradients(compiled.graph).values()
        if not np.any(values[gradient])
    ]
    text = "every gradient has an element that is not zero"
    if named:
        text = f"their errors could not be seen: {_names(named)}"
        if compiled.options.training.lora_b == "zero" and compiled.added:
            text += "; LoRA's B starts at zero: LORA_B=random or STEPS=2 shows them"
    return at_most("gradients that are zero throughout", "numbers", len(named), np.inf, "gradients", text)


def _names(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
