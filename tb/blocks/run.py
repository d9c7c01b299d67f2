# SPDX-License-Identifier: Apache-2.0
"""Build the bench of a block and run a test of the plan on it."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tb.blocks.catalogue import CATALOGUE
from tb.build.simulator import Build, build_block
from tb.build.sources import CORE_INCLUDES
from tb.env.common import coverage, figures
from tb.plan import BlockEntry
from traindeploy.records.verdict import CoveragePoint


@dataclass(frozen=True)
class Outcome:
    """What a test that passed has left: simulated clock cycles, functional coverage, measured figures."""

    cycles: int
    coverage: tuple[CoveragePoint, ...]
    figures: Mapping[str, str]


def build(
    block: str,
    bench: str = "main",
    configuration: str = "",
    *,
    name: str = "",
    sources: Sequence[Path] | None = None,
    arguments: Sequence[str] = (),
    optimize: str = "-O1",
    assertions: bool = True,
) -> Build:
    """The simulator of a bench of ``block``, from the cache if it is there; UserError if it does not build.

    ``sources`` replaces those of the description, ``arguments`` are added for Verilator; give such builds a ``name``.
    """
    described = CATALOGUE[block].benches[bench]
    parts = [block, "" if bench == "main" else bench, configuration]
    return build_block(
        name or "-".join(part for part in parts if part),
        described.top,
        described.sources if sources is None else sources,
        parameters=described.configurations[configuration].parameters,
        includes=CORE_INCLUDES if described.core else (),
        public=described.public,
        args=(*described.arguments, *arguments),
        optimize=optimize,
        assertions=assertions,
    )


def simulate(
    build: Build,
    entry: BlockEntry,
    configuration: str,
    seed: int,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run the cocotb test of ``entry`` in ``folder``; SimulationError if it fails. ``environment`` goes last."""
    known = CATALOGUE[entry.block].benches[entry.bench].configurations[configuration].environment
    build.test(
        entry.module,
        folder,
        testcase=entry.test,
        plusargs=[*entry.plusargs, f"+verilator+seed+{seed}"],
        env={**known, **entry.environment, **(environment or {})},
        timeout=entry.seconds,
        seed=seed,
    )


def run(entry: BlockEntry, configuration: str, seed: int, folder: Path) -> Outcome:
    """Build and run, and check what the test has recorded.

    Raises:
        SimulationError: the test fails, or takes longer than its limit.
        AssertionError: its coverage points are not those of the block's description, or a table is out of date.
    """
    block = CATALOGUE[entry.block]
    simulate(build(entry.block, entry.bench, configuration), entry, configuration, seed, folder)
    points, measured = coverage.read(folder), figures.read(folder)
    stated, recorded = block.coverage.get(entry.test, ()), tuple(point.name for point in points)
    assert set(stated) == set(recorded), f"{entry.name} records the points {recorded}, its block states {stated}"
    if entry.table:
        figures.check_table(entry.table, measured)
    cycles = simulated(folder) // block.benches[entry.bench].period
    return Outcome(cycles, points, measured)


def simulated(folder: Path) -> int:
    """Nanoseconds that were simulated in ``folder``, as cocotb's results.xml has them."""
    properties = ElementTree.parse(folder / "results.xml").iter("property")
    return int(sum(float(p.get("value", 0)) for p in properties if p.get("name") == "sim_time_duration"))
