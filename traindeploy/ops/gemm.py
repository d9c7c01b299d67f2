# SPDX-License-Identifier: Apache-2.0
"""Matrix products, on RedMule or on the cores: the same fused multiply-adds in the same order."""

from collections.abc import Sequence
from math import prod

from traindeploy.ops.operator import Kernel, Operator, Port, Shape


def _flop(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    return 2 * prod(outputs[0]) * inputs[0][-1]


_INPUTS = (
    Port("x", "X[M,N]", "operand"),
    Port("w", "W[N,K]", "operand"),
    Port("y", "Y[M,K] or [K]", "operand", optional=True),
)
_OUTPUTS = (Port("z", "Z[M,K]", "operand"),)

OPERATORS = (
    Operator(
        "Gemm",
        "gemm",
        "matrix product",
        _INPUTS,
        _OUTPUTS,
        "`acc = Y or +0; for n ascending: acc = fma(X[m,n], W[n,k], acc)`; all may have one batch dimension before",
        Kernel(
            "td_gemm",
            "z[m][k] = (y[m][k] or +0) + sum over n ascending of x[m][n] * w[n][k], one fused multiply-add each.\n"
            "y may be 0. Pitches are bytes from row to row as stored, 0 means dense; flags are the bits of\n"
            "RedMule's FLAGS.",
            ("m", "n", "k", "x_pitch", "w_pitch", "y_pitch", "z_pitch", "flags"),
            inputs=_INPUTS,
            outputs=_OUTPUTS,
        ),
        flop=_flop,
    ),
)
