# SPDX-License-Identifier: Apache-2.0
"""How each option of a run is given and shown: the command line, ``make sim`` and README's table iterate over it.

The fields of ``Options`` say what there is, with default and meaning; ``SPELLINGS`` adds, by field, the rest.
"""

import difflib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from typing import Any, TypeVar

import click

from traindeploy.app.options import ARITHMETICS, ENGINES, FORMS, LORA_B, LOSSES, TRIAGES, WEIGHTS, Options
from traindeploy.platform import CONFIGS
from traindeploy.platform.configuration_file import SUFFIX, is_choice
from traindeploy.records import serial
from traindeploy.training.rates import OPTIMIZERS, SCHEDULES
from traindeploy.training.selection import is_selection, spelled
from traindeploy.training.strategies import STRATEGIES

R = TypeVar("R")
FROM_MAKE = "TRAINDEPLOY_FROM_MAKE"  # set by the Makefile: variables of the environment are options
MAKE_VARIABLES = ("BIN", "JOBS", "LOCKED", "PYTEST", "PYTHON")  # of the Makefile itself


@dataclass(frozen=True)
class Spelling:
    """``values`` is what README says; ``metavar`` and ``type`` are click's; ``default`` is shown for an empty one."""

    values: str
    type: "click.ParamType[Any] | type"
    metavar: str = ""
    default: str = ""


def _choice(values: Any) -> "click.Choice[str]":
    return click.Choice(list(values))


class StrategyType(click.ParamType[str]):
    """A published strategy, or one by structure or name."""

    name = "strategy"

    def convert(self, value: str, param: "click.Parameter | None", ctx: "click.Context | None") -> str:
        """``value`` itself; fails with all that there are."""
        if value not in STRATEGIES and not is_selection(value):
            known = ", ".join(repr(word) for word in (*STRATEGIES, *spelled()))
            self.fail(f"{value!r} is not one of {known}.", param, ctx)
        return value


class ConfigurationType(click.ParamType[str]):
    """A built-in configuration of the hardware, or a file."""

    name = "configuration"

    def convert(self, value: str, param: "click.Parameter | None", ctx: "click.Context | None") -> str:
        """``value`` itself; fails with what there is."""
        if not is_choice(value):
            self.fail(f"{value!r} is not one of {', '.join(map(repr, CONFIGS))}, or a {SUFFIX} file.", param, ctx)
        return value


SPELLINGS: dict[str, Spelling] = {
    "model": Spelling(
        "`cct2`, `cct_tiny` (under a minute), or an inference graph `file.onnx`", str, metavar="NAME|FILE"
    ),
    "strategy": Spelling(
        "`lp` last layer; `ft1`, `ft2` last one or two encoder blocks; `lora1`, `lora2` adapters on them; `full` every "
        "parameter; `last:N` layers; `bias`; `norm` scales and shifts; `train:head.*`, `freeze:conv1.*` by name",
        StrategyType(),
        metavar="|".join((*STRATEGIES, *spelled())),
    ),
    "engine": Spelling("`redmule`, or `cores`: the eight cores do the matrix products too", _choice(ENGINES)),
    "config": Spelling(
        "`paper` 48 multiply-adders, 512-bit port; `compact` 16, 256-bit; a [file](docs/guide/change-the-hardware.md)",
        ConfigurationType(),
        metavar="|".join((*CONFIGS, "FILE")),
    ),
    "data": Spelling(
        "`file.npz` with `images` and `labels`, `.npy` pairs, MNIST, CIFAR-10",
        str,
        metavar="FILE|DIR",
        default="digits",
    ),
    "lora_rank": Spelling("1 to 128", click.IntRange(1, 128)),
    "lora_alpha": Spelling("a number", float),
    "lora_b": Spelling(
        "`zero`: training starts from the model as it is; `random` exercises every gradient", _choice(LORA_B)
    ),
    "learning_rate": Spelling("a positive number that float32 holds", float),
    "optimizer": Spelling(
        "`sgd`, `momentum`, `nesterov`, `adam`, `adamw`: moments carry over as weights do",
        _choice(OPTIMIZERS),
    ),
    "batch": Spelling("1 or more, of which `STEPS` is a multiple", click.IntRange(1)),
    "schedule": Spelling(
        "`constant`; `cosine` down to `FINAL_LR`; `step`: a tenth from half of the steps on, a hundredth from 3/4 on",
        _choice(SCHEDULES),
    ),
    "final_lr": Spelling("0 or more", float),
    "warmup": Spelling("0 or more", click.IntRange(0)),
    "momentum": Spelling("0 to 1", float),
    "decay": Spelling("0 to 1", float),
    "clip_value": Spelling("0 or more; of a batch the mean is clipped", float),
    "clip_norm": Spelling("0 or more; of a batch the mean is clipped", float),
    "loss": Spelling(
        "`cross_entropy` of class numbers; `mse`, `l1`, `huber` of float targets; `bce` of logits, targets from 0 to 1",
        _choice(LOSSES),
    ),
    "label_smoothing": Spelling("0 to 1", float),
    "class_weights": Spelling("such as `1,0.5,2`", str, metavar="W,W,...", default="none"),
    "huber_delta": Spelling("a positive number", float),
    "steps": Spelling("1 or more; weights carry over in the simulated L3", click.IntRange(1)),
    "seed": Spelling("0 or more", click.IntRange(0, 2**63 - 1)),
    "arithmetic": Spelling("`host` (same bits and cycles, faster) or `rtl`", _choice(ARITHMETICS)),
    "form": Spelling(
        "`code`, a function a slot; `data`, a fifth of the bytes, which a loop walks; `auto`: code where it fits",
        _choice(FORMS),
    ),
    "weights": Spelling(
        "`l3`, cold: each step fetches them and writes updates back; `l2`: what fits stays in L2, updates are written "
        "back behind the last step; `l2-saved`: the same, in each step",
        _choice(WEIGHTS),
    ),
    "triage": Spelling(
        "`full`: cause, reproducer, waveform; `quick`: no waveform, which needs another simulator; `none`",
        _choice(TRIAGES),
    ),
    "waves": Spelling(
        "`1`, cycles `first:last`, or an operator's name", str, metavar="1|FIRST:LAST|OPERATOR", default="none"
    ),
    "dump": Spelling("`1` (into the run's folder) or a folder", str, metavar="1|DIR", default="none"),
}

