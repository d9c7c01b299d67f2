# SPDX-License-Identifier: Apache-2.0
"""Layouts."""

import torch

from tests.ops.spec import Spec
from traindeploy.verify.stimuli.layout import JOINED, OTHERS, PARTS, SWAP
from traindeploy.verify.stimulus import Case

SPECS = {
    "Slice": Spec(
        torch=lambda x, start, stop, step: x[:, start:stop:step],
        share="exact: a copy",
        gradient_cases=PARTS[:6],
    ),
    "Concat": Spec(
        torch=lambda a, b: torch.cat([a, b], 1),
        share="exact: a copy",
        gradient_cases=JOINED[:3],
    ),
    "Transpose": Spec(
        torch=lambda x, perm: x.permute(perm),
        share="exact: a copy",
        gradient_cases=(Case((4, 6), SWAP), *OTHERS),
    ),
    "Reshape": Spec(
        torch=torch.Tensor.clone,
        share="exact: a view",
        gradient_cases=(Case((4, 6)),),
        absent=dict.fromkeys(("models", "kernel"), "fold_views makes a view of it: nothing computes"),
    ),
}
