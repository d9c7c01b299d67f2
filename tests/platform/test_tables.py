# SPDX-License-Identifier: Apache-2.0
"""The tables of the documentation are those of the platform as it is."""

import pytest

from tb.plan import BlockEntry, PytestEntry
from tests.plan import PLAN
from tests.plan.collect import plan_of
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


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_said_to_verify_a_configuration_is_in_the_plan(name: str) -> None:
    for check in CONFIGS[name].checks:
        entry = PLAN[check.entry]
        assert plan_of(entry) == check.plan, check.entry
        if isinstance(entry, BlockEntry):
            assert name in entry.configurations, check.entry
        else:
            assert isinstance(entry, PytestEntry)
            assert name in (ROOT / entry.test.split("::")[0]).read_text(), check.entry
