# SPDX-License-Identifier: Apache-2.0
"""What each operator of the catalogue is verified on, a table a family."""

from collections.abc import Mapping

from traindeploy.ir.families import by_family
from traindeploy.verify.stimulus import Stimulus

TABLES: dict[str, Mapping[str, Stimulus]] = by_family(__name__, "STIMULI")
STIMULI: dict[str, Stimulus] = {op: stimulus for table in TABLES.values() for op, stimulus in table.items()}
