# SPDX-License-Identifier: Apache-2.0
"""One training from options to record, page and models."""

import fcntl
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import onnx
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from golden.forward import Forward, loss_node
from golden.rounding_noise import limits
from traindeploy.app.checks.model import logits_of
from traindeploy.app.prove import prove
from traindeploy.app.run_folder import scratch_folder
from traindeploy.app.train_options import TrainOptions
from traindeploy.errors import UserError
from traindeploy.frontend import load_model, model_file
from traindeploy.platform import configuration
from traindeploy.platform.paths import BUILD
from traindeploy.records import serial
from traindeploy.records.case import Kind, artefacts
from traindeploy.records.provenance import collect
from traindeploy.records.self_check import SelfCheck, at_most
from traindeploy.records.training import Arithmetic, Epoch, ProvenStep, TrainingRecord
from traindeploy.records.verdict import Verdict
from traindeploy.report.console import terminal
from traindeploy.report.page import write
from traindeploy.report.text import plain, self_check_line, shown_path
from traindeploy.report.training import render
from traindeploy.train import checkpoint, proof
from traindeploy.train.checkpoint import Progress as Trained
from traindeploy.train.checkpoint import State
from traindeploy.train.export import exported
from traindeploy.train.loop import Job, train
from traindeploy.train.machines import forward_nodes, host_machine
from traindeploy.train.samples import choose
from traindeploy.training import build_step

CHECKPOINT, RECORD, PAGE, LAST, BEST = "checkpoint.npz", "record.json", "report.html", "last.onnx", "best.onnx"
COMPARED = 3  # validation samples on which a model that was written is compared


