# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects in RTL: textual mutants of the blocks, and whether a test of the plan notices each."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tb.blocks.catalogue import CATALOGUE
from tb.blocks.description import Block, Mutant, Mutation
from tb.blocks.run import build, simulate
from tb.build.simulator import SimulationError
from tb.env.common import figures
from tb.plan import BlockEntry


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


def case_name(block: str, name: str) -> str:
    """What the test plan and the case records call the mutant ``name`` of ``block``."""
    return f"{block}.mutant.{re.sub(r'[^A-Za-z0-9]+', '_', name).strip('_')}"


def mutation_of(block: Block) -> Mutation:
    """How the block's mutants are tried; it must have some."""
    assert block.mutation is not None, f"{block.name} has no mutants"
    return block.mutation


def noticing(block: Block, mutant: Mutant) -> list[BlockEntry]:
    """The entries that may notice: those that ``mutant.tests`` names by themselves or by their module, in their order.

    A module stands for those of its tests that every push runs. Without a name all tests may notice that every push
    runs on the mutants' bench and configuration.
    """
    mutation = mutation_of(block)
    found = []
    for entry in block.tests:
        pushed = bool(entry.seeds.push) and entry.bench == mutation.bench
        if mutant.tests:
            names = (entry.name.removeprefix(f"{block.name}."), entry.module.rpartition(".")[2])
            wanted = names[0] in mutant.tests or (pushed and names[1] in mutant.tests)
        else:
            wanted = pushed and mutation.configuration in entry.configurations
        if wanted:
            found.append(entry)
    return found


def notices(block_name: str, name: str) -> str:
    """What fails on the mutant ``name`` of the block, or ''."""
    block = CATALOGUE[block_name]
    mutation = mutation_of(block)
    mutant = mutation.mutants[name]
    configuration = mutant.configuration or mutation.configuration
    sources = block.benches[mutation.bench].sources
    with mutated(mutant, sources) as changed, tempfile.TemporaryDirectory() as scratch:
        simulator = build(
            block.name,
            mutation.bench,
            configuration,
            name=f"{block.name}-mutant",
            sources=changed,
            optimize="-O0",
            assertions=mutation.assertions,
        )
        for entry in noticing(block, mutant):
            folder = Path(scratch) / entry.name
            try:
                simulate(simulator, entry, configuration, 1, folder, mutation.environment)
            except SimulationError as error:
                return str(error).splitlines()[0].split("; see")[0]
            if entry.table and configuration in entry.configurations:
                try:
                    figures.check_table(entry.table, figures.read(folder))
                except AssertionError:
                    return f"the table {entry.table!r}"
    return ""
