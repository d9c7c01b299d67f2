# SPDX-License-Identifier: Apache-2.0
"""Updates of parameters: what an output replaces is stored where the next training step reads it."""

from traindeploy.ops.declare import with_kernel
from traindeploy.ops.operator import Attribute, Operator, Port

OPERATORS = (
    with_kernel(
        Operator(
            "Sgd",
            "optimizer",
            "elementwise",
            (Port("w", "w"), Port("g", "g")),
            (Port("w_new", "w_new", replaces="w"),),
            "`fma(-lr, g, w)`",
            attributes=(Attribute("lr", positive=True),),
            gradient="an update ends the graph",
        ),
        "td_sgd",
        "w_new[i] = fma(-lr, g[i], w[i])",
        5.0,
    ),
)
