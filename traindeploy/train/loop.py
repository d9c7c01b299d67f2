# SPDX-License-Identifier: Apache-2.0
"""The training itself: steps, epochs, validation, checkpoints. What it computes depends on nothing but its inputs."""

import hashlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from golden.forward import loss_node
from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.ops import replacements
from traindeploy.records.training import Epoch, TrainingConfiguration
from traindeploy.train import checkpoint, proof
from traindeploy.train.checkpoint import Progress, State, Weights
from traindeploy.train.machines import Machine, forward_nodes
from traindeploy.train.proof import keep, kept_step
from traindeploy.train.samples import Part, order_of, updates_of
from traindeploy.training.rates import feeds

Watch = Callable[[Progress], None]


@dataclass(frozen=True)
class Job:
    """What is trained by whom on what; ``every`` so many steps, and after each epoch, the state is written to ``path``.

    ``prove`` steps, and the last one of each epoch until the next, are kept in the folder proof/ beside it.
    ``watch`` is told of each step's progress.
    """

    wanted: TrainingConfiguration
    graph: Graph
    machine: Machine
    training: Part
    validation: Part
    path: Path
    every: int
    prove: int = 0
    watch: Watch = lambda _progress: None

    def numbers(self, step: int) -> dict[str, np.ndarray]:
        """What the optimizer is given in ``step``, by the names of the graph's inputs."""
        return feeds(self.graph, updates_of(self.wanted, self.wanted.epochs * len(self.training)), step)

    @property
    def proof(self) -> Path:
        """Where steps are kept that will be proven."""
        return self.path.parent / "proof"

    @property
    def carried(self) -> list[str]:
        """Parameters and states that steps replace."""
        return sorted(set(replacements(self.graph).values()))

    @property
    def inputs(self) -> str:
        """A digest of what training begins with."""
        tensors = self.graph.tensors.items()
        given = {name: tensor.data for name, tensor in tensors if tensor.data is not None}
        for name, part in (("training", self.training), ("validation", self.validation)):
            given |= {f"{name} {key}": array for key, array in part.arrays.items()}
        nodes = "\n".join(
            f"{node.op} {node.inputs} {node.outputs} {sorted(node.attrs.items())}" for node in self.graph.nodes
        )
        return hashlib.sha256(f"{checkpoint.digest(given)}\n{nodes}".encode("utf-8", "backslashreplace")).hexdigest()

    def right(self, sample: Mapping[str, np.ndarray]) -> bool:
        """Whether the machine's largest output is that of the sample's class; of targets nothing is right."""
        output, label = loss_node(self.graph).inputs[:2]
        return self._classes and int(np.argmax(self.machine.value(output))) == int(sample[label][0])

    def accuracy(self, right: int, count: int) -> float:
        """The share of ``count`` samples; NaN where the loss has no classes."""
        return right / count if self._classes else math.nan

    @property
    def _classes(self) -> bool:
        return self.graph.tensors[loss_node(self.graph).inputs[1]].dtype == "int32"

    def weights(self) -> Weights:
        """A copy of what steps replace."""
        return {name: self.machine.value(name).copy() for name in self.carried}


def train(job: Job, *, fresh: bool = False) -> State:
    """Train from the checkpoint at ``job.path``, if there is one and not ``fresh``, to the end.

    UserError if the checkpoint is of other inputs or damaged, lacks steps that are to be proven, or if the loss is no
    number any more.
    """
    state = None if fresh else checkpoint.read(job.path)
    if state is None:
        state = State(Progress(configuration=job.wanted, inputs=job.inputs, start=_validated(job, 0, 0)), job.weights())
        state.best = state.now
        checkpoint.write(state, job.path)
    elif state.progress.inputs != job.inputs or state.progress.configuration != job.wanted:
        raise UserError(f"{job.path}: of another model, other data or options: begin anew with FRESH=1")
    elif unkept := _unkept(job, state.progress):
        raise UserError(
            f"PROVE={job.prove}: {job.path} has gone past step {unkept[0]}, which was not kept to be proven: "
            "begin anew with FRESH=1, or leave PROVE away"
        )
    for name, value in state.now.items():
        job.machine.put(name, value)
    while not state.progress.ended:
        _one_epoch(job, state)
    return state


