# SPDX-License-Identifier: Apache-2.0
"""Break the blocks in one place after the other and see their tests fail: ``python -m tb.mutate [BLOCK | NAME ...]``.

A NAME is ``BLOCK: what is broken``, as the output has it. Each mutant is a build, about half a minute; a night tries
one a block, a week all. Exits 1 if a mutant survives.
"""

import sys
from collections.abc import Sequence

from tb.blocks.catalogue import CATALOGUE
from tb.mutate.mutants import notices


def main(words: Sequence[str]) -> int:
    """Try the mutants of the blocks and names in ``words`` (default: all) and print what notices each."""
    known = {
        f"{block.name}: {name}": (block.name, name)
        for block in CATALOGUE.values()
        if block.mutation is not None
        for name in block.mutation.mutants
    }
    chosen = [name for name in known if not words or name in words or known[name][0] in words]
    if not chosen:
        print(f"no such block or mutant; blocks with mutants: {', '.join(dict(known.values()))}", file=sys.stderr)
        return 2
    survivors = 0
    for name in chosen:
        test = notices(*known[name])
        print(f"{name}: {'noticed by ' + test if test else 'SURVIVES'}", flush=True)
        survivors += not test
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants noticed")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
