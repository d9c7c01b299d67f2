# SPDX-License-Identifier: Apache-2.0
"""Matrix products. Layouts and pitches: tests/firmware/test_gemm_kernel.py."""

import torch

from tests.ops.spec import Spec
from traindeploy.verify.stimuli.gemm import BATCHED, with_y
from traindeploy.verify.stimulus import over


def product(x: torch.Tensor, w: torch.Tensor, *y: torch.Tensor) -> torch.Tensor:
    return x @ w + y[0] if y else x @ w


SPECS = {
    "Gemm": Spec(
        torch=product,
        share={"short": 0.9, "medium": 0.5, "long": 0.25},
        terms=lambda shape: shape[0][-1],
        gradient_cases=over(
            (*(with_y(4, 6, 5, which) for which in ("none", "row", "matrix")), with_y(1, 6, 5, "row"), BATCHED)
        ),
    )
}
