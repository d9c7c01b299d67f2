# SPDX-License-Identifier: Apache-2.0
"""Parameters that make no hardware are refused."""

import pytest

from tb.blocks.catalogue import CATALOGUE
from tb.build.simulator import build_block
from tb.build.sources import CORE_INCLUDES
from traindeploy.errors import UserError


def test_an_impossible_shape_stops_elaboration_with_a_message() -> None:
    bench = CATALOGUE["redmule"].benches["main"]
    impossible = {"Height": 2, "Rows": 5, "PipeRegs": 1, "Format": 4}
    with pytest.raises(UserError, match="needs 1 <= Rows"):
        build_block(
            "redmule-impossible",
            bench.top,
            bench.sources,
            parameters=impossible,
            includes=CORE_INCLUDES,
            public=bench.public,
            args=("-Werror-USERERROR",),
        )
