# SPDX-License-Identifier: Apache-2.0
"""The hardware configurations that a run can choose, and what is run on each to trust it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """``entry`` of the test plan runs on a configuration, with every ``plan`` (push, night or week)."""

    entry: str
    what: str
    plan: str


@dataclass(frozen=True)
class HardwareConfig:
    """One elaboration of the platform.

    RedMule computes Z = Y + X.W, X being M x N and W N x K. The ``height`` (H) multiply-adders of a row follow each
    other along N, ``rows`` (L) is the number of rows, ``pipe`` (P) the pipeline registers of a multiply-adder. A tile
    of Z has ``rows`` rows and ``tile_columns`` (D = H (P + 1)) columns; the wide port carries D words and one more for
    misalignment. ``fpu_latency`` is the cycles from the grant of a pipelined operation of a core to its result.
    ``choice`` is what chooses it: its name, or the file that it comes from.
    """

    name: str
    tcdm_banks: int
    height: int
    rows: int
    pipe: int
    num_fpus: int = 4
    fpu_latency: int = 1
    checks: tuple[Check, ...] = ()
    choice: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "choice", self.choice or self.name)

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
            "FpuLatency": self.fpu_latency,
        }


def build_name(config: HardwareConfig) -> str:
    """What its simulators are called: equal hardware has one name, whichever file it comes from."""
    for known in CONFIGS.values():
        if known.parameters == config.parameters:
            return known.name
    engine = f"h{config.height}-l{config.rows}-p{config.pipe}"
    return f"{engine}-b{config.tcdm_banks}-f{config.num_fpus}-t{config.fpu_latency}"


PUSH, NIGHT = "push", "night"

ENGINE_ALONE = (
    Check("redmule.RandomJobsOneAtATime", "RedMule alone: random jobs, bit for bit", PUSH),
    Check("redmule.EveryBin", "RedMule alone: every bin of the functional coverage", PUSH),
    Check("redmule.no_slower_than_the_published_engine", "RedMule alone: cycles against the published engine", PUSH),
    Check("redmule.thousands_of_QueuedJobs", "RedMule alone: 2,500 random jobs, queued", NIGHT),
)

CONFIGS = {
    "paper": HardwareConfig(
        "paper",
        tcdm_banks=32,
        height=4,
        rows=12,
        pipe=3,
        checks=(
            Check("networks.cct2_lora1", "a step of `cct2`, lora1", PUSH),
            Check("networks.cct2", "a step of `cct2`, five strategies, both engines", NIGHT),
            Check("networks.cct2_three_steps", "three steps of `cct2`", NIGHT),
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
            Check("networks.cct_tiny", "a step of `cct_tiny`, five strategies, both engines", PUSH),
            Check("networks.assertions", "a step of `cct_tiny`, five strategies, assertions on", NIGHT),
            Check("networks.cct2", "a step of `cct2`, lora1", NIGHT),
            *ENGINE_ALONE,
        ),
    ),
}
