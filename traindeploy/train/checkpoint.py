# SPDX-License-Identifier: Apache-2.0
"""A training's state in one file that is replaced in one step: whoever is killed at any moment loses no more than the
steps since the last one.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from traindeploy.errors import UserError
from traindeploy.records import serial
from traindeploy.records.arrays import read_arrays, write_arrays
from traindeploy.records.training import Epoch, TrainingConfiguration

Weights = dict[str, np.ndarray]
STATE = "state"  # the record among the arrays; parameters bear prefixes
NOW, BEST = "now:", "best:"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a training has come. ``inputs`` is a digest of what it began with: graph, weights, samples.

    ``epoch`` is being trained; ``done`` of its samples are, with ``loss`` and ``correct`` summed over them.
    ``losses`` chains the bits of every step's loss. ``seconds`` were spent, in all sessions together.
    """

    VERSION: ClassVar[int] = 1

    configuration: TrainingConfiguration
    inputs: str
    start: Epoch
    epochs: tuple[Epoch, ...] = ()
    epoch: int = 1
    done: int = 0
    loss: float = 0.0
    correct: int = 0
    steps: int = 0
    losses: str = ""
    seconds: float = 0.0
    ended: str = ""


@dataclass
class State:
    """Progress, the parameters as they are, and as they were when validation was best."""

    progress: Progress
    now: Weights
    best: Weights = field(default_factory=dict)


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of names, shapes and bits."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        found.update(f"{name}\0{array.dtype}\0{array.shape}\0".encode("utf-8", "backslashreplace"))
        found.update(array.tobytes())
    return found.hexdigest()


def write(state: State, path: Path) -> None:
    """Replace ``path`` by ``state``, whole or not at all, on the disk before it is named."""
    arrays: dict[str, Any] = {f"{NOW}{name}": value for name, value in state.now.items()}
    arrays |= {f"{BEST}{name}": value for name, value in state.best.items()}
    text = json.dumps({"digest": digest(arrays), "progress": serial.plain(state.progress)})
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    write_arrays(partial, {STATE: np.frombuffer(text.encode(), np.uint8), **arrays})
    with open(partial, "rb+") as file:
        os.fsync(file.fileno())
    partial.replace(path)


def read(path: Path) -> State | None:
    """What ``write`` wrote to ``path``; None if there is none. UserError if it is damaged or of another version."""
    try:
        arrays = read_arrays(path)
        document = json.loads(arrays.pop(STATE).tobytes())
        progress = serial.decode(Progress, document["progress"], str(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, serial.RecordError) as error:
        raise UserError(f"{path}: no checkpoint that can be read ({error}): begin anew with FRESH=1") from None
    if document["digest"] != digest(arrays):
        raise UserError(f"{path}: a checkpoint whose weights are damaged: begin anew with FRESH=1")
    now, best = (
        {name.removeprefix(kind): value for name, value in arrays.items() if name.startswith(kind)}
        for kind in (NOW, BEST)
    )
    return State(progress, now, best)