def run_training(options: TrainOptions, console: Console | None = None) -> TrainingRecord:
    """Do what ``options`` say in ``build/train/<name>``; a training that was interrupted goes on.

    UserError: bad input, a damaged checkpoint, a loss that is no number; what is there is left as it is.
    """
    console = console or terminal()
    began = time.monotonic()
    graph = build_step(load_model(options.model, options.seed), options.training)
    training, validation = choose(options.configuration, graph)
    machine, arithmetic, note = host_machine(graph)
    if note:
        console.print("note:", plain(note), highlight=False)
    with _folder(BUILD / "train" / options.name) as folder:
        if options.fresh:
            for path in (folder / "proof").glob("*.npz"):
                path.unlink()
        with _Live(console, options.epochs * len(training)) as live:
            job = Job(
                options.configuration, graph, machine, training, validation, folder / CHECKPOINT, options.checkpoint,
                options.prove, live.watch,
            )  # fmt: skip
            state = train(job, fresh=options.fresh)
        checks = [_written(options, job, name, weights, folder) for name, weights in _models(state)]
        record = _record(options, job, state, arithmetic, checks, _proven(options, job, console), folder)
        record = replace(record, seconds=round(time.monotonic() - began, 2))
        serial.write(record, folder / RECORD)
        write(render(record), folder / PAGE)
    _show(console, record, folder)
    return record


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """The training's folder, for one at a time. UserError if another process trains there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UserError(f"{path}: a file, but a training is written there: move it") from None
    lock = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path
    except BlockingIOError:
        raise UserError(f"{path}: another process trains there: wait for it, or choose another SEED") from None
    finally:
        os.close(lock)


class _Live:
    """The live line: steps, loss, time left; and a line for each epoch."""

    def __init__(self, console: Console, steps: int) -> None:
        self.console, self.told = console, 0
        self.progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
            console=console, transient=True,
        )  # fmt: skip
        self.task = self.progress.add_task("training", total=steps)

    def __enter__(self) -> "_Live":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def watch(self, trained: Trained) -> None:
        loss = f", loss {trained.loss / trained.done:.4f}" if trained.done else ""
        text = f"epoch {trained.epoch}{loss}"
        self.progress.update(self.task, completed=trained.steps, description=text)
        if len(trained.epochs) > self.told:
            if not self.told:
                self.console.print(epoch_line(trained.start), highlight=False)
            for one in trained.epochs[self.told :]:
                self.console.print(epoch_line(one), highlight=False)
            self.told = len(trained.epochs)


def epoch_line(one: Epoch) -> str:
    """An epoch in a line."""
    found = f"validation loss {one.validation_loss:.4f}{_accuracy(one.validation_accuracy)}"
    if not one.steps:
        return f"before any step: {found}"
    return f"epoch {one.epoch}: loss {one.loss:.4f}{_accuracy(one.accuracy)}; {found}; {one.seconds:.1f} s"


def _accuracy(share: float) -> str:
    """Nothing of a loss that has no classes."""
    return "" if math.isnan(share) else f", accuracy {share:.1%}"


def _models(state: State) -> list[tuple[str, checkpoint.Weights]]:
    return [(LAST, state.now), (BEST, state.best)]


def _written(options: TrainOptions, job: Job, name: str, weights: checkpoint.Weights, folder: Path) -> SelfCheck:
    """Write a model; onnxruntime on it, the machine model and the float64 model of the training graph must agree."""
    file = exported(model_file(options.model, options.seed), options.model, options.training, weights)
    partial = folder / f".{name}.part"
    onnx.save(file, str(partial))
    partial.replace(folder / name)
    file = onnx.load(str(folder / name))
    for key, value in weights.items():
        job.machine.put(key, value)
    logits, image = loss_node(job.graph).inputs[0], job.training.dataset.image.name
    worst = (0.0, 1.0)
    for place in range(min(COMPARED, len(job.validation))):
        sample = job.validation.sample(place) | job.numbers(1)
        forward = Forward(job.graph, {**sample, **weights})
        limit = limits(forward, [logits])[logits]
        job.machine.forward(sample, forward_nodes(job.graph))
        exact = forward.values[logits].reshape(-1)
        others = (job.machine.value(logits).reshape(-1), logits_of(file, sample[image], options.loss))
        for other in others:
            error = float(np.max(np.abs(other - exact))) if other.shape == exact.shape else math.inf
            if not error * worst[1] < worst[0] * limit:  # a NaN counts as the worst
                worst = (error, limit)
    text = "largest difference of a logit of onnxruntime on this file, or of the machine model, to the float64 model"
    return at_most(f"{name} against onnxruntime", "model", *worst, "", text)


def _proven(options: TrainOptions, job: Job, console: Console) -> tuple[ProvenStep, ...]:
    if not options.prove:
        return ()
    steps = proof.read_all(job.proof)
    with scratch_folder(BUILD, "prove") as folder, console.status("proving") as status:
        found = []
        for one in prove(
            job.graph, steps, options.engine, configuration(options.config), folder / "run",
            lambda step: status.update(f"step {step} on the RTL"),
        ):  # fmt: skip
            word = "equal in every bit" if one.verdict is Verdict.PASSED else f"NOT EQUAL: {one.failure}"
            console.print(plain(f"step {one.step} on the RTL: {one.tensors} tensors, {word}"))
            found.append(one)
    return tuple(found)


def _record(
    options: TrainOptions, job: Job, state: State, arithmetic: Arithmetic, checks: list[SelfCheck],
    proven: tuple[ProvenStep, ...], folder: Path,
) -> TrainingRecord:  # fmt: skip
    done = state.progress
    failed = [self_check_line(check) for check in checks if not check.passed]
    failed += [f"step {one.step} on the RTL: {one.failure}" for one in proven if one.verdict is not Verdict.PASSED]
    ended = [done.ended] if len(done.epochs) < options.epochs else []
    return TrainingRecord(
        verdict=Verdict.FAILED if failed else Verdict.PASSED,
        failure=failed[0] if failed else "",
        detail="\n".join(failed[1:]),
        kind=Kind.RUN,
        test="train",
        seed=options.seed,
        configuration={k: v for k, v in asdict(options.configuration).items() if k != "seed"},
        artefacts=artefacts(folder, (LAST, BEST)),
        logs=artefacts(folder, (CHECKPOINT,)),
        command=options.command,
        provenance=collect(),
        start=done.start,
        epochs=done.epochs,
        steps=done.steps,
        trained={name: tensor.size for name, tensor in job.graph.tensors.items() if tensor.trainable},
        training_samples=len(job.training),
        validation_samples=len(job.validation),
        weights=checkpoint.digest(state.now),
        losses=done.losses,
        arithmetic=arithmetic,
        steps_per_second=done.steps / done.seconds if done.seconds else 0.0,
        self_checks=tuple(checks),
        proven=proven,
        notes=(*job.graph.notes, *ended),
    )


def _show(console: Console, record: TrainingRecord, folder: Path) -> None:
    for line in (
        f"{record.steps:,} steps, {record.steps_per_second:.0f} a second with validation, in {record.arithmetic} code",
        f"best: epoch {record.best}",
        f"weights {record.weights[:16]}, losses {record.losses[:16]}",
        f"models: {shown_path(folder / LAST)}, {shown_path(folder / BEST)}",
        f"report: {shown_path(folder / PAGE)}",
    ):
        console.print(plain(line), soft_wrap=True)
    if not record.passed:
        console.print(f"[bold red]FAILED[/]: {record.failure_text}", highlight=False)
