# SPDX-License-Identifier: Apache-2.0
"""One body of tests for every operator of the catalogue, and what each needs beyond it, a table a family."""

from tests.ops import (
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
from tests.ops.spec import Spec

TABLES = {
    module.__name__.rpartition(".")[2]: module.SPECS
    for module in (activation, conv, depthwise, elementwise, gemm, layout, loss, norm, optimizer, pool, reduce, softmax)
}
SPECS: dict[str, Spec] = {op: spec for table in TABLES.values() for op, spec in table.items()}
