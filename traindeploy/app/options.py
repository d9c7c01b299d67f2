# SPDX-License-Identifier: Apache-2.0
"""What a run is asked to do: the variables of ``make sim`` and the options of ``traindeploy sim``."""

import hashlib
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, ClassVar, get_args

from traindeploy.errors import UserError
from traindeploy.platform.configuration_file import SUFFIX
from traindeploy.records.case import Scalar
from traindeploy.records.program import AskedForm, Engine, Weights
from traindeploy.records.run import LoraB, LossName, RunConfiguration
from traindeploy.records.training import TrainingConfiguration
from traindeploy.training import Training
from traindeploy.training.loss import Loss
from traindeploy.training.rates import Updates
from traindeploy.training.step import Clipping

ENGINES: tuple[Engine, ...] = get_args(Engine)
LORA_B: tuple[LoraB, ...] = get_args(LoraB)
LOSSES: tuple[LossName, ...] = get_args(LossName)
ARITHMETICS = ("host", "rtl")
LEAST, LARGEST = 2.0**-126, 2.0**127  # of limits
PLAIN_ENDINGS = (".onnx", ".npz", SUFFIX)  # of files, which a label leaves out
WEIGHTS: tuple[Weights, ...] = get_args(Weights)
FORMS: tuple[AskedForm, ...] = get_args(AskedForm)
TRIAGES = ("full", "quick", "none")


@dataclass(frozen=True)
class Options(RunConfiguration):
    """A run's configuration, and what is written beside its result.

    ``triage`` "full", "quick" (no waveform) or "none". ``waves`` "": none, "1": all, else ``first:last`` in cycles or
    an operator. ``dump`` "": nothing, "1": the graph after each pass into ``passes/`` of the run directory, else into
    that folder.
    """

    triage: Annotated[str, "look into a mismatch"] = "full"
    waves: Annotated[str, "write an FST trace"] = ""
    dump: Annotated[str, "write the graph after each pass as text"] = ""

    # Fields whose short name on the command line is not their own, and labels in the name of a run's directory.
    SHORT: ClassVar[Mapping[str, str]] = {"learning_rate": "lr"}
    LABELS: ClassVar[Mapping[str, str]] = {
        "steps": "steps",
        "lora_rank": "rank",
        "lora_alpha": "alpha",
        "lora_b": "B",
        "learning_rate": "lr",
        "optimizer": "",
        "batch": "batch",
        "schedule": "",
        "final_lr": "final",
        "warmup": "warmup",
        "momentum": "momentum",
        "decay": "decay",
        "clip_value": "clip",
        "clip_norm": "norm",
        "loss": "",
        "label_smoothing": "smooth",
        "class_weights": "weights",
        "huber_delta": "delta",
        "form": "",
        "weights": "weights-",
    }

    @classmethod
    def spelled(cls, name: str) -> str:
        """The word for field ``name`` on command lines."""
        return cls.SHORT.get(name, name)

    @property
    def configuration(self) -> dict[str, Scalar]:
        """What the case record keeps: all that the run depends on, but for the seed, which has its own place."""
        return {f.name: getattr(self, f.name) for f in fields(RunConfiguration) if f.name != "seed"}

    @property
    def training(self) -> Training:
        """The part that the compiler's training passes need."""
        return Training(
            self.strategy, lora_rank=self.lora_rank, lora_alpha=self.lora_alpha, lora_b=self.lora_b,
            learning_rate=self.learning_rate, optimizer=self.updates.operator, seed=self.seed,
            numbers=self.updates.attributes, batch=self.batch,
            clipping=clipping(self.clip_value, self.clip_norm), loss=loss_of(self),
        )  # fmt: skip

    @property
    def updates(self) -> Updates:
        """How parameters are updated in each step.

        Raises:
            UserError: a number out of its range, or steps that are no whole number of batches.
        """
        if self.steps % self.batch:
            raise UserError(
                f"STEPS={self.steps} BATCH={self.batch}: a step takes one sample; "
                f"expected a multiple of the batch, such as STEPS={-(-self.steps // self.batch) * self.batch}"
            )
        return Updates(
            self.optimizer, self.learning_rate, self.schedule, final=self.final_lr, warmup=self.warmup,
            momentum=self.momentum, decay=self.decay, steps=self.steps, batch=self.batch,
        )  # fmt: skip

    @property
    def run_name(self) -> str:
        """The run's directory in build/: what is run, then what differs from the defaults.

        Files of the same name in different folders have different names here.
        """
        parts = [file_label(self.model) if self.model.endswith(".onnx") else plain_name(self.model)]
        hardware = file_label(self.config) if self.config.endswith(SUFFIX) else self.config
        parts += [_strategy_label(self.strategy), self.engine, hardware, f"seed{self.seed}"]
        defaults = Options()
        for name, label in self.LABELS.items():
            value = getattr(self, name)
            if value != getattr(defaults, name):
                parts.append(f"{label}{plain_name(value) if isinstance(value, str) else _number(value)}")
        parts += [f"data-{file_label(self.data)}"] * bool(self.data) + ["waves"] * bool(self.waves)
        return "-".join(parts + ["rtl"] * (self.arithmetic == "rtl"))

    @property
    def command(self) -> str:
        """The command line that repeats this run, quoted for a shell."""
        words = (f"{name.upper()}={value}" for name, value in self._chosen())
        return shlex.join(["make", "sim", *words])

    @property
    def arguments(self) -> list[str]:
        """The arguments of ``traindeploy`` that repeat this run."""
        return ["sim", *(word for name, value in self._chosen() for word in (f"--{name.replace('_', '-')}", value))]

    def _chosen(self) -> list[tuple[str, str]]:
        """(name, value) of the options that are not at their defaults."""
        defaults = Options()
        names = (f.name for f in fields(self) if getattr(self, f.name) != getattr(defaults, f.name))
        return [(self.spelled(name), str(getattr(self, name))) for name in names]


