# SPDX-License-Identifier: Apache-2.0
"""Sums over dimensions."""

from tests.ops.spec import Spec

SPECS = {
    "ReduceSum": Spec(
        torch=lambda x: x.sum(0),
        share={"short": 0.9, "medium": 0.5, "long": 0.25},
        terms=lambda shape: shape[0],
    )
}
