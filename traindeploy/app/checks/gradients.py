# SPDX-License-Identifier: Apache-2.0
"""The gradients are right: each trained parameter's, against the slope of the float64 model's loss."""

from golden.directional import Slope, gradients, slopes
from traindeploy.app.checks.facts import Compiled
from traindeploy.records.self_check import SelfCheck, at_most, counted_twice

SLOPES, ALL = "gradients against slopes of the loss", "trained parameters with a gradient"


def check(compiled: Compiled) -> list[SelfCheck]:
    """One slope for each trained parameter, and none without."""
    graph = compiled.graph
    updated = set(gradients(graph))
    wanted = [name for name, tensor in graph.tensors.items() if tensor.trainable]
    missing = [name for name in wanted if name not in updated]
    text = f"no update of {missing[0]!r}" if missing else "parameters that are trained, and that the graph updates"
    found = [counted_twice(ALL, "gradients", len(updated.intersection(wanted)), len(wanted), "", text)]
    measured = slopes(graph, compiled.samples[0])
    if not all(slope.typical for slope in measured):  # a blank image, say: later samples have other gradients than zero
        measured += slopes(graph, compiled.random_sample)
    return [*found, _worst(measured)] if measured else found


def _worst(measured: list[Slope]) -> SelfCheck:
    """The slope that is wrong by most of what it may be wrong by, among those that say something."""
    largest = max(slope.typical for slope in measured)

    def scale(slope: Slope) -> float:
        return max(slope.typical, largest * 1e-9) or 1.0

    if not largest:
        text = (
            "every gradient is zero, at the run's sample and at a random one: the logits do not move with any trained "
            "parameter (they come from a Relu that lets nothing pass, perhaps), so that no gradient can be shown right"
        )
        return at_most(SLOPES, "gradients", float("nan"), 0.0, "relative", text)
    hidden = [slope for slope in measured if not slope.shows(largest)]
    if hidden:
        bad = max(hidden, key=lambda slope: slope.limit / scale(slope))
        text = f"rounding hides the slope along {bad.parameter!r}: its gradient cannot be shown to be right"
        return at_most(SLOPES, "gradients", float("nan"), bad.limit / scale(bad), "relative", text)
    worst = max(measured, key=lambda slope: slope.error / slope.limit if slope.limit else slope.error)
    text = (
        f"{len(measured)} parameters; the worst is {worst.parameter!r}: slope {worst.difference:.9g} by differences, "
        f"{worst.gradient:.9g} by its gradient"
    )
    return at_most(SLOPES, "gradients", worst.error / scale(worst), worst.limit / scale(worst), "relative", text)
