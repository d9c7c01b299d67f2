# SPDX-License-Identifier: Apache-2.0
"""Steps of a training that are kept, to be run again on the RTL: weights before, sample, what came out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from traindeploy.records.arrays import read_arrays, write_arrays
from traindeploy.train.checkpoint import Weights, digest

LAST = "last.npz"
BEFORE, SAMPLE, AFTER = "before:", "sample:", "after"


@dataclass(frozen=True)
class Kept:
    """``before`` holds what steps replace, ``after`` is the digest of what this one left."""

    step: int
    before: Weights
    sample: Weights
    after: str


def chosen(count: int, steps: int, seed: int) -> set[int]:
    """``count`` of the numbers 1 to ``steps``, the first and the last among them; all if there are no more."""
    if count >= steps:
        return set(range(1, steps + 1))
    inner = np.random.default_rng([seed, 6]).choice(np.arange(2, steps), max(count - 2, 0), replace=False)
    return {*([1] * (count > 0)), *([steps] * (count > 1)), *map(int, inner)}


def keep(kept: Kept, folder: Path, *, last: bool) -> None:
    """Write ``kept`` into ``folder``, whole or not at all; as the last step of all, until another one is."""
    folder.mkdir(exist_ok=True)
    path = folder / (LAST if last else f"step_{kept.step}.npz")
    arrays = {f"{BEFORE}{name}": value for name, value in kept.before.items()}
    arrays |= {f"{SAMPLE}{name}": value for name, value in kept.sample.items()}
    arrays |= {"step": np.array(kept.step), AFTER: np.frombuffer(kept.after.encode(), np.uint8)}
    partial = path.with_name(f".{path.name}.part")
    write_arrays(partial, arrays)
    partial.replace(path)


def read_all(folder: Path) -> list[Kept]:
    """What ``keep`` wrote, by step, each once."""
    found: dict[int, Kept] = {}
    for path in sorted(folder.glob("*.npz")):
        arrays = read_arrays(path)
        before, sample = (
            {name.removeprefix(kind): value for name, value in arrays.items() if name.startswith(kind)}
            for kind in (BEFORE, SAMPLE)
        )
        step = int(arrays["step"])
        found[step] = Kept(step, before, sample, arrays[AFTER].tobytes().decode())
    return [found[step] for step in sorted(found)]


def kept_step(step: int, before: Weights, sample: Weights, after: Weights) -> Kept:
    """A step as it will be proven."""
    return Kept(step, before, sample, digest(after))
