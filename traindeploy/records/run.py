# SPDX-License-Identifier: Apache-2.0
"""``result.json``: the case record of a whole run, with what every report of a run shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, cast

from traindeploy.platform import FREQUENCY_HZ
from traindeploy.records import serial
from traindeploy.records.bench import Simulation
from traindeploy.records.case import CaseRecord
from traindeploy.records.program import AskedForm, Engine, Weights
from traindeploy.records.self_check import SelfCheck
from traindeploy.records.serial import VOLATILE
from traindeploy.records.verdict import Verified

LoraB = Literal["zero", "random"]
Optimizer = Literal["sgd", "momentum", "nesterov", "adam", "adamw"]
Schedule = Literal["constant", "cosine", "step"]
LossName = Literal["cross_entropy", "mse", "l1", "huber", "bce"]
# What a run and a training have in common, with the words that both say about it.
Batch = Annotated[int, "samples whose gradients are summed, ascending, for one update by their mean"]
LearningRate = Annotated[float, "learning rate, the largest if it changes"]
Scheduled = Annotated[Schedule, "how the learning rate changes"]
FinalRate = Annotated[float, "learning rate at the end of a cosine"]
Warmup = Annotated[int, "updates in which the learning rate rises to its largest"]
MomentumFactor = Annotated[float, "of momentum and nesterov"]
Decay = Annotated[float, "weight decay"]
ClipValue = Annotated[float, "no element of a gradient is larger; 0: any may be"]
ClipNorm = Annotated[float, "the Euclidean norm of all gradients together is not larger; 0: it may be"]
ChosenLoss = Annotated[LossName, "what training makes small"]
LabelSmoothing = Annotated[float, "of cross_entropy: the share of the wish that is spread over all classes"]
ClassWeights = Annotated[str, "of cross_entropy: a weight for each class, between commas; empty: all are 1"]
HuberDelta = Annotated[float, "of huber: the error from which on the loss is linear"]


@dataclass(frozen=True)
class RunConfiguration:
    """What a run depends on: variables of ``make sim``, options of ``traindeploy sim``."""

    model: Annotated[str, "built-in name or .onnx file"] = "cct2"
    strategy: Annotated[str, "what is trained"] = "lora1"
    engine: Annotated[Engine, "where matrix products run"] = "redmule"
    config: Annotated[str, "hardware configuration"] = "paper"
    data: Annotated[str, "file or folder of images and labels; empty: the built-in digits"] = ""
    lora_rank: Annotated[int, "rank of LoRA's A and B"] = 4
    lora_alpha: Annotated[float, "LoRA's output is scaled by alpha/rank"] = 16.0
    lora_b: Annotated[LoraB, "what LoRA's B starts from"] = "zero"
    learning_rate: LearningRate = 0.01
    optimizer: Annotated[Optimizer, "how parameters are updated"] = "sgd"
    batch: Batch = 1
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
    steps: Annotated[int, "training steps"] = 1
    seed: Annotated[int, "of weights, LoRA and images"] = 0
    arithmetic: Annotated[str, "RedMule's multiply-adders by the host's instruction or as RTL"] = "host"
    form: Annotated[AskedForm, "the training step as code or as data in the firmware"] = "auto"
    weights: Annotated[Weights, "where weights are between training steps"] = "l3"


@dataclass(frozen=True, kw_only=True)
class RunResult(Simulation, CaseRecord):
    """A whole run: training steps on the RTL, every tensor compared with the machine model.

    ``configuration`` holds the options but for the seed; figures are those of all steps together.
    """

    VERSION: ClassVar[int] = 3
    DERIVED: ClassVar[tuple[str, ...]] = (
        *Verified.DERIVED,
        *("model", "strategy", "engine", "config", "steps", "flop_per_cycle", "milliseconds", "loss", "further_step"),
    )

    flop: Annotated[int, "2 per multiply-accumulate of matrix products and convolutions"]
    tensors_in_graph: Annotated[int, "outputs of operators, in all steps"]
    l3_bytes: Annotated[int, "moved between L3 and L2, both ways"]
    peak_bytes: Annotated[Mapping[str, int], "largest use of L1, L2 and L3"]
    capacity_bytes: Annotated[Mapping[str, int], "size of L1, L2 and L3"]
    trainable_parameters: int
    trained: Annotated[Mapping[str, int], "elements of each parameter that is trained, by its name"] = field(
        default_factory=dict
    )
    firmware_bytes: Annotated[int, "code and constants in L2"]
    self_checks: Annotated[tuple[SelfCheck, ...], "what must hold beside that every tensor is right"] = ()
    accuracy: Annotated[Mapping[str, float], "largest error of the machine model over its bound, by tensor"] = field(
        default_factory=dict
    )
    notes: Annotated[tuple[str, ...], "what was done to the model, and what the run does not show"] = ()
    reproduce: Annotated[str, "of a failure: the command that records a waveform around it"] = ""
    waves: Annotated[str, "the waveform's file, if one was asked for", VOLATILE] = ""

    @property
    def options(self) -> RunConfiguration:
        """The configuration, typed."""
        document = {**self.configuration, "seed": self.seed}
        return cast(RunConfiguration, serial.decode(RunConfiguration, document, "configuration"))

    @property
    def model(self) -> str:
        return self.options.model

    @property
    def strategy(self) -> str:
        return self.options.strategy

    @property
    def engine(self) -> str:
        return self.options.engine

    @property
    def config(self) -> str:
        return self.options.config

    @property
    def steps(self) -> int:
        return self.options.steps

    @property
    def flop_per_cycle(self) -> float:
        return self.flop / self.cycles if self.cycles else 0.0

    @property
    def milliseconds(self) -> float:
        """Time of the run on the target at its nominal clock."""
        return self.cycles / FREQUENCY_HZ * 1e3

    @property
    def further_step(self) -> int | None:
        """Cycles of a training step that is neither the first nor the last: a steady state, if weights stay in L2."""
        return next((span.end - span.start for span in reversed(self.step_spans[1:-1])), None)

    @property
    def contract(self) -> str:
        """What the cycles are those of."""
        if self.options.weights == "l3":
            return "cold: each step fetches weights from L3 and writes updates back there"
        back = "each step writes updates back" if self.options.weights == "l2-saved" else "updates go back at the end"
        more = f", a further step {self.further_step:,} cycles" if self.further_step is not None else ""
        return f"steady state: weights that fit stay in L2, {back}{more}"

    @property
    def loss(self) -> float | None:
        return self.losses[-1] if self.losses else None
