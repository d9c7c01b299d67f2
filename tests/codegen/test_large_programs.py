# SPDX-License-Identifier: Apache-2.0
"""A deep encoder compiles in under a minute, and its tables say what its code would say."""

import time
from dataclasses import replace
from pathlib import Path

import onnx

from tests.codegen.read_back import Source
from tests.codegen.read_back_data import DataSource
from tests.codegen.test_data_form import what
from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen import check_program, firmware
from traindeploy.codegen.form import chosen
from traindeploy.codegen.network_c import emit_c
from traindeploy.frontend.cct import CCT2, build_cct
from traindeploy.platform import CONFIGS, L2_FIRMWARE
from traindeploy.schedule import build_program


def test_twenty_four_blocks_compile_in_under_a_minute(tmp_path: Path) -> None:
    model, source = tmp_path / "blocks24.onnx", tmp_path / "network.c"
    onnx.save(build_cct(replace(CCT2, blocks=24), 0), model)
    begun = time.process_time()
    program = build_program(build_training_graph(str(model), "lora2"), CONFIGS["paper"], "redmule")
    check_program(program)
    text = emit_c(program, "data")
    source.write_text(text)
    size = firmware.build([source], tmp_path / "firmware.elf").l2
    assert time.process_time() - begun < 60
    assert chosen(program, "auto") == "data"
    assert size < L2_FIRMWARE.size // 2
    assert size < 50 * len(program.slots) + (16 << 10)
    assert what(DataSource.of(text).slots()) == what(Source(emit_c(program)).slots())
