# SPDX-License-Identifier: Apache-2.0
"""Where the build with late engines puts its gates (tests/system/test_builds.py runs it)."""

from pathlib import Path

import pytest

from tb.build.delays import DELAYS, GATE, Delay, delayed
from tb.build.sources import rtl_sources


def test_each_engine_has_its_gates_and_everything_else_is_the_rtl() -> None:
    original = rtl_sources()
    with delayed(original) as sources:
        assert sources[-1] == GATE
        changed = {new.stem for new, old in zip(sources, original, strict=False) if new != old}
        assert changed == {delay.module for delay in DELAYS}
        for delay in DELAYS:
            text = next(path for path in sources if path.stem == delay.module).read_text()
            assert f"assign {delay.signal} = {delay.signal.removesuffix('_o')}_wanted &&" in text
        copies = [path for path in sources if path not in (*original, GATE)]
    assert not any(path.exists() for path in copies)


@pytest.mark.parametrize(
    "text", ["", "assign load = a\n  && b;", "assign load = a;\nassign load = b;", "assign loads = a;"]
)
def test_an_assignment_that_is_not_there_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"m\.sv has no assignment of load"):
        Delay("m", "load", "load", 1).applied(text)


def test_the_gate_is_no_part_of_the_rtl() -> None:
    assert Path("models") / GATE.name == GATE.relative_to(GATE.parents[1])
