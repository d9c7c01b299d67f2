# SPDX-License-Identifier: Apache-2.0
"""The arithmetic is right: each operator's machine model within its bound of the definition, on this run."""

from traindeploy.app.checks.facts import Compiled
from traindeploy.records.self_check import SelfCheck, at_most

NAME = "machine arithmetic against float64"


def check(compiled: Compiled) -> list[SelfCheck]:
    """The operator that uses most of its bound, over all training steps."""
    found = compiled.accuracy
    step, worst = max(found, key=lambda item: item[1].share)
    text = (
        f"{len(found)} outputs; the largest error over its operator's bound is that of {worst.tensor!r} "
        f"({worst.node.op} {worst.node.name!r}, step {step})"
    )
    return [at_most(NAME, "arithmetic", worst.share, 1.0, "of the bound", text)]
