# SPDX-License-Identifier: Apache-2.0
"""Run one test of a block under any seed, listed or not: ``python -m tb.blocks dma.random --seed 7``.

The simulator's log and results stay in build/blocks/<case>. Exit status: 0 passed, 1 failed, 2 no such test.
"""

import argparse
import sys
from collections.abc import Sequence

from tb.blocks.catalogue import CATALOGUE
from tb.blocks.run import run
from tb.build.simulator import SimulationError
from tb.plan import BlockEntry, Case
from traindeploy.platform.paths import BUILD


def main(arguments: Sequence[str]) -> int:
    """Run it in each of its configurations, or in the one that is asked for."""
    tests = {entry.name: entry for block in CATALOGUE.values() for entry in block.tests}
    parser = argparse.ArgumentParser(prog="python -m tb.blocks", description=(__doc__ or "").split(":")[0] + ".")
    parser.add_argument("test", choices=sorted(tests), metavar="BLOCK.TEST")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--configuration", default=None, help="default: each that the test has")
    chosen = parser.parse_args(arguments)
    entry = tests[chosen.test]
    wanted = entry.configurations if chosen.configuration is None else (chosen.configuration,)
    unknown = set(wanted) - set(CATALOGUE[entry.block].benches[entry.bench].configurations)
    if unknown:
        parser.error(f"{entry.block} has no configuration {unknown.pop()!r}: choose from {', '.join(wanted)}")
    return max(_tried(entry, configuration, chosen.seed) for configuration in wanted)


def _tried(entry: BlockEntry, configuration: str, seed: int) -> int:
    name = Case(entry, configuration, seed, "push").id
    folder = BUILD / "blocks" / name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        outcome = run(entry, configuration, seed, folder)
    except (SimulationError, AssertionError) as error:
        print(f"{name}: FAILED: {error}\nlog: {folder / 'sim.log'}")
        return 1
    print(f"{name}: passed, {outcome.cycles} cycles")
    for point in outcome.coverage:
        print(f"  {point.name}: {point.hit} of {point.stated} bins")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
