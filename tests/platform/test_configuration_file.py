# SPDX-License-Identifier: Apache-2.0
"""A file changes a built-in configuration; what cannot be built is one line that says what was expected."""

from pathlib import Path

import pytest

from traindeploy.errors import UserError
from traindeploy.platform import CONFIGS, configuration
from traindeploy.platform.configuration_file import KEYS, variants, written


def file(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text)
    return str(path)


def test_a_built_in_one_is_itself() -> None:
    assert configuration("compact") is CONFIGS["compact"]


def test_a_file_changes_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    found = configuration(file(tmp_path, 'base = "compact"\nnum_fpus = 8\nrows = 2\n'))
    wanted = CONFIGS["compact"].parameters | {"NumFpus": 8, "Rows": 2}
    assert found.parameters == wanted
    assert (found.name, found.choice, found.checks) == ("mine", str(tmp_path / "mine.toml"), ())


def test_every_number_of_a_configuration_can_be_in_a_file_and_is_read_back(tmp_path: Path) -> None:
    for config in CONFIGS.values():
        again = configuration(written(config, tmp_path / "again.toml").choice)
        assert again.parameters == config.parameters
    assert len(KEYS) == len(CONFIGS["paper"].parameters)


def test_lists_make_variants(tmp_path: Path) -> None:
    path = file(tmp_path, "rows = [4, 8]\nnum_fpus = [2, 4, 8]\npipe = 3\n")
    found = variants(path)
    assert [(c.rows, c.num_fpus) for c in found] == [(4, 2), (4, 4), (4, 8), (8, 2), (8, 4), (8, 8)]
    assert found[0].name == "mine-rows4-num_fpus2"
    with pytest.raises(UserError, match="6 configurations, for lists; `traindeploy sweep"):
        configuration(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hieght = 4", "unknown key 'hieght': expected base, height, rows, pipe, tcdm_banks, num_fpus, fpu_latency"),
        ('base = "small"', "base = 'small': expected one of paper, compact"),
        ("rows = 0", "rows = 0: expected a number from 1 to 128"),
        ("rows = 4.0", "rows = 4.0: expected a number from 1 to 128"),
        ("rows = true", "rows = True: expected a number from 1 to 128"),
        ('rows = "4"\npipe = 9', "rows = '4': .*; pipe = 9: expected a number from 0 to 7"),
        ("rows = 17", "a tile has height . .pipe . 1. = 16 columns, expected rows to 128"),
        ("height = 64", "a tile has height . .pipe . 1. = 256 columns"),
        ("tcdm_banks = 16", "tcdm_banks = 16: expected a power of two of 17 or more"),
        ("tcdm_banks = 33", "tcdm_banks = 33: expected a power of two"),
        ("num_fpus = 3", "num_fpus = 3: expected a divisor of 8"),
        ("fpu_latency = 4", "fpu_latency = 4: expected a number from 1 to 3, the cycles of a pipelined"),
        ("rows = []", "an empty list"),
        ("rows = ", "is not TOML"),
        ("\x00", "is not TOML"),
    ],
)
def test_what_cannot_be_built_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        configuration(file(tmp_path, text))


@pytest.mark.parametrize("name", ["none.toml", ""])
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"expected paper, compact, or the path of a \.toml file"):
        configuration(str(tmp_path / name))