def _unkept(job: Job, progress: Progress) -> list[int]:
    """The steps of ``progress`` that should be proven and cannot be, since they were trained without their number."""
    wanted = proof.chosen(job.prove, job.wanted.epochs * len(job.training), job.wanted.seed)
    due = {number for number in wanted if number <= progress.steps}
    if progress.ended and job.prove > 1:
        due.add(progress.steps)
    return sorted(due - {kept.step for kept in proof.read_all(job.proof)})


def _one_epoch(job: Job, state: State) -> None:
    """From where ``state`` is to the end of its epoch."""
    began, before = time.monotonic(), state.progress.seconds
    progress = state.progress
    order = order_of(progress.epoch, len(job.training), job.wanted.seed)
    chosen = proof.chosen(job.prove, job.wanted.epochs * len(order), job.wanted.seed)
    loss_name = loss_node(job.graph).outputs[0]
    for place in range(progress.done, len(order)):
        sample = job.training.sample(int(order[place])) | job.numbers(progress.steps + 1)
        number, last = progress.steps + 1, place + 1 == len(order)
        kept = number in chosen or (last and job.prove > 1)
        weights = job.weights() if kept else {}
        job.machine.step(sample)
        if kept:
            keep(kept_step(number, weights, sample, job.weights()), job.proof, last=number not in chosen)
            if last and number in chosen:  # no other one is the last then
                (job.proof / proof.LAST).unlink(missing_ok=True)
        loss = job.machine.value(loss_name)
        right = job.right(sample)
        progress = _after(progress, loss, right, before + time.monotonic() - began)
        if not math.isfinite(progress.loss):
            raise UserError(
                f"training diverged: the loss of step {progress.steps} is {float(loss[0])}: give a smaller LR"
            )
        job.watch(progress)
        if job.every and progress.steps % job.every == 0 and progress.done < len(order):
            state.progress, state.now = progress, job.weights()
            checkpoint.write(state, job.path)
    _close(job, state, progress, began)


def _after(progress: Progress, loss: np.ndarray, right: bool, seconds: float) -> Progress:
    chained = hashlib.sha256(bytes.fromhex(progress.losses) + np.float32(loss[0]).tobytes()).hexdigest()
    return replace(
        progress, done=progress.done + 1, steps=progress.steps + 1, loss=progress.loss + float(loss[0]),
        correct=progress.correct + right, losses=chained, seconds=seconds,
    )  # fmt: skip


def _close(job: Job, state: State, progress: Progress, began: float) -> None:
    """Validate, remember the best, decide whether that was the last epoch, and write the state."""
    count, spent = progress.done, sum(one.seconds for one in progress.epochs)
    before = state.progress.seconds
    found = _validated(job, progress.epoch, progress.steps)
    seconds = before + time.monotonic() - began
    accuracy = job.accuracy(progress.correct, count)
    found = replace(found, loss=progress.loss / count, accuracy=accuracy, seconds=seconds - spent)
    earlier = [progress.start, *progress.epochs]
    state.now = job.weights()
    if found.validation_loss < min(one.validation_loss for one in earlier):
        state.best = state.now
    epochs = (*progress.epochs, found)
    state.progress = replace(
        progress, epochs=epochs, epoch=progress.epoch + 1, done=0, loss=0.0, correct=0, seconds=seconds,
        ended=_end(job.wanted, progress.start, epochs),
    )  # fmt: skip
    checkpoint.write(state, job.path)
    job.watch(state.progress)


def _end(wanted: TrainingConfiguration, start: Epoch, epochs: tuple[Epoch, ...]) -> str:
    """Why training ends behind the last of ``epochs``; empty: it does not."""
    best = min((start, *epochs), key=lambda one: one.validation_loss).epoch
    if wanted.patience and len(epochs) - best >= wanted.patience and len(epochs) < wanted.epochs:
        return f"stopped after epoch {len(epochs)}: no better validation loss since epoch {best}"
    return "all epochs were trained" if len(epochs) == wanted.epochs else ""


def _validated(job: Job, epoch: int, steps: int) -> Epoch:
    nodes = forward_nodes(job.graph)
    loss_name = loss_node(job.graph).outputs[0]
    total, right = 0.0, 0
    for place in range(len(job.validation)):
        sample = job.validation.sample(place) | job.numbers(1)
        job.machine.forward(sample, nodes)
        total += float(job.machine.value(loss_name)[0])
        right += job.right(sample)
    count = len(job.validation)
    return Epoch(
        epoch=epoch, steps=steps, loss=math.nan, accuracy=math.nan, validation_loss=total / count,
        validation_accuracy=job.accuracy(right, count),
    )  # fmt: skip
