# SPDX-License-Identifier: Apache-2.0
"""Which samples are trained on, in which order, and which are only validated on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from traindeploy.errors import UserError
from traindeploy.frontend.data import Dataset, Sample, load_dataset
from traindeploy.ir import Graph
from traindeploy.records.training import TrainingConfiguration
from traindeploy.training.rates import Updates

HELD_OUT = 5  # one sample in so many is validated on


@dataclass(frozen=True)
class Part:
    """Some of a data set."""

    dataset: Dataset
    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.numbers)

    def sample(self, place: int) -> Sample:
        return self.dataset.sample(int(self.numbers[place]))

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """What the part consists of."""
        chosen = np.asarray(self.numbers, np.int64)
        return {"images": self.dataset.images[chosen], "labels": self.dataset.labels[chosen]}


def choose(wanted: TrainingConfiguration, graph: Graph) -> tuple[Part, Part]:
    """(training, validation), by the seed. UserError for bad data, or fewer than the wanted number of samples."""
    data = load_dataset(wanted.data, graph)
    order = np.random.default_rng([wanted.seed, 4]).permutation(len(data))
    if wanted.validation:
        other = load_dataset(wanted.validation, graph)
        training, validation = order, Part(other, range(len(other)))
    else:
        held = len(data) // HELD_OUT
        if not held:
            raise UserError(
                f"{wanted.data}: {len(data)} samples; expected {HELD_OUT} or more, of which one is validated on, "
                "or VALIDATION=<file>"
            )
        training, validation = order[held:], Part(data, [int(i) for i in np.sort(order[:held])])
    if wanted.samples > len(training):
        where = wanted.data or "digits"
        raise UserError(f"SAMPLES={wanted.samples}: {where} has {len(training)} to train on")
    chosen = training[: wanted.samples or None]
    whole = len(chosen) // wanted.batch * wanted.batch
    if not whole:
        raise UserError(f"BATCH={wanted.batch}: there are {len(chosen)} samples to train on")
    return Part(data, [int(i) for i in chosen[:whole]]), validation


def order_of(epoch: int, count: int, seed: int) -> np.ndarray:
    """The order of ``count`` samples in ``epoch``: a function of nothing else, so that it can be resumed anywhere."""
    return np.random.default_rng([seed, 5, epoch]).permutation(count)


def updates_of(wanted: TrainingConfiguration, steps: int) -> Updates:
    """How parameters are updated in ``steps`` steps. UserError for a bad number."""
    return Updates(
        wanted.optimizer, wanted.learning_rate, wanted.schedule, wanted.final_lr, wanted.warmup, wanted.momentum,
        wanted.decay, steps, wanted.batch,
    )  # fmt: skip
