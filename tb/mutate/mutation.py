# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects in RTL: textual mutants, and whether a test notices each.

A script lists its mutants and says in ``notices`` how to build and test one; ``run`` gives the verdict.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Mutant(NamedTuple):
    """In ``file`` (a module's name) every ``text`` becomes ``replacement``; ``tests``: those that may notice."""

    file: str
    text: str
    replacement: str
    tests: tuple[str, ...] = ()


@contextmanager
def mutated(mutant: Mutant, sources: Sequence[Path]) -> Iterator[list[Path]]:
    """``sources`` with the mutant's file replaced by the mutant, in a scratch folder that goes with the context."""
    original = next(path for path in sources if path.stem == mutant.file)
    source = original.read_text()
    assert mutant.text in source, f"{mutant.file} no longer holds {mutant.text!r}"
    with tempfile.TemporaryDirectory() as scratch:
        changed = Path(scratch) / original.name
        changed.write_text(source.replace(mutant.text, mutant.replacement))
        yield [changed if path == original else path for path in sources]


def run(mutants: Mapping[str, Mutant], notices: Callable[[Mutant], str], names: Sequence[str] = ()) -> list[str]:
    """Try the mutants ``names`` (default: all); ``notices`` returns the test that fails, or ''. Those that survive."""
    survivors = []
    chosen = names or list(mutants)
    for name in chosen:
        test = notices(mutants[name])
        print(f"{name}: {'noticed by ' + test if test else 'SURVIVES'}", flush=True)
        survivors += [] if test else [name]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants noticed")
    return survivors
