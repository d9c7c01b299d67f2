# SPDX-License-Identifier: Apache-2.0
"""The hardware configurations that a run can choose, and what is run on each to trust it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """``what`` is run on a configuration, by the tests in ``where``, ``when``: at every push or at night."""

    what: str
    where: str
    when: str


@dataclass(frozen=True)
class HardwareConfig:
    """One elaboration of the platform.

    RedMule computes Z = Y + X.W, X being M x N and W N x K. The ``height`` (H) multiply-adders of a row follow each
    other along N, ``rows`` (L) is the number of rows, ``pipe`` (P) the pipeline registers of a multiply-adder. A tile
    of Z has ``rows`` rows and ``tile_columns`` (D = H (P + 1)) columns; the wide port carries D words and one more for
    misalignment.
    """

    name: str
    tcdm_banks: int
    height: int
    rows: int
    pipe: int
    num_fpus: int = 4
    checks: tuple[Check, ...] = ()

    @property
    def tile_columns(self) -> int:
        return self.height * (self.pipe + 1)

    @property
    def fmas(self) -> int:
        return self.height * self.rows

    @property
    def parameters(self) -> dict[str, int]:
        """The parameters of ``td_soc`` that make it."""
        return {
            "Height": self.height,
            "Rows": self.rows,
            "PipeRegs": self.pipe,
            "TcdmBanks": self.tcdm_banks,
            "NumFpus": self.num_fpus,
        }


PUSH, NIGHT = "push", "night"

ENGINE_ALONE = (
    Check("RedMule alone: random jobs, queue, soft clears, cycles", "tb/blocks/redmule/block.py", PUSH),
    Check("RedMule alone: 5,000 random jobs, sizes of 65,535", "tb/blocks/redmule/block.py", NIGHT),
)

CONFIGS = {
    "paper": HardwareConfig(
        "paper",
        tcdm_banks=32,
        height=4,
        rows=12,
        pipe=3,
        checks=(
            Check("a step of cct2, lora1", "tests/system/test_sim.py", PUSH),
            Check("a step of cct2, five strategies, both engines", "tests/system/test_sim.py", NIGHT),
            *ENGINE_ALONE,
        ),
    ),
    "compact": HardwareConfig(
        "compact",
        tcdm_banks=16,
        height=4,
        rows=4,
        pipe=1,
        checks=(
            Check("two steps of cct_tiny, lora1", "tests/system/test_runs.py", PUSH),
            Check("every instruction of the firmware, every kernel", "tests/rtl/test_isa.py", PUSH),
            Check("a step of cct2, lora1", "tests/system/test_sim.py", NIGHT),
            *ENGINE_ALONE,
        ),
    ),
}
