# SPDX-License-Identifier: Apache-2.0
"""Operators that are several of ours, in the form of each opset: (first opset of the form, nodes, weights)."""

Forms = tuple[tuple[int, str, str], ...]
_IMAGE, _TOKENS = [1, 4, 6, 6], [1, 3, 4]


def _always(nodes: str, weights: str = "") -> Forms:
    return ((1, nodes, weights),)


def _reduced(op: str, since: int) -> Forms:
    return ((1, f"y = {op}<axes=[1], keepdims=0>(x)", ""), (since, f"y = {op}<keepdims=0>(x, a)", "a=[1]"))


_ENLARGED = """f = Cast<to=1>(s);
               y = Resize<coordinate_transformation_mode="asymmetric", nearest_mode="floor">(x, r, f)"""
POSITIVE = "a = Abs(x); b = Add(a, c); "
FORMS: dict[str, tuple[list[int], Forms]] = {
    "Abs": (_TOKENS, _always("y = Abs(x)")),
    "AveragePool": (_IMAGE, _always("y = AveragePool<kernel_shape=[3,3], pads=[1,1,1,1], strides=[2,2]>(x)")),
    "BatchNormalization": (
        _IMAGE,
        _always("p = Mul(v, v); y = BatchNormalization(x, g, b, m, p)", "g[4] b[4] m[4] v[4]"),
    ),
    "Celu": (_TOKENS, _always("y = Celu<alpha=0.5>(x)")),
    "Clip": (
        _TOKENS,
        ((1, "y = Clip<min=-0.3, max=0.5>(x)", ""), (11, "y = Clip(x, l, h)", "l=-0.3 h=0.5")),
    ),
    "Concat": (_TOKENS, _always("y = Concat<axis=1>(x, c)", "c[1,2,4]")),
    "DepthToSpace": (_IMAGE, _always("y = DepthToSpace<blocksize=2>(x)")),
    "Elu": (_TOKENS, _always("y = Elu<alpha=0.5>(x)")),
    "Expand": (_TOKENS, _always("y = Expand(x, s)", "s=[2,3,4]")),
    "Gather": (_TOKENS, _always("y = Gather<axis=1>(x, i)", "i=[2,0]")),
    "GlobalAveragePool": (_IMAGE, _always("y = GlobalAveragePool(x)")),
    "GlobalMaxPool": (_IMAGE, _always("y = GlobalMaxPool(x)")),
    "GroupNormalization": (
        _IMAGE,  # onnx refuses that of opset 18 as deprecated
        ((21, "y = GroupNormalization<num_groups=2>(x, g, b)", "g[4] b[4]"),),
    ),
    "HardSigmoid": (_TOKENS, _always("y = HardSigmoid(x)")),
    "HardSwish": (_TOKENS, _always("y = HardSwish(x)")),
    "InstanceNormalization": (_IMAGE, _always("y = InstanceNormalization(x, g, b)", "g[4] b[4]")),
    "LeakyRelu": (_TOKENS, _always("y = LeakyRelu(x)")),
    "Max": (_TOKENS, ((8, "y = Max(x, c)", "c=0.1"),)),
    "Min": (_TOKENS, ((8, "y = Min(x, c)", "c=0.1"),)),
    "Mish": (_TOKENS, _always("y = Mish(x)")),
    "PRelu": (_IMAGE, _always("y = PRelu(x, s)", "s[4,1,1]")),
    "Pad": (
        _TOKENS,
        (
            (1, "y = Pad<pads=[0,1,0,0,0,2], value=0.5>(x)", ""),
            (11, "y = Pad(x, p, v)", "p=[0,1,0,0,0,2] v=0.5"),
        ),
    ),
    "RMSNormalization": (_TOKENS, _always("y = RMSNormalization(x, g)", "g[4]")),
    "Reciprocal": (_TOKENS, _always(POSITIVE + "y = Reciprocal(b)", "c=1.0")),
    "ReduceL2": (_TOKENS, _reduced("ReduceL2", 18)),
    "ReduceMax": (_TOKENS, _reduced("ReduceMax", 18)),
    "ReduceSum": (_TOKENS, _reduced("ReduceSum", 13)),
    "Resize": (
        _IMAGE,
        (
            (10, "f = Cast<to=1>(s); y = Resize(x, f)", "s=[1,1,2,3]"),
            (
                11,
                _ENLARGED,
                "s=[1,1,2,3] r[0]",
            ),
        ),
    ),
    "Selu": (_TOKENS, _always("y = Selu(x)")),
    "Slice": (
        _TOKENS,
        (
            (1, "z = Slice<starts=[1], ends=[4], axes=[2]>(x); y = Relu(z)", ""),
            (10, "y = Slice(x, s, e, a, t)", "s=[3] e=[-5] a=[2] t=[-2]"),
        ),
    ),
    "Softplus": (_TOKENS, _always("y = Softplus(x)")),
    "Softsign": (_TOKENS, _always("y = Softsign(x)")),
    "SpaceToDepth": (_IMAGE, _always("y = SpaceToDepth<blocksize=2>(x)")),
    "Split": (
        _TOKENS,
        (
            (1, "a, b = Split<axis=2, split=[1,3]>(x); y = Mul(a, b)", ""),
            (13, "a, b = Split<axis=2>(x, s); y = Mul(a, b)", "s=[1,3]"),
            (18, "a, b = Split<axis=2, num_outputs=2>(x); y = Mul(a, b)", ""),
        ),
    ),
    "Sqrt": (_TOKENS, _always(POSITIVE + "y = Sqrt(b)", "c=1.0")),
    "Where": (_TOKENS, _always("q = Cast<to=9>(m); y = Where(q, x, c)", "m=[1,0,1,1] c=2.0")),
}


def form(op: str, opset: int) -> tuple[str, str]:
    """Nodes and weights of ``op`` in ``opset``."""
    return [(nodes, weights) for first, nodes, weights in FORMS[op][1] if first <= opset][-1]
