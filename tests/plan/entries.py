# SPDX-License-Identifier: Apache-2.0
"""How an entry that pytest runs is written down."""

from tb.plan import PUSH, PytestEntry, Seeds, Stage
from traindeploy.records.case import Kind

NETWORK_TEST = (("tb.env.network.test_network", "NetworkTest"),)  # runs a program on the whole platform


def by_pytest(
    name: str,
    holds: str,
    test: str,
    stage: Stage,
    kind: Kind,
    *,
    seeds: Seeds = PUSH,
    seconds: int = 1800,
    cocotb: tuple[tuple[str, str], ...] = NETWORK_TEST,
) -> PytestEntry:
    """An entry for ``test``: a file below tests/, a function in it (``file::function``), or one of its cases."""
    return PytestEntry(
        name=name,
        holds=holds,
        stage=stage,
        kind=kind,
        seeds=seeds,
        seconds=seconds,
        cocotb=cocotb,
        test=test,
    )