def clipping(value: float, norm: float) -> Clipping:
    """How gradients are clipped. UserError for a number that float32 does not hold, and for both at once."""
    for name, number in (("CLIP_VALUE", value), ("CLIP_NORM", norm)):
        if not (number == 0 or LEAST <= number <= LARGEST):
            raise UserError(f"{name}={number}: expected a positive number that float32 holds, or 0 for none")
    if value and norm:
        raise UserError(f"CLIP_VALUE={value} CLIP_NORM={norm}: expected one of them")
    return Clipping(value, norm)


def loss_of(options: RunConfiguration | TrainingConfiguration) -> Loss:
    """The loss that ``options`` name. UserError for numbers that it does not take, or that another loss takes."""
    name, weights = options.loss, _class_weights(options.class_weights)
    for belongs, field, given in (
        ("cross_entropy", "LABEL_SMOOTHING", options.label_smoothing),
        ("cross_entropy", "CLASS_WEIGHTS", options.class_weights),
        ("huber", "HUBER_DELTA", options.huber_delta if options.huber_delta != Loss.delta else ""),
    ):
        if given and name != belongs:
            raise UserError(f"{field}={given} LOSS={name}: only LOSS={belongs} takes it")
    if not 0 <= options.label_smoothing <= 1:
        raise UserError(f"LABEL_SMOOTHING={options.label_smoothing}: expected a number from 0 to 1")
    if not LEAST <= options.huber_delta <= LARGEST:
        raise UserError(f"HUBER_DELTA={options.huber_delta}: expected a positive number that float32 holds")
    return Loss(name, options.label_smoothing, weights, options.huber_delta)


def _class_weights(text: str) -> tuple[float, ...]:
    """``1,0.5,2`` as numbers."""
    try:
        weights = tuple(float(word) for word in text.split(",")) if text else ()
    except ValueError:
        weights = (-1.0,)
    if not all(weight == 0 or LEAST <= weight <= LARGEST for weight in weights) or (weights and not any(weights)):
        raise UserError(f"CLASS_WEIGHTS={text}: expected a number of 0 or more for each class, such as 1,0.5,2")
    return weights


def file_label(path: str) -> str:
    """The name of a file or folder, made plain, and a digest of its place."""
    try:
        place = os.path.realpath(path)
    except OSError:  # the folder that we are in is gone
        place = os.path.normpath(path)
    digest = hashlib.sha256(os.fsencode(place)).hexdigest()[:6]
    name, ending = os.path.splitext(os.path.basename(place))
    return f"{plain_name(name if ending in PLAIN_ENDINGS else name + ending)}-{digest}"


def plain_name(name: str) -> str:
    """``name`` as a file's name can hold it on any system and any command line takes it: short, without specials."""
    return re.sub(r"[^A-Za-z0-9._]+", "_", name).strip("._")[:40] or "unnamed"


def _strategy_label(strategy: str) -> str:
    """Itself, or made plain, with a digest where that leaves out a special."""
    plain = plain_name(strategy)
    return plain if plain == strategy else f"{plain}-{hashlib.sha256(strategy.encode()).hexdigest()[:6]}"


def _number(value: float) -> str:
    """Short where that tells it apart from other numbers."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
