# SPDX-License-Identifier: Apache-2.0
"""Strategies by structure and by name: what ``STRATEGY`` may be beside the published ones.

full               every parameter
last:N             weights and biases of the last N layers (linear layers and convolutions)
bias               biases of layers and shifts of normalisations (BitFit)
norm               scales and shifts of normalisations
train:P,Q          the parameters whose names match one of the patterns, ``*`` and ``?`` as in a shell
freeze:P,Q         every parameter but those
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from traindeploy.errors import UserError
from traindeploy.ir import Graph, Node
from traindeploy.training.structure import find_layers, parameter_behind

MOST_NAMES = 20  # of an error's line


@dataclass(frozen=True)
class Selection:
    """``choose(graph, argument)`` names parameters; ``argument`` is what stands behind the colon, "" if nothing may."""

    choose: Callable[[Graph, str], list[str]]
    argument: str = ""


@dataclass(frozen=True)
class Weights:
    """The parameters of a linear layer or a convolution; ``node`` is its product."""

    node: Node
    weight: str
    bias: str | None


def parameters(graph: Graph) -> list[str]:
    """Every parameter that a node reads, in the order in which they are first read."""
    behind = (parameter_behind(graph, name) for node in graph.nodes for name in node.inputs)
    return list(dict.fromkeys(name for name in behind if name is not None))


def weighted(graph: Graph) -> list[Weights]:
    """Linear layers and convolutions by parameters, in graph order."""
    found = [Weights(layer.node, layer.weight, layer.bias) for layer in find_layers(graph)]
    for node in graph.nodes:
        weight = parameter_behind(graph, node.inputs[1]) if node.op == "Conv" else None
        if weight is not None:
            found.append(Weights(node, weight, _row_behind(graph, node)))
    position = {id(node): i for i, node in enumerate(graph.nodes)}
    return sorted(found, key=lambda layer: position[id(layer.node)])


def _row_behind(graph: Graph, conv: Node) -> str | None:
    """The bias that is added to what ``conv`` computes."""
    users = graph.consumers(conv.outputs[0])
    while len(users) == 1 and users[0].op == "Reshape":
        users = graph.consumers(users[0].outputs[0])
    return parameter_behind(graph, users[0].inputs[1]) if len(users) == 1 and users[0].op == "AddRow" else None


def _full(graph: Graph, _: str) -> list[str]:
    return parameters(graph)


def _last(graph: Graph, argument: str) -> list[str]:
    layers = weighted(graph)
    if not argument.isdecimal() or not 1 <= int(argument) <= len(layers):
        named = _some([layer.node.name for layer in layers])
        raise UserError(f"strategy 'last:{argument}': expected last:1 to last:{len(layers)}, the layers being {named}")
    return [name for layer in layers[-int(argument) :] for name in (layer.weight, layer.bias) if name]


def _norms(graph: Graph) -> list[tuple[str | None, str | None]]:
    """Scale and shift of every normalisation."""
    norms = [node for node in graph.nodes if node.op == "LayerNorm"]
    return [(parameter_behind(graph, node.inputs[1]), parameter_behind(graph, node.inputs[2])) for node in norms]


def _bias(graph: Graph, _: str) -> list[str]:
    return [name for name in (*(w.bias for w in weighted(graph)), *(shift for _, shift in _norms(graph))) if name]


def _norm(graph: Graph, _: str) -> list[str]:
    return [name for norm in _norms(graph) for name in norm if name]


def _train(graph: Graph, argument: str) -> list[str]:
    names, chosen = parameters(graph), set()
    for pattern in argument.split(","):
        matching = [name for name in names if fnmatchcase(name, pattern)]
        if not matching:
            near = difflib.get_close_matches(pattern, names, 1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            raise UserError(
                f"pattern '{pattern}' matches no parameter of model '{graph.name}': {hint}they are {_some(names)}"
            )
        chosen.update(matching)
    return [name for name in names if name in chosen]


def _freeze(graph: Graph, argument: str) -> list[str]:
    frozen = set(_train(graph, argument))
    return [name for name in parameters(graph) if name not in frozen]


SELECTIONS: dict[str, Selection] = {
    "full": Selection(_full),
    "last": Selection(_last, "N"),
    "bias": Selection(_bias),
    "norm": Selection(_norm),
    "train": Selection(_train, "PATTERNS"),
    "freeze": Selection(_freeze, "PATTERNS"),
}


def spelled() -> list[str]:
    """How each is written: ``full``, ``last:N``, ..."""
    return [f"{word}:{s.argument}" if s.argument else word for word, s in SELECTIONS.items()]


def is_selection(strategy: str) -> bool:
    """Whether ``strategy`` is written as one of them; what stands behind the colon is seen with the model."""
    word, colon, argument = strategy.partition(":")
    return word in SELECTIONS and bool(SELECTIONS[word].argument) == bool(colon and argument)


def select(graph: Graph, strategy: str) -> list[str]:
    """The parameters that ``strategy`` trains. UserError if there are none."""
    word, _, argument = strategy.partition(":")
    chosen = list(dict.fromkeys(SELECTIONS[word].choose(graph, argument)))
    if not chosen:
        raise UserError(
            f"strategy '{strategy}' finds nothing to train in model '{graph.name}', whose parameters are "
            f"{_some(parameters(graph))}; choose another strategy"
        )
    return chosen


def _some(names: list[str]) -> str:
    """The names, as far as a line should hold them."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return (", ".join(names[:MOST_NAMES]) or "none") + more
