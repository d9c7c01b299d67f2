# SPDX-License-Identifier: Apache-2.0
"""Forward graph + strategy -> one static graph of the whole training step: ``PASSES``, in the order they run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from traindeploy.ir import Graph
from traindeploy.ops.legality import check_graph
from traindeploy.records.run import LoraB, RunConfiguration
from traindeploy.training.autodiff import differentiate
from traindeploy.training.commute import fold_layouts
from traindeploy.training.fuse import fuse_sums
from traindeploy.training.loss import Loss, append_loss
from traindeploy.training.step import Clipping, append_updates, name_gradients, place_updates
from traindeploy.training.strategies import select_trainable

Watch = Callable[[str, Graph], None]


@dataclass(frozen=True)
class Training:
    """What the step trains and how; defaults are those of a run.

    ``lora_alpha`` / ``lora_rank`` scales the adapters, whose B starts at zero, as real training does, or at random
    values (``lora_b``): from zero the first gradient of A is zero, and shows nothing. ``learning_rate`` is that of
    ``optimizer``, an operator of the catalogue's family of that name, and ``numbers`` are its other attributes (what it
    lacks takes the attribute's default). Of ``batch`` steps the gradients are summed, and the last one updates.
    ``clipping`` limits gradients, of a batch their mean.
    """

    strategy: str
    lora_rank: int = RunConfiguration.lora_rank
    lora_alpha: float = RunConfiguration.lora_alpha
    lora_b: LoraB = RunConfiguration.lora_b
    learning_rate: float = RunConfiguration.learning_rate
    optimizer: str = "Sgd"
    seed: int = RunConfiguration.seed
    numbers: Mapping[str, float] = field(default_factory=dict)
    batch: int = 1
    clipping: Clipping = field(default_factory=Clipping)
    loss: Loss = field(default_factory=Loss)


def select(graph: Graph, training: Training) -> None:
    """Mark what ``training`` trains; its adapters, random from its seed, are injected."""
    random = np.random.default_rng([training.seed, 1])  # not the weights' stream
    zero_b = training.lora_b == "zero"
    select_trainable(graph, training.strategy, training.lora_rank, training.lora_alpha, random, zero_b=zero_b)


def _append_backward(graph: Graph, training: Training) -> None:
    numbers = {"lr": training.learning_rate, **training.numbers}
    append_updates(graph, differentiate(graph), training.optimizer, numbers, training.batch, training.clipping)


PASSES: tuple[tuple[str, Callable[[Graph, Training], None]], ...] = (
    ("select trainable", select),
    ("append loss", lambda graph, training: append_loss(graph, training.loss)),
    ("append backward and update", _append_backward),
    ("fuse sums", lambda graph, _: fuse_sums(graph)),
    ("fold views", lambda graph, _: fold_layouts(graph)),
    ("place updates", lambda graph, _: place_updates(graph)),
    ("name gradients", lambda graph, _: name_gradients(graph)),
)
DERIVING = ("select trainable", "append loss", "append backward and update", "name gradients")


def build_step(graph: Graph, training: Training, watch: Watch = lambda _name, _graph: None) -> Graph:
    """The step of forward ``graph`` under ``training``: forward, backward and update; ``graph`` itself is changed.

    Inputs are the image, and the int32 label [1] or float32 targets; outputs the loss and the updated parameters
    ``<name>.new``.
    ``watch(pass, graph)`` sees the graph behind each pass, when it is legal. UserError for a bad model or option.
    """
    check_graph(graph)
    for name, apply in PASSES:
        apply(graph, training)
        check_graph(graph)
        watch(name, graph)
    graph.name = f"{graph.name}-{training.strategy}"
    return graph


def derive_step(graph: Graph, training: Training) -> Graph:
    """As ``build_step``, but with nothing folded, fused or moved: the step as the mathematics have it."""
    check_graph(graph)
    for name, apply in PASSES:
        if name in DERIVING:
            apply(graph, training)
            check_graph(graph)
    graph.name = f"{graph.name}-{training.strategy}"
    return graph


def trainable_parameters(graph: Graph) -> int:
    """The number of elements that the step updates."""
    return sum(t.size for t in graph.tensors.values() if t.trainable)
