# SPDX-License-Identifier: Apache-2.0
"""What a run checks about itself before PASSED is said: ``CHECKS``, a module a claim of docs/reference/self-checks.md.

A check is called with ``Facts`` and returns what it found. It computes its figure from what the run did and from a
second, independent source; it does not ask the code that it judges.
"""

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from traindeploy.app.checks import (
    adapters,
    arithmetic,
    data,
    figures,
    gradients,
    hardware,
    model,
    numbers,
    trained,
    updates,
)
from traindeploy.app.checks.facts import Compiled, Facts
from traindeploy.records.self_check import SelfCheck

# Those of what was compiled and of the golden model's tensors, and those of what the hardware did.
COMPILED: tuple[Callable[[Compiled], list[SelfCheck]], ...] = (
    data.check, model.check, adapters.check, trained.check, gradients.check, updates.check, arithmetic.check,
    numbers.check,
)  # fmt: skip
SIMULATED: tuple[Callable[[Facts], list[SelfCheck]], ...] = (hardware.check, figures.check)


def check_compiled(compiled: Compiled) -> tuple[SelfCheck, ...]:
    """The checks that need no simulation."""
    # One thread: the same figures each time, and many small products are faster so.
    with threadpool_limits(1, user_api="blas"), np.errstate(all="ignore"):  # what is not finite is told by the checks
        return tuple(found for check in COMPILED for found in check(compiled))


def check_simulated(facts: Facts) -> tuple[SelfCheck, ...]:
    """The checks of what the simulated hardware did."""
    return tuple(found for check in SIMULATED for found in check(facts))


__all__ = ["COMPILED", "SIMULATED", "Compiled", "Facts", "check_compiled", "check_simulated"]
