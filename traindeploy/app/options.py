# SPDX-License-Identifier: Apache-2.0
"""What a run is asked to do: the variables of ``make sim`` and the options of ``traindeploy sim``."""

import shlex
from dataclasses import dataclass

from traindeploy.training import Training

ENGINES = ("redmule", "cores")
ARITHMETICS = ("host", "rtl")


@dataclass(frozen=True)
class Options:
    """``data`` "": the built-in digits. ``waves`` "": none, "1": all, else ``first:last`` in cycles or an operator.

    ``arithmetic``: RedMule's multiply-adders by the host's own instruction (same bits, same cycles) or as RTL.
    ``dump`` "": nothing, "1": the graph after each pass into ``passes/`` of the run directory, else into that folder.
    """

    model: str = "cct2"
    strategy: str = "lora1"
    engine: str = "redmule"
    config: str = "paper"
    data: str = ""
    lora_rank: int = 4
    lora_alpha: float = 16.0
    learning_rate: float = 0.01
    steps: int = 1
    seed: int = 0
    waves: str = ""
    arithmetic: str = "host"
    dump: str = ""

    @property
    def training(self) -> Training:
        """The part that the compiler's training passes need."""
        return Training(self.strategy, self.lora_rank, self.lora_alpha, self.learning_rate, self.seed)

    @property
    def run_name(self) -> str:
        """The run's directory in build/: what is run, then what differs from the defaults."""
        stem = self.model.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".onnx")
        parts = [stem, self.strategy, self.engine, self.config, f"seed{self.seed}"]
        defaults = Options()
        labels = {"steps": "steps", "lora_rank": "rank", "lora_alpha": "alpha", "learning_rate": "lr"}
        for name, label in labels.items():
            value = getattr(self, name)
            if value != getattr(defaults, name):
                parts.append(f"{label}{value:g}")
        flags = ["data"] * bool(self.data) + ["waves"] * bool(self.waves)
        return "-".join(parts + flags + ["rtl"] * (self.arithmetic == "rtl"))

    @property
    def command(self) -> str:
        """The command line that repeats this run, quoted for a shell."""
        defaults = Options()
        words = ["traindeploy", "sim"]
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if value != getattr(defaults, name):
                option = {"learning_rate": "lr"}.get(name, name).replace("_", "-")
                words += [f"--{option}", str(value)]
        return shlex.join(words)
