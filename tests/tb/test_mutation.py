# SPDX-License-Identifier: Apache-2.0
"""A mutant differs in what it says and in nothing else, and is tried with the tests that may notice it."""

from pathlib import Path

import pytest

from tb.blocks.catalogue import CATALOGUE
from tb.blocks.description import Mutant
from tb.mutate.mutants import mutated, noticing

MUTANT = Mutant(file="half", text="a + b", replacement="a - b")


def names(block: str, mutant: Mutant) -> list[str]:
    """The tests that may notice."""
    return [entry.name.removeprefix(f"{block}.") for entry in noticing(CATALOGUE[block], mutant)]


def test_one_file_is_replaced_by_the_mutant_and_the_others_stay(tmp_path: Path) -> None:
    half, whole = tmp_path / "half.sv", tmp_path / "whole.sv"
    half.write_text("assign s = a + b;")
    whole.write_text("half i_half (.a, .b);")
    with mutated(MUTANT, [half, whole]) as sources:
        assert sources[1] == whole
        assert sources[0].name == "half.sv"
        assert sources[0].read_text() == "assign s = a - b;"
    assert half.read_text() == "assign s = a + b;"


def test_a_mutant_of_a_line_that_has_changed_is_refused(tmp_path: Path) -> None:
    half = tmp_path / "half.sv"
    half.write_text("assign s = a ^ b;")
    with pytest.raises(AssertionError, match="half no longer holds 'a \\+ b'"), mutated(MUTANT, [half]):
        pass


def test_a_mutant_is_tried_with_every_test_of_a_push_on_its_bench_unless_it_names_some() -> None:
    every = [entry.test for entry in CATALOGUE["dma"].tests]
    assert names("dma", MUTANT) == every
    tcdm = names("tcdm", MUTANT)
    assert "narrow_ports_share_a_bank_evenly" in tcdm
    assert "no_port_starves_with_16_banks" not in tcdm, "another configuration"
    assert "redmule_keeps_its_speed_and_cores_get_their_share" not in tcdm, "another bench"
    assert "more_random_traffic" not in tcdm, "only a night runs it"


def test_a_mutant_names_tests_by_themselves_or_by_their_module() -> None:
    control = Mutant(file="f", text="t", replacement="r", tests=("test_control",))
    assert "one_row_and_one_column_edges" in names("redmule", control)
    assert "RandomJobsOneAtATime" not in names("redmule", control)
    assert "thousands_of_a_job_after_a_soft_clear_at_any_moment_is_right" not in names("redmule", control)
    large = Mutant(file="f", text="t", replacement="r", tests=("the_largest_sizes_match_the_model",))
    assert names("redmule", large) == ["the_largest_sizes_match_the_model"]
