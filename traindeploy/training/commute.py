# SPDX-License-Identifier: Apache-2.0
"""Move operators of single elements past layout nodes where that spares copies.

What works element by element does not care in which order the elements lie. Exporters put such operators where a copy
is needed only for them: attention's queries are scaled behind the transposition of their heads, so that Scale, which
reads dense data, would want the transposed tensor stored. In front of the layout nodes it reads what is stored anyway.
"""

from collections.abc import Iterator
from dataclasses import replace

from traindeploy.ir import Graph, Node, Tensor
from traindeploy.ir.emit import fresh
from traindeploy.ir.layout import LAYOUT_OPS, find_groups
from traindeploy.ir.views import fold_views
from traindeploy.ops import OPERATORS


def fold_layouts(graph: Graph) -> None:
    """Fold views in place, behind moves that leave fewer elements to copy; every value stays, to the bit.

    >>> from traindeploy.ir.emit import Emitter
    >>> graph = Graph("g", inputs=["x"])
    >>> emit, x = Emitter(graph), graph.add(Tensor("x", (4, 6), kind="input")).name
    >>> scaled = emit.one("Scale", "scaled", [emit.transpose(x)], (6, 4), alpha=0.5)
    >>> graph.outputs = [emit.gemm("z", x, scaled)]
    >>> fold_layouts(graph)
    >>> [(node.op, node.inputs) for node in graph.nodes], graph.tensors["scaled.T"].view
    ([('Scale', ['x']), ('Gemm', ['x', 'scaled.T'])], View(base='scaled', strides=(1, 6), offset=0))
    """
    plain, best = graph, _folded(graph)
    moved = True
    while moved:
        moved = False
        for name in _candidates(plain, best):
            for trial in _moves(plain, name):
                folded = _folded(trial)
                if _copied(folded) < _copied(best):
                    plain, best, moved = trial, folded, True
                    break
    graph.tensors, graph.nodes, graph.outputs = best.tensors, best.nodes, best.outputs


def _candidates(plain: Graph, folded: Graph) -> list[str]:
    """The operators of single elements that read or write one of the tensors of which ``folded`` needs copies."""
    copies = {node.name for node in folded.nodes if node.op == "Transpose"}
    if not copies:
        return []
    groups = [group.positions for group in find_groups(plain).values()]
    near = {m for members in groups if any(f"{m}.copy" in copies for m in members) for m in members}
    return [n.name for n in plain.nodes if _elementwise(n) and near & {*n.inputs, *n.outputs}]


def _elementwise(node: Node) -> bool:
    return node.op in OPERATORS and OPERATORS[node.op].pattern == "elementwise" and len(node.outputs) == 1


def _folded(graph: Graph) -> Graph:
    folded = _clone(graph)
    fold_views(folded)
    return folded


def _copied(folded: Graph) -> int:
    """Elements that copies move."""
    return sum(folded.tensors[node.outputs[0]].size for node in folded.nodes if node.op == "Transpose")


def _clone(graph: Graph) -> Graph:
    """A graph that may be changed; it shares the tensors' data."""
    tensors = {name: replace(tensor) for name, tensor in graph.tensors.items()}
    nodes = [replace(node, inputs=list(node.inputs), outputs=list(node.outputs)) for node in graph.nodes]
    return replace(graph, tensors=tensors, nodes=nodes, inputs=list(graph.inputs), outputs=list(graph.outputs))


def _moves(graph: Graph, name: str) -> Iterator[Graph]:
    """Copies of ``graph`` with node ``name`` before the layout nodes in front of it, and behind those that follow."""
    for move in (_ahead, _behind):
        trial = _clone(graph)
        if move(trial, next(node for node in trial.nodes if node.name == name)):
            yield trial


def _ahead(graph: Graph, node: Node) -> bool:
    """Let ``node`` read what the layout nodes before all of its inputs read; whether there are any."""
    result = graph.tensors[node.outputs[0]]
    chain: list[Node] = []
    while (layouts := _alike(graph, node.inputs)) is not None:
        node.inputs = [layout.inputs[0] for layout in layouts]
        chain.insert(0, layouts[0])
    if not chain:
        return False
    shape = result.shape
    result.shape = graph.tensors[node.inputs[0]].shape
    position = graph.nodes.index(node) + 1
    last, made = _follow(graph, chain, result, node)
    graph.nodes[position:position] = made
    for reader in graph.nodes:
        if reader not in made:
            reader.inputs = [last if i == result.name else i for i in reader.inputs]
    graph.outputs = [last if o == result.name else o for o in graph.outputs]
    assert graph.tensors[last].shape == shape
    return True


def _behind(graph: Graph, node: Node) -> bool:
    """Let ``node`` come behind the layout nodes that alone read its result; whether there are any."""
    name, chain = node.outputs[0], []
    while name not in graph.outputs and len(readers := graph.consumers(name)) == 1 and readers[0].op in LAYOUT_OPS:
        chain.append(readers[0])
        name = readers[0].outputs[0]
    if not chain:
        return False
    made: list[Node] = []
    sources: dict[str, str] = {}
    for source in dict.fromkeys(node.inputs):
        sources[source], nodes = _follow(graph, chain, graph.tensors[source], node)
        made += nodes
    node.inputs = [sources[source] for source in node.inputs]
    del graph.tensors[node.outputs[0]]
    for layout in chain[:-1]:
        del graph.tensors[layout.outputs[0]]
    node.outputs = [name]
    graph.nodes = [n for n in graph.nodes if n not in chain]
    position = graph.nodes.index(node)
    graph.nodes[position:position] = made
    return True


def _alike(graph: Graph, names: list[str]) -> list[Node] | None:
    """The layout nodes that make ``names``, if they do the same to tensors of the same shape."""
    makers = [graph.producer(name) for name in names]
    found = [maker for maker in makers if maker is not None and maker.op in LAYOUT_OPS]
    if len(found) < len(names):
        return None
    first, *rest = found
    same = all((n.op, n.attrs) == (first.op, first.attrs) for n in rest)
    shapes = {graph.tensors[n.inputs[0]].shape for n in found}
    return found if same and len(shapes) == 1 else None


def _follow(graph: Graph, chain: list[Node], source: Tensor, beside: Node) -> tuple[str, list[Node]]:
    """Layout nodes as in ``chain`` on ``source``, of the phase of ``beside``: the last one's result, and the nodes."""
    made: list[Node] = []
    name = source.name
    kind = source.kind if source.kind in ("activation", "gradient") else "activation"
    for layout in chain:
        suffix = "T" if layout.op == "Transpose" else "reshape"
        shape = graph.tensors[layout.outputs[0]].shape
        output = graph.add(Tensor(fresh(graph, f"{name}.{suffix}"), shape, source.dtype, kind)).name
        node_name = fresh(graph, f"{output}.layout")
        made.append(Node(node_name, layout.op, [name], [output], dict(layout.attrs), beside.phase, beside.origin))
        name = output
    return name, made
