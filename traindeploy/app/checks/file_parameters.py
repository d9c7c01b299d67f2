# SPDX-License-Identifier: Apache-2.0
"""What strategies by structure and by name train, as it follows from an ONNX file.

``full``: weights and biases of linear layers and convolutions, scales and shifts of normalisations, and whatever other
constants the model computes with. ``last:N``: the last N of those layers. ``bias``, ``norm``: biases and shifts, scales
and shifts. ``train:``, ``freeze:``: the weights of the file that a pattern names, or all but those.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

import onnx

from traindeploy.app.checks.file_layers import FileLayers

STRUCTURAL = ("full", "last", "bias", "norm", "train", "freeze")


@dataclass(frozen=True)
class Names:
    """Constants of the file that must be trained, and that may be."""

    must: list[str]
    may: list[str]


def wanted_names(found: FileLayers, strategy: str) -> Names:
    """ValueError if the file lacks what ``strategy`` needs."""
    word, _, argument = strategy.partition(":")
    layers = [*_layers(found)]
    norms = [found.inputs(n)[1:3] for n in found.nodes if n.op_type == "LayerNormalization"]
    known = [name for parts in (*layers, *norms) for name in parts]
    others = [name for name in found.values if name in found.constant and name not in known]
    if word == "full":
        return Names(known, others)
    if word == "last":
        return Names([name for parts in layers[-int(argument) :] for name in parts], [])
    if word == "bias":
        return Names([parts[-1] for parts in (*layers, *norms) if len(parts) > 1], [])
    if word == "norm":
        return Names([name for parts in norms for name in parts], [])
    patterns = argument.split(",")
    matching = {name for name in found.values if any(fnmatchcase(name, pattern) for pattern in patterns)}
    if word == "train":
        return Names([n for n in known if n in matching], [n for n in others if n in matching])
    return Names([n for n in known if n not in matching], [n for n in others if n not in matching])


def _layers(found: FileLayers) -> list[list[str]]:
    """Weight and, if there is one, bias of every linear layer and convolution, in the order of the nodes."""
    linear = {id(layer.node): [n for n in (layer.weight, layer.bias) if n] for layer in found.layers}
    convolutions = [n for n in found.nodes if n.op_type == "Conv" and found.inputs(n)[1] in found.constant]
    both = linear | {id(node): _convolution(found, node) for node in convolutions}
    return [both[id(node)] for node in found.nodes if id(node) in both]


def _convolution(found: FileLayers, node: onnx.NodeProto) -> list[str]:
    _, weight, *bias = found.inputs(node)
    readers = [n for n in found.nodes if node.output[0] in found.inputs(n)]
    if not bias and len(readers) == 1 and readers[0].op_type == "Add":
        filters = found.values[weight].shape[0]
        rest = [n for n in found.inputs(readers[0]) if n in found.constant]
        bias = [n for n in rest if found.values[n].size == filters and found.values[n].shape[-3:-2] == (filters,)]
    return [weight, *bias[:1]]
