# SPDX-License-Identifier: Apache-2.0
"""``record.json`` of a training: epochs, the models that came out, and what of it was proven on the RTL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from traindeploy.records.case import CaseRecord
from traindeploy.records.run import (
    Batch,
    ChosenLoss,
    ClassWeights,
    ClipNorm,
    ClipValue,
    Decay,
    FinalRate,
    HuberDelta,
    LabelSmoothing,
    LearningRate,
    MomentumFactor,
    Optimizer,
    Scheduled,
    Warmup,
)
from traindeploy.records.self_check import SelfCheck
from traindeploy.records.serial import VOLATILE
from traindeploy.records.verdict import Verdict, Verified

Arithmetic = Literal["native", "numpy"]


@dataclass(frozen=True)
class TrainingConfiguration:
    """What a training depends on: variables of ``make train``, options of ``traindeploy train``."""

    model: Annotated[str, "built-in name or .onnx file"] = "cct2"
    strategy: Annotated[str, "what is trained"] = "lora2"
    data: Annotated[str, "file or folder of images and labels; empty: the built-in digits"] = ""
    validation: Annotated[str, "file or folder to validate on; empty: a fifth of the data, held out"] = ""
    samples: Annotated[int, "samples to train on, drawn by the seed; 0: all"] = 0
    epochs: Annotated[int, "how often each sample is trained on"] = 10
    batch: Batch = 1
    optimizer: Annotated[Optimizer, "sgd, momentum, nesterov, adam or adamw"] = "sgd"
    learning_rate: LearningRate = 0.01
    schedule: Scheduled = "constant"
    final_lr: FinalRate = 0.0
    warmup: Warmup = 0
    momentum: MomentumFactor = 0.9
    decay: Decay = 0.0
    clip_value: ClipValue = 0.0
    clip_norm: ClipNorm = 0.0
    loss: ChosenLoss = "cross_entropy"
    label_smoothing: LabelSmoothing = 0.0
    class_weights: ClassWeights = ""
    huber_delta: HuberDelta = 1.0
    lora_rank: Annotated[int, "rank of LoRA's A and B"] = 4
    lora_alpha: Annotated[float, "LoRA's output is scaled by alpha/rank"] = 16.0
    seed: Annotated[int, "of weights, LoRA, the choice of samples and their order"] = 0
    patience: Annotated[int, "epochs without a better validation loss before training stops; 0: it never does"] = 0


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One pass over the samples. Losses are means; accuracies are shares from 0 to 1, NaN of a loss without classes."""

    epoch: int
    steps: Annotated[int, "training steps so far"]
    loss: Annotated[float, "of the samples when they were trained on"]
    accuracy: Annotated[float, "of the samples when they were trained on"]
    validation_loss: float
    validation_accuracy: float
    seconds: Annotated[float, "of training and validation", VOLATILE] = 0.0


@dataclass(frozen=True, kw_only=True)
class ProvenStep:
    """A step of the training that was run again on the RTL, from the same weights with the same sample."""

    step: Annotated[int, "its number in the training, from 1 on"]
    verdict: Verdict
    failure: Annotated[str, "in one line"] = ""
    tensors: Annotated[int, "compared, bit for bit"]
    elements: Annotated[int, "compared, bit for bit"]
    cycles: int
    loss: Annotated[float, "of the hardware"]


@dataclass(frozen=True, kw_only=True)
class TrainingRecord(CaseRecord):
    """A training: many steps by the machine model on the host, whose bits are the chip's."""

    VERSION: ClassVar[int] = 1
    DERIVED: ClassVar[tuple[str, ...]] = (*Verified.DERIVED, "best")

    start: Annotated[Epoch, "the model before any step: validation only"]
    epochs: tuple[Epoch, ...]
    steps: Annotated[int, "training steps in all"]
    trained: Annotated[Mapping[str, int], "elements of each parameter that is trained, by its name"]
    training_samples: int
    validation_samples: int
    weights: Annotated[str, "SHA-256 of the trained parameters at the end"]
    losses: Annotated[str, "SHA-256 of the bits of every step's loss, in order"]
    arithmetic: Annotated[Arithmetic, "who computed: compiled kernels or NumPy, the same bits", VOLATILE]
    steps_per_second: Annotated[float, "validation included", VOLATILE] = 0.0
    self_checks: Annotated[tuple[SelfCheck, ...], "of the models that were written"] = ()
    proven: Annotated[tuple[ProvenStep, ...], "steps that were run again on the RTL"] = ()
    notes: Annotated[tuple[str, ...], "what was done to the model, and why training ended early"] = ()

    @property
    def best(self) -> int:
        """The epoch of the smallest validation loss, the first of equal ones; 0: before any step."""
        return min((self.start, *self.epochs), key=lambda one: one.validation_loss).epoch
