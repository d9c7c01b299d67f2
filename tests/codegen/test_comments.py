# SPDX-License-Identifier: Apache-2.0
"""No name can leave the comments of the generated C."""

from pathlib import Path

import pytest

from tests.names import NASTY
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen import firmware
from traindeploy.codegen.network_c import comment, emit_c
from traindeploy.ir.program import Program
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program


def called(names: tuple[str, ...]) -> Program:
    """A step of cct_tiny whose nodes and graph are called ``names``, in turn."""
    graph = build_training_graph("cct_tiny", "lp")
    graph.name = "".join(names)
    for i, node in enumerate(graph.nodes):
        node.name = f"{i}{names[i % len(names)]}"
    return build_program(graph, CONFIGS["paper"], "redmule")


def code(text: str) -> list[str]:
    """The lines of ``text`` without comments."""
    return [line.split("//", 1)[0].rstrip() for line in text.splitlines()]


def test_names_that_mean_something_to_c_change_comments_only(tmp_path: Path) -> None:
    nasty = emit_c(called(NASTY))
    assert code(nasty) == code(emit_c(called(("fc", "relu"))))
    (tmp_path / "network.c").write_text(nasty)
    firmware.build([tmp_path / "network.c"], tmp_path / "firmware.elf")


@pytest.mark.parametrize("name", NASTY)
def test_a_comment_is_one_line_that_does_not_go_on(name: str) -> None:
    text = comment(name)
    assert text.isascii()
    assert (text + "x").isprintable()
    assert "\\" not in text
    assert "??" not in text
