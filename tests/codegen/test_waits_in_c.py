# SPDX-License-Identifier: Apache-2.0
"""Waits and barriers in network.c, read back from its text: none is missing, and each that goes missing is seen."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from golden.training import execute_steps
from tests.codegen.races import Agent, Races
from tests.codegen.read_back import Source
from tests.codegen.read_back_data import DataSource
from tests.codegen.running import mismatches
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen.network_c import emit_c
from traindeploy.frontend.data import load_samples
from traindeploy.ir.program import Program
from traindeploy.platform import CONFIGS
from traindeploy.records.program import Engine
from traindeploy.schedule import build_program

WAIT = re.compile(r"^ +td_(?:dma|hyper|redmule)_wait\w*\(.*\);\n", re.MULTILINE)
BARRIER = re.compile(r"^    td_barrier\(\);\n", re.MULTILINE)
START = re.compile(r"^ +(?:last_\w+ = )?td_(?:dma|hyper|redmule)_start\(&\w+\[\d+\]\);.*\n", re.MULTILINE)
PROGRAMS: tuple[tuple[str, Engine], ...] = (
    ("lp", "redmule"),
    ("lora1", "redmule"),
    ("ft2", "redmule"),
    ("ft1", "cores"),
)


@cache
def program_of(strategy: str, engine: Engine) -> Program:
    return build_program(build_training_graph("cct_tiny", strategy, lora_b="random"), CONFIGS["compact"], engine)


@cache
def expected(strategy: str) -> tuple[list[dict[str, np.ndarray]], list[dict[str, np.ndarray]]]:
    """(values of all tensors, samples) of one training step."""
    graph = build_training_graph("cct_tiny", strategy, lora_b="random")
    samples = [dict(sample) for sample in load_samples("", graph, 1, 0)]
    return execute_steps(graph, samples), samples


def wrong_outputs(source: Source | DataSource, strategy: str, engine: Engine) -> list[str]:
    """Outputs that are wrong when what the C says is executed as early, or as late, as its waits allow."""
    values, samples = expected(strategy)
    program = replace(program_of(strategy, engine), slots=source.slots())
    return [name for order in ("early", "late") for _, name in mismatches(program, values, samples, order)[0]]


@pytest.mark.parametrize(("strategy", "engine"), PROGRAMS)
def test_every_access_is_behind_the_wait_for_what_it_needs(strategy: str, engine: Engine) -> None:
    program = program_of(strategy, engine)
    source = Source(emit_c(program))
    assert sum(len(step) for step in source.actions) > 3 * len(program.slots)
    assert Races(source, program).found == []
    assert wrong_outputs(source, strategy, engine) == []


@cache
def known() -> dict[str, Agent]:
    return {}


def races(text: str) -> list[str]:
    """In a changed text of the program for lp."""
    return Races(Source(text), program_of("lp", "redmule"), known()).found


def without(text: str, found: re.Match[str]) -> str:
    return text[: found.start()] + text[found.end() :]


def test_every_wait_that_goes_missing_is_seen_or_was_not_needed() -> None:
    """A wait that another one covers before anything depends on it is not needed: then all results stay right."""
    text = emit_c(program_of("lp", "redmule"))
    places = list(WAIT.finditer(text))
    unseen = [place for place in places if not races(without(text, place))]
    assert len(unseen) < 0.2 * len(places), f"{len(unseen)} of {len(places)}"
    for place in unseen:
        assert wrong_outputs(Source(without(text, place)), "lp", "redmule") == [], f"{place[0].strip()} is missed"


def test_missing_barriers_are_seen_between_calls_and_what_depends_on_them() -> None:
    """A step without calls, in front of one without calls, needs none: core 0 does both."""
    text = emit_c(program_of("lp", "redmule"))
    places = list(BARRIER.finditer(text))[::2]
    seen = sum(bool(races(without(text, place))) for place in places)
    assert seen > 0.5 * len(places), f"{seen} of {len(places)}"
    assert races(BARRIER.sub("", text))


def test_a_wait_for_one_transfer_less_is_seen() -> None:
    text = emit_c(program_of("lp", "redmule"))
    places = list(re.finditer(r"_wait\(last_(dma|hyper)(?: - (\d+))?\);", text))[::2]
    seen = 0
    for place in places:
        less = f"_wait(last_{place[1]} - {int(place[2] or 0) + 1});"
        seen += bool(races(text[: place.start()] + less + text[place.end() :]))
    assert seen > 0.8 * len(places), f"{seen} of {len(places)}"


def test_a_start_that_goes_missing_is_seen() -> None:
    """Then somebody reads what nobody has written, or waits for what is not started, or the result is wrong."""
    text = emit_c(program_of("lp", "redmule"))
    for place in list(START.finditer(text))[::7]:
        changed = without(text, place)
        assert races(changed) or wrong_outputs(Source(changed), "lp", "redmule"), place[0].strip()


def test_a_line_that_nobody_reads_is_an_error() -> None:
    text = emit_c(program_of("lp", "redmule")).replace(
        "    td_barrier();\n", "    td_barrier();\n    td_other(1);\n", 1
    )
    with pytest.raises(AssertionError, match=r"td_other\(1\)"):
        Source(text)
