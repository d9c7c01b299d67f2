# SPDX-License-Identifier: Apache-2.0
"""Build a simulator that many cases share, once, before them: ``python -m tb.farm.prepare dma:main: platform:compact``.

A name is a block, a bench of it and a configuration, or ``platform`` and a configuration (the build that programs and
network tests use). What is in the cache (build/sim) takes no time. Exit status: 0, or 2 if it does not build.
"""

import sys
from collections.abc import Sequence

from tb.blocks.catalogue import CATALOGUE
from tb.blocks.run import build
from tb.build.simulator import Build, build_platform
from traindeploy.errors import UserError
from traindeploy.platform import CONFIGS

PLATFORM = "platform"


def prepare(name: str) -> Build:
    """The simulator ``name``; UserError if there is none of that name, or it does not build."""
    block, _, rest = name.partition(":")
    bench, _, configuration = rest.partition(":")
    if block == PLATFORM and bench in CONFIGS:
        return build_platform(CONFIGS[bench], disturbable=True, optimize="-O1")
    benches = CATALOGUE[block].benches if block in CATALOGUE else {}
    if bench not in benches or configuration not in benches[bench].configurations:
        raise UserError(
            f"no simulator is called {name!r}: expected BLOCK:BENCH:CONFIGURATION or platform:CONFIGURATION"
        )
    return build(block, bench, configuration)


def main(names: Sequence[str]) -> int:
    """Build each of ``names``."""
    try:
        for name in names:
            print(prepare(name).directory)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
