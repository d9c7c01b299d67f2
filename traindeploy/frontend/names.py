# SPDX-License-Identifier: Apache-2.0
"""Where a name of the user's file becomes a name of ours: the one place, before anything else reads the model.

Names of ours consist of a few safe characters (``records.names``), are not too long, and none is given twice, so that a
C comment, a terminal, a shell, an archive or a page shows them as they are. A name that is so already stays; others are
changed as little as it takes. What the compiler makes beside them (``w.grad``, ``label``) avoids all of them:
``Graph.reserved``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import onnx

from traindeploy.errors import UserError
from traindeploy.records.names import safe_name


class _Names:
    """Names of one kind, originals to ours; ``keeping`` are those that get their own if it is safe."""

    def __init__(self, keeping: Iterable[str]) -> None:
        self.ours = {name: name for name in keeping if name and safe_name(name) == name}
        self.used = set(self.ours)

    def unique(self, wanted: str) -> str:
        """``wanted`` made safe, numbered if it is used."""
        safe = safe_name(wanted)
        candidate, count = safe, 1
        while candidate in self.used:
            count += 1
            candidate = f"{safe}#{count}"
        self.used.add(candidate)
        return candidate

    def of(self, original: str) -> str:
        """Ours for ``original``: one name, one of ours; none for "", which stands for what is not there."""
        if original and original not in self.ours:
            self.ours[original] = self.unique(original)
        return self.ours.get(original, "")


def rename(model: onnx.ModelProto) -> dict[str, str]:
    """Give all tensors and nodes of ``model``, subgraphs included, names of ours, in place.

    A node without a name gets its operator's and its first output's; of nodes with one name the later ones are
    numbered. Returns ours -> the file's, where they differ.
    """
    graphs = list(_graphs(model.graph))
    originals: dict[str, str] = {}
    for graph in graphs:
        _each_tensor(graph, lambda name: originals.setdefault(name, name))
    tensors = _Names(originals)
    for graph in graphs:
        _each_tensor(graph, tensors.of)
    changed = {ours: original for original, ours in tensors.ours.items() if ours != original}
    return changed | _rename_nodes([node for graph in graphs for node in graph.node])


@contextmanager
def explaining(renamed: Mapping[str, str]) -> Iterator[None]:
    """Let a UserError from within also say what the file calls the first name in it that ``renamed`` leads from."""
    try:
        yield
    except UserError as error:
        named = next((ours for ours in renamed if f"'{ours}'" in str(error)), None)
        if named is None:
            raise
        raise UserError(f"{error} ('{named}' is called {renamed[named]!r} in the file)") from None


def _rename_nodes(nodes: list[onnx.NodeProto]) -> dict[str, str]:
    names = _Names(node.name for node in nodes)
    changed: dict[str, str] = {}
    met: set[str] = set()
    for node in nodes:
        original = node.name
        if original not in names.ours or original in met:
            node.name = names.unique(original or f"{node.op_type}:{next(iter(node.output), '')}")
            changed |= {node.name: original} if original else {}
        met.add(original)
    return changed


def _each_tensor(graph: onnx.GraphProto, ours: Callable[[str], str]) -> None:
    """Let every name of a tensor in ``graph`` be what ``ours`` makes of it."""
    for named in (*graph.input, *graph.output, *graph.initializer, *graph.value_info):
        named.name = ours(named.name)
    for sparse in graph.sparse_initializer:
        sparse.values.name = ours(sparse.values.name)
    for annotation in graph.quantization_annotation:
        annotation.tensor_name = ours(annotation.tensor_name)
        for parameter in annotation.quant_parameter_tensor_names:
            parameter.value = ours(parameter.value)
    for node in graph.node:
        node.input[:] = [ours(name) for name in node.input]
        node.output[:] = [ours(name) for name in node.output]


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """``graph`` and the bodies of its control flow."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            bodies: Iterable[onnx.GraphProto] = (
                *((attribute.g,) if attribute.HasField("g") else ()),
                *attribute.graphs,
            )
            for body in bodies:
                yield from _graphs(body)
