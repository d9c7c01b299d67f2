# SPDX-License-Identifier: Apache-2.0
"""Rewrites of the forward graph that keep every value and save work."""

from traindeploy.ir import Graph


def pool_before_relu(graph: Graph) -> None:
    """MaxPool(Relu(x)) -> Relu(MaxPool(x)), in place, where nothing else reads the Relu.

    Relu is monotone, so the maximum commutes with it, to the bit; after the pooling it has fewer elements to visit.
    """
    for pool in [n for n in graph.nodes if n.op == "MaxPool"]:
        relu = graph.producer(pool.inputs[0])
        if relu is None or relu.op != "Relu" or len(graph.consumers(relu.outputs[0])) > 1:
            continue
        pooled, positive = pool.outputs[0], relu.outputs[0]
        if positive in graph.outputs:
            continue
        for node in graph.nodes:
            node.inputs = [positive if i == pooled else i for i in node.inputs]
        graph.outputs = [positive if o == pooled else o for o in graph.outputs]
        pool.inputs, relu.inputs = list(relu.inputs), [pooled]
        graph.tensors[positive].shape = graph.tensors[pooled].shape
        first, second = graph.nodes.index(relu), graph.nodes.index(pool)
        graph.nodes[first], graph.nodes[second] = pool, relu