# Those that the training step depends on, whatever runs it.
STEP_OPTIONS = (
    "strategy", "lora_rank", "lora_alpha", "lora_b", "learning_rate", "optimizer", "momentum", "decay",
    "clip_value", "clip_norm", "loss", "label_smoothing", "class_weights", "huber_delta", "seed",
)  # fmt: skip


def flag(field: "Field[Any]") -> str:
    """``--lora-rank`` of field ``lora_rank``."""
    return f"--{Options.spelled(field.name).replace('_', '-')}"


def variable(field: "Field[Any]") -> str:
    """``LORA_RANK``, as ``make sim`` takes it."""
    return Options.spelled(field.name).upper()


def meaning(field: "Field[Any]") -> str:
    """The sentence that stands beside the field."""
    return str(next(note for note in serial.notes(serial.hints(Options)[field.name]) if note != serial.VOLATILE))


def from_make(name: str) -> str | None:
    """The variable of the environment that is an option of a command that make runs; none otherwise."""
    return name if os.environ.get(FROM_MAKE) else None


def click_options(command: Callable[..., R]) -> Callable[..., R]:
    """Decorate ``command`` with an option for every field; run by make, their variables of the environment count."""
    return some_options(*(field.name for field in fields(Options)))(command)


def some_options(*names: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """As ``click_options``, of the fields ``names``."""
    return lambda command: _decorated(command, [field for field in fields(Options) if field.name in names])


def _decorated(command: Callable[..., R], wanted: Sequence["Field[Any]"]) -> Callable[..., R]:
    for field in reversed(wanted):
        spelling = SPELLINGS[field.name]
        command = click.option(
            flag(field),
            field.name,
            default=field.default,
            show_default=spelling.default or True,
            type=spelling.type,
            metavar=spelling.metavar or None,
            envvar=from_make(variable(field)),
            help=f"{meaning(field)[:1].upper()}{meaning(field)[1:]}.",
        )(command)
    return command


def refuse_unknown_variables(
    environment: Mapping[str, str], known: Sequence[str] = (), command: str = "make sim"
) -> None:
    """UsageError for a variable on make's command line that is none of ours, such as ``STRATAGY=lp``.

    ``known`` are those of ``command`` (default: those of a run).
    """
    if not environment.get(FROM_MAKE):
        return
    known = known or [variable(field) for field in fields(Options)]
    _, _, given = environment.get("MAKEFLAGS", "").partition("-- ")
    words = re.findall(r"(?:\\.|[^ \\])+", given, re.DOTALL)  # make puts a backslash before a blank of a value
    for name in (word.partition("=")[0] for word in words if "=" in word):
        if name not in known and name not in MAKE_VARIABLES:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"{command} takes {', '.join(known)}"
            raise click.UsageError(f"unknown variable {name}: {hint}")


def table() -> str:
    """README's table of options."""
    lines = ["| variable of `make sim` | option | meaning | values | default |", "|---|---|---|---|---|"]
    for field in fields(Options):
        spelling = SPELLINGS[field.name]
        default = spelling.default or f"`{field.default}`"
        lines.append(f"| `{variable(field)}` | `{flag(field)}` | {meaning(field)} | {spelling.values} | {default} |")
    return "\n".join([*lines, ""])
