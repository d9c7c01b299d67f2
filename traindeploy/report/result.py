# SPDX-License-Identifier: Apache-2.0
"""The one result of a run: what ``result.json`` holds and every report renders."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from traindeploy.target import FREQUENCY_HZ

VERSION = 1  # of result.json; raise it when a field changes its meaning or goes


@dataclass(frozen=True)
class Mismatch:
    """The first element of a tensor that differs from the machine model."""

    tensor: str
    operator: str
    step: int
    index: tuple[int, ...]
    actual_hex: str
    expected_hex: str
    ulp: int
    wrong: int  # elements of the tensor that differ
    size: int
    level: str
    address: int
    cycle: int


@dataclass(frozen=True)
class OperatorResult:
    """One operator in one step, from ``start`` (cycle since the first fetch) for ``cycles``."""

    name: str
    kind: str
    engine: str
    phase: str
    step: int
    start: int
    cycles: int
    flop: int
    elements: int
    max_ulp: int

    @property
    def flop_per_cycle(self) -> float:
        return self.flop / self.cycles if self.cycles else 0.0


@dataclass(frozen=True)
class Result:
    """A whole run: ``steps`` training steps on the RTL, every tensor compared with the machine model.

    ``cycles`` go from the first instruction fetch to the end-of-computation write, ``flop`` counts 2 per
    multiply-accumulate of matrix products and convolutions, ``losses`` has one value per step and ``loss`` is the last,
    ``l3_bytes`` is the traffic between L3 and L2 both ways.
    """

    passed: bool
    model: str
    strategy: str
    engine: str
    config: str
    seed: int
    steps: int
    lora_rank: int
    lora_alpha: float
    learning_rate: float
    data: str
    cycles: int
    flop: int
    tensors_compared: int
    tensors_in_graph: int
    elements_compared: int
    max_ulp: int
    l3_bytes: int
    peak_bytes: dict[str, int]
    capacity_bytes: dict[str, int]
    trainable_parameters: int
    losses: list[float]
    sim_seconds: float
    wall_seconds: float
    firmware_bytes: int
    operators: list[OperatorResult]
    mismatches: list[Mismatch] = field(default_factory=list)
    failure: str = ""
    command: str = ""
    reproduce: str = ""
    arithmetic: str = "rtl"  # of RedMule's multiply-adders: RTL, or the host's own (same bits and cycles)
    waves: str = ""
    version: int = VERSION

    @property
    def flop_per_cycle(self) -> float:
        return self.flop / self.cycles if self.cycles else 0.0

    @property
    def milliseconds(self) -> float:
        """Time of the run on the target at its nominal clock."""
        return self.cycles / FREQUENCY_HZ * 1e3

    @property
    def loss(self) -> float | None:
        return self.losses[-1] if self.losses else None

    def to_json(self) -> dict[str, Any]:
        derived = ("flop_per_cycle", "milliseconds", "loss")
        return asdict(self) | {name: getattr(self, name) for name in derived}

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Result:
    """The result in ``path``; ValueError if it is no result.json of this version."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError(f"{path}: not a result of version {VERSION}")
    known = {f.name for f in fields(Result)}
    values = {key: value for key, value in document.items() if key in known}
    values["operators"] = [OperatorResult(**entry) for entry in values["operators"]]
    values["mismatches"] = [Mismatch(**entry | {"index": tuple(entry["index"])}) for entry in values["mismatches"]]
    return Result(**values)
