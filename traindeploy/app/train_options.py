# SPDX-License-Identifier: Apache-2.0
"""What ``traindeploy train`` is asked to do, and how each option is spelled on the command line and for make."""

import hashlib
import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any, TypeVar

import click

from traindeploy.app.options import ENGINES, clipping, file_label, loss_of, plain_name
from traindeploy.app.spelling import SPELLINGS, ConfigurationType, Spelling, from_make
from traindeploy.records import serial
from traindeploy.records.program import Engine
from traindeploy.records.training import TrainingConfiguration
from traindeploy.train.samples import updates_of
from traindeploy.training import Training

R = TypeVar("R")
SHORT = {"learning_rate": "lr"}


@dataclass(frozen=True)
class TrainOptions(TrainingConfiguration):
    """A training's configuration, and what is done beside it."""

    prove: Annotated[int, "steps, drawn by the seed, that are run again on the RTL, the first and last among them"] = 0
    engine: Annotated[Engine, "of the proof: where matrix products run"] = "redmule"
    config: Annotated[str, "of the proof: hardware configuration"] = "paper"
    checkpoint: Annotated[int, "steps from one checkpoint to the next; 0: only after each epoch"] = 500
    fresh: Annotated[bool, "begin anew, whatever checkpoint is there"] = False

    @property
    def training(self) -> Training:
        """The part that the compiler's training passes need."""
        return Training(
            self.strategy, lora_rank=self.lora_rank, lora_alpha=self.lora_alpha, learning_rate=self.learning_rate,
            optimizer=updates_of(self, 1).operator, seed=self.seed, numbers=updates_of(self, 1).attributes,
            batch=self.batch, clipping=clipping(self.clip_value, self.clip_norm), loss=loss_of(self),
        )  # fmt: skip

    @property
    def configuration(self) -> TrainingConfiguration:
        """What the bits depend on."""
        return TrainingConfiguration(**{f.name: getattr(self, f.name) for f in fields(TrainingConfiguration)})

    @property
    def name(self) -> str:
        """The folder in build/train/: model, strategy and seed, and a digest of the whole configuration."""
        text = json.dumps(serial.plain(self.configuration), sort_keys=True)
        label = file_label(self.model) if self.model.endswith(".onnx") else plain_name(self.model)
        return f"{label}-{self.strategy}-seed{self.seed}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"

    @property
    def command(self) -> str:
        """The command line that repeats this training, quoted for a shell."""
        defaults = TrainOptions()
        changed = [f for f in fields(self) if getattr(self, f.name) != getattr(defaults, f.name) and f.name != "fresh"]
        return shlex.join(["make", "train", *(f"{variable(f.name)}={getattr(self, f.name)}" for f in changed)])


TRAIN_SPELLINGS = {
    **{f.name: SPELLINGS[f.name] for f in fields(TrainingConfiguration) if f.name in SPELLINGS},
    "validation": Spelling("as `DATA`", str, metavar="FILE|DIR", default="a fifth of the data"),
    "samples": Spelling("0 or more", click.IntRange(0)),
    "epochs": Spelling("1 or more", click.IntRange(1)),
    "batch": Spelling("1 or more; what is left of the samples is not trained on", click.IntRange(1)),
    "patience": Spelling("0 or more", click.IntRange(0)),
    "prove": Spelling("0 or more", click.IntRange(0)),
    "engine": Spelling("`redmule` or `cores`", click.Choice(list(ENGINES))),
    "config": Spelling("`paper`, `compact`, or a file as of `make sim`", ConfigurationType()),
    "checkpoint": Spelling("0 or more", click.IntRange(0)),
    "fresh": Spelling("`1`", bool),
}


def variable(name: str) -> str:
    """``LORA_RANK``, as ``make train`` takes it."""
    return SHORT.get(name, name).upper()


VARIABLES = tuple(variable(f.name) for f in fields(TrainOptions))


def train_options(command: Callable[..., R]) -> Callable[..., R]:
    """Decorate ``command`` with an option for every field of ``TrainOptions``."""
    for field in reversed(fields(TrainOptions)):
        spelling = TRAIN_SPELLINGS[field.name]
        (meaning,) = serial.notes(serial.hints(TrainOptions)[field.name])
        flag = f"--{SHORT.get(field.name, field.name).replace('_', '-')}"
        command = click.option(
            flag,
            field.name,
            default=field.default,
            show_default=spelling.default or True,
            type=spelling.type,
            metavar=spelling.metavar or None,
            is_flag=field.default is False,
            envvar=from_make(variable(field.name)),
            help=f"{meaning[:1].upper()}{meaning[1:]}.",
        )(command)
    return command


def table() -> str:
    """The guide's table of options."""
    hints: dict[str, Any] = serial.hints(TrainOptions)
    lines = ["| variable of `make train` | meaning | values | default |", "|---|---|---|---|"]
    for field in fields(TrainOptions):
        spelling = TRAIN_SPELLINGS[field.name]
        (meaning,) = serial.notes(hints[field.name])
        default = spelling.default or f"`{int(field.default) if field.default is False else field.default}`"
        lines.append(f"| `{variable(field.name)}` | {meaning} | {spelling.values} | {default} |")
    return "\n".join([*lines, ""])
