# SPDX-License-Identifier: Apache-2.0
"""What each operator of the catalogue is verified on, a table a family."""

from traindeploy.verify.stimuli import (
    activation,
    conv,
    depthwise,
    elementwise,
    gemm,
    layout,
    loss,
    norm,
    optimizer,
    pool,
    reduce,
    softmax,
)
from traindeploy.verify.stimulus import Stimulus

TABLES = {
    module.__name__.rpartition(".")[2]: module.STIMULI
    for module in (activation, conv, depthwise, elementwise, gemm, layout, loss, norm, optimizer, pool, reduce, softmax)
}
STIMULI: dict[str, Stimulus] = {op: stimulus for table in TABLES.values() for op, stimulus in table.items()}
