# SPDX-License-Identifier: Apache-2.0
"""How benches reset: an edge first, for flops whose clock stands, then cycles in reset, then the design runs."""

from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

from tb.env.common import reset


class Signal:
    """Keeps what it is given, with what else has happened, in ``events``."""

    def __init__(self, name: str, events: list[tuple[str, int]]) -> None:
        self.name, self.events = name, events

    def __setattr__(self, attribute: str, value: Any) -> None:
        if attribute == "value":
            self.events.append((self.name, value))
        else:
            super().__setattr__(attribute, value)


def test_a_reset_begins_with_an_edge_and_lasts_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[tuple[str, int]] = []

    async def passes(*what: Any, **_: Any) -> None:
        events.append(("wait", what[-1] if isinstance(what[-1], int) else what[0]))

    monkeypatch.setattr(reset, "Timer", passes)
    monkeypatch.setattr(reset, "ClockCycles", passes)
    monkeypatch.setattr(
        reset, "Clock", lambda *_, **__: SimpleNamespace(start=lambda: events.append(("clock starts", 0)))
    )
    dut = SimpleNamespace(rst_ni=Signal("rst_ni", events), clk_i=None)
    run: Coroutine[Any, Any, None] = reset.start(dut, Signal("req_i", events), cycles=5)
    with pytest.raises(StopIteration):
        run.send(None)
    assert events == [
        ("req_i", 0), ("rst_ni", 1), ("wait", 1), ("rst_ni", 0), ("clock starts", 0), ("wait", 3), ("rst_ni", 1),
        ("wait", 5),
    ]  # fmt: skip
