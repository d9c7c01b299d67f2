# SPDX-License-Identifier: Apache-2.0
"""What the parts of the compiler hand to each other: the graph of a training step, and the program made from it.

``graph`` (tensors, nodes, views, the rules that hold between passes), ``emit`` (appends nodes), ``views`` (layout nodes
become strided views, with ``layout`` and ``storage_order``), ``region`` (boxes of a tensor's storage), ``program``
(slots on placed buffers), ``text`` (both, readable).
"""

from traindeploy.ir.graph import Graph, Kind, Node, Phase, Tensor, View, strided

__all__ = ["Graph", "Kind", "Node", "Phase", "Tensor", "View", "strided"]
