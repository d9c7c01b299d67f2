# SPDX-License-Identifier: Apache-2.0
"""The platform with engines that begin late: DMA, HyperBus and RedMule as slow, at random, as a program must bear.

The RTL has no such input. Copies of three modules get a gate (tb/models/td_random_gate.sv) where a transfer or a job
begins, and where RedMule begins to store; all else is the RTL as it is.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tb.build.paths import MODELS

GATE = MODELS / "td_random_gate.sv"


@dataclass(frozen=True)
class Delay:
    """In ``module`` the assignment of ``signal`` holds only while the gate is open; ``taken``: what closes it again."""

    module: str
    signal: str
    taken: str
    most: int

    def applied(self, source: str) -> str:
        """``source`` with the gate; ValueError if the module no longer has the assignment."""
        lines = source.splitlines()
        found = [i for i, line in enumerate(lines) if line.split()[:3] == ["assign", self.signal, "="]]
        if len(found) != 1 or not lines[found[0]].rstrip().endswith(";"):
            raise ValueError(f"{self.module}.sv has no assignment of {self.signal} in one line")
        wanted = lines[found[0]].partition("=")[2].strip().rstrip(";")
        name = self.signal.removesuffix("_o")
        lines[found[0]] = "\n".join(
            [
                f"  logic {name}_wanted, {name}_open;",
                f"  assign {name}_wanted = {wanted};",
                f"  assign {self.signal} = {name}_wanted && {name}_open;",
                f"  td_random_gate #(.Most({self.most})) i_{name}_gate (",
                f"    .clk_i, .rst_ni, .wanted_i({name}_wanted), .taken_i({self.taken}), .open_o({name}_open)",
                "  );",
            ]
        )
        return "\n".join([*lines, ""])


DELAYS = (
    Delay("td_dma_queue", "read_pending_o", "read_take_i", 2000),
    Delay("td_hyperbus", "load", "load", 4000),
    Delay("td_redmule_control", "load_first", "load_first", 2000),
    Delay("td_redmule_control", "store_o", "store_o", 1000),
)


@contextmanager
def delayed(sources: Sequence[Path]) -> Iterator[list[Path]]:
    """``sources`` with the gates, copies in a scratch folder that goes with the context."""
    with tempfile.TemporaryDirectory() as scratch:
        changed: dict[str, Path] = {}
        for delay in DELAYS:
            original = next(path for path in sources if path.stem == delay.module)
            copy = changed.setdefault(delay.module, Path(scratch) / original.name)
            copy.write_text(delay.applied((copy if copy.exists() else original).read_text()))
        yield [*(changed.get(path.stem, path) for path in sources), GATE]
