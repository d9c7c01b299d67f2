# SPDX-License-Identifier: Apache-2.0
"""One body of tests for every operator of the catalogue, and what each needs beyond it, a table a family."""

from collections.abc import Mapping

from tests.ops.spec import Spec
from traindeploy.ir.families import by_family

TABLES: dict[str, Mapping[str, Spec]] = by_family(__name__, "SPECS")
SPECS: dict[str, Spec] = {op: spec for table in TABLES.values() for op, spec in table.items()}
