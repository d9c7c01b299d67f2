# SPDX-License-Identifier: Apache-2.0
"""Operators that work element by element or row by row: tiles are consecutive elements or rows."""

from traindeploy.ir import Node
from traindeploy.schedule import costs
from traindeploy.schedule.task import PANEL, WHOLE_BYTES, Operand, Task, Tiling, split

ELEMENTWISE = {  # op: (kernel, input fields, output field, {float field: attribute})
    "Add": ("td_add", ("a", "b"), "out", {}),
    "Mul": ("td_mul", ("a", "b"), "out", {}),
    "Scale": ("td_scale", ("a",), "out", {"alpha": "alpha"}),
    "Relu": ("td_relu", ("x",), "out", {}),
    "ReluGrad": ("td_relu_grad", ("dy", "x"), "dx", {}),
    "Gelu": ("td_gelu", ("x",), "out", {}),
    "GeluGrad": ("td_gelu_grad", ("dy", "x"), "dx", {}),
    "Sgd": ("td_sgd", ("w", "g"), "w_new", {"lr": "lr"}),
}
ROWWISE = {  # op: (kernel, [(field, "matrix" | "row" | "column")] inputs, outputs, {float field: attribute})
    "AddRow": ("td_add_row", (("a", "matrix"), ("row", "row")), (("out", "matrix"),), {}),
    "LayerNorm": (
        "td_layernorm",
        (("x", "matrix"), ("gamma", "row"), ("beta", "row")),
        (("y", "matrix"), ("mean", "column"), ("rstd", "column")),
        {"epsilon": "epsilon"},
    ),
    "LayerNormGrad": (
        "td_layernorm_grad",
        (("dy", "matrix"), ("x", "matrix"), ("gamma", "row"), ("mean", "column"), ("rstd", "column")),
        (("dx", "matrix"),),
        {},
    ),
    "Softmax": ("td_softmax", (("x", "matrix"),), (("y", "matrix"),), {}),
    "SoftmaxGrad": ("td_softmax_grad", (("dy", "matrix"), ("y", "matrix")), (("dx", "matrix"),), {}),
}


def tile_elementwise(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks over consecutive elements."""
    kernel, fields, out, floats = ELEMENTWISE[node.op]
    total = tiling.graph.tensors[node.outputs[0]].size
    tasks = []
    for begin, count in split(total, _elements(tiling, node)):
        args: dict[str, Operand | int | float | None] = {
            field: tiling.slice(name, begin, count) for field, name in zip(fields, node.inputs, strict=True)
        }
        args[out] = tiling.slice(node.outputs[0], begin, count, write=True)
        args["n"] = count
        args.update({field: float(node.attrs[attribute]) for field, attribute in floats.items()})
        tasks.append(
            Task(node, f"{node.name} {begin}:{begin + count}", "cores", kernel, args, costs.kernel(kernel, count))
        )
    return tasks


def _elements(tiling: Tiling, node: Node) -> int:
    """Elements of a tile: everything if all tensors lie in L1 as a whole, else a panel."""
    names = [*node.inputs, *node.outputs]
    sizes = [tiling.graph.storage(name).nbytes for name in names]
    if all(size <= WHOLE_BYTES for size in sizes) and sum(sizes) <= tiling.l1_bytes:
        return max(tiling.graph.tensors[name].size for name in names)
    return PANEL


def tile_rowwise(tiling: Tiling, node: Node) -> list[Task]:
    """Tasks over consecutive rows of the last axis."""
    kernel, inputs, outputs, floats = ROWWISE[node.op]
    tensor = tiling.graph.tensors[node.outputs[0]]
    cols = tensor.shape[-1]
    rows = tensor.size // cols
    tasks = []
    step = max(1, _elements(tiling, node) // cols)
    for row, count in split(rows, step):
        args: dict[str, Operand | int | float | None] = {}
        for names, fields, write in ((node.inputs, inputs, False), (node.outputs, outputs, True)):
            for name, (field, form) in zip(names, fields, strict=True):
                begin, length = {"matrix": (row * cols, count * cols), "row": (0, cols), "column": (row, count)}[form]
                args[field] = tiling.slice(name, begin, length, write=write)
        args.update(rows=count, cols=cols)
        args.update({field: float(node.attrs[attribute]) for field, attribute in floats.items()})
        tasks.append(
            Task(
                node, f"{node.name} rows {row}:{row + count}", "cores", kernel, args, costs.kernel(kernel, count * cols)
            )
        )
    return tasks
