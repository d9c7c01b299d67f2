# SPDX-License-Identifier: Apache-2.0
"""``If`` whose condition is a constant: the branch that is taken takes the node's place.

Exporters write such nodes where a shape decides what is to be done, as PyTorch's squeeze of one dimension.
"""

from collections.abc import Container, Iterator

import onnx

NESTED = 64  # rounds: an ``If`` in a branch is looked at once that branch stands in the graph


def take_branches(model: onnx.ModelProto) -> None:
    """Replace, in place, each ``If`` whose condition depends on weights and static shapes only; others stay."""
    for _ in range(NESTED):
        graph = model.graph
        found = [node for node in graph.node if node.op_type == "If" and not node.domain]
        taken = {id(node): branch for node in found if (branch := _branch(model, node)) is not None}
        if not taken:
            return
        nodes = [new for node in graph.node for new in _inlined(graph, node, taken.get(id(node)))]
        del graph.node[:]
        graph.node.extend(nodes)


def _branch(model: onnx.ModelProto, node: onnx.NodeProto) -> onnx.GraphProto | None:
    """The graph that ``node`` always runs; None if that is not known, or if the node is damaged."""
    branches = {attribute.name: attribute.g for attribute in node.attribute}
    if len(node.input) != 1 or branches.keys() != {"then_branch", "else_branch"}:
        return None
    holds = _condition(model, node.input[0])
    branch = None if holds is None else branches["then_branch" if holds else "else_branch"]
    return branch if branch is not None and len(branch.output) == len(node.output) and not branch.input else None


def _condition(model: onnx.ModelProto, name: str) -> bool | None:
    """The value of a truth value that depends on constants and static shapes only, else None."""
    producer = {output: node for node in model.graph.node for output in node.output}
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    used, shaped = _sources(producer, weights.keys(), name)
    if used is None:
        return None
    shapes = _static_shapes(model) if shaped else {}
    if any(node.input[0] not in shapes for node in shaped):
        return None
    part = onnx.ModelProto()
    part.CopyFrom(model)
    del part.graph.node[:], part.graph.input[:], part.graph.output[:], part.graph.value_info[:], part.functions[:]
    part.graph.node.extend(used)
    for node in shaped:
        value = onnx.helper.make_tensor_value_info(node.input[0], onnx.TensorProto.FLOAT, shapes[node.input[0]])
        if value.name not in {given.name for given in part.graph.input} | weights.keys():
            part.graph.input.append(value)
    part.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    return _evaluated(part)


def _sources(
    producer: dict[str, onnx.NodeProto], weights: Container[str], name: str
) -> tuple[list[onnx.NodeProto] | None, list[onnx.NodeProto]]:
    """The nodes that compute ``name``, each behind what it reads, and those of them that ask for a shape.

    None for the nodes if one of them reads what is neither constant nor a shape.
    """
    used: dict[int, onnx.NodeProto] = {}
    shaped, waiting = [], [(name, False)]
    while waiting:
        tensor, done = waiting.pop()
        node = producer.get(tensor)
        if node is None or id(node) in used:
            if node is None and tensor and tensor not in weights:
                return None, []
            continue
        if done:
            used[id(node)] = node
        elif node.op_type in ("Shape", "Size"):
            used[id(node)] = node
            shaped.append(node)
        else:
            waiting += [(tensor, True), *((each, False) for each in node.input)]
    return list(used.values()), shaped


def _static_shapes(model: onnx.ModelProto) -> dict[str, list[int]]:
    """Of all tensors whose dimensions are known, a first one of the input without a number being 1."""
    known = onnx.ModelProto()
    known.CopyFrom(model)
    for value in known.graph.input:
        dims = value.type.tensor_type.shape.dim
        if dims and not dims[0].HasField("dim_value"):
            dims[0].dim_value = 1
    try:
        graph = onnx.shape_inference.infer_shapes(known, data_prop=True).graph
    except Exception:  # noqa: BLE001 a damaged model, which is refused where it is read
        return {}
    return {value.name: shape for value in (*graph.input, *graph.value_info) if (shape := list(_sizes(value)))}


def _sizes(value: onnx.ValueInfoProto) -> Iterator[int]:
    dims = value.type.tensor_type.shape.dim
    if all(d.HasField("dim_value") and d.dim_value > 0 for d in dims):
        yield from (d.dim_value for d in dims)


def _evaluated(part: onnx.ModelProto) -> bool | None:
    import numpy as np
    import onnxruntime  # here, since it takes a third of a second and most models need none

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(part.SerializeToString(), options, providers=["CPUExecutionProvider"])
        feeds = {given.name: np.zeros(given.shape, np.float32) for given in session.get_inputs()}
        (value,) = session.run(None, feeds)
    except Exception:  # noqa: BLE001 onnxruntime has a type for each of its errors, with no common ancestor
        return None
    return bool(value.reshape(-1)[0]) if value.size == 1 else None


def _inlined(graph: onnx.GraphProto, node: onnx.NodeProto, branch: onnx.GraphProto | None) -> list[onnx.NodeProto]:
    """``branch`` in place of ``node``, its names made new where the graph has them already."""
    if branch is None:
        return [node]
    own = [*(tensor.name for tensor in branch.initializer), *(name for n in branch.node for name in n.output if name)]
    taken = {name for n in graph.node for name in n.output} | {t.name for t in (*graph.input, *graph.initializer)}
    ours = {name: _new(name, taken) for name in own}
    inner = onnx.GraphProto()
    inner.CopyFrom(branch)
    _rename(inner, ours)
    graph.initializer.extend(inner.initializer)
    made = list(inner.node)
    for result, name in zip(inner.output, node.output, strict=True):
        if name:
            made.append(onnx.helper.make_node("Identity", [result.name], [name], f"{node.name}.{name}"))
    return made


def _new(name: str, taken: set[str]) -> str:
    count, candidate = 1, name
    while candidate in taken:
        count += 1
        candidate = f"{name}#{count}"
    taken.add(candidate)
    return candidate


def _rename(graph: onnx.GraphProto, ours: dict[str, str]) -> None:
    """Names of ``graph``, and of the graphs inside it, as ``ours`` has them."""
    for named in (*graph.initializer, *graph.output):
        named.name = ours.get(named.name, named.name)
    for node in graph.node:
        node.input[:] = [ours.get(name, name) for name in node.input]
        node.output[:] = [ours.get(name, name) for name in node.output]
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                _rename(inner, ours)
