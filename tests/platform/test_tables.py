# SPDX-License-Identifier: Apache-2.0
"""The tables of the documentation are those of the platform as it is."""

from traindeploy.platform import tables
from traindeploy.platform.configurations import CONFIGS
from traindeploy.platform.paths import ROOT
from traindeploy.platform.registers import map_files


def test_every_table_is_in_the_documentation():
    text = "".join(page.read_text() for page in tables.pages())
    wanted = [*(f"registers {block}" for block in map_files()), *(f"platform {name}" for name in tables.PLATFORM)]
    assert [table for table in wanted if f"<!-- {table}: begin -->\n" not in text] == []


def test_the_tables_are_up_to_date():
    for page in tables.pages():
        assert page.read_text() == tables.fill(page.read_text()), (
            f"{page.name} is out of date: run python -m traindeploy.platform.tables"
        )


def test_what_a_configuration_is_said_to_be_verified_by_is_there():
    for config in CONFIGS.values():
        assert config.checks, f"{config.name}: nothing is said to be run on it"
        for check in config.checks:
            assert (ROOT / check.where).exists(), f"{config.name}: {check.where} is missing"
