# SPDX-License-Identifier: Apache-2.0
"""Break td_redmule in one place after the other and see the bench fail: ``python -m tests.rtl.redmule_mutants``.

Not part of ``make test`` (each mutant is a build); exits 1 if a mutant survives.
"""

import sys
import tempfile
from pathlib import Path

from tb.build.simulator import SimulationError, build_block
from tb.build.sources import CORE_INCLUDES
from tests.rtl.test_redmule import CASES, SHAPES, SOURCES, environment

MUTANTS = {  # name: (file, text, replacement, the tests that may notice)
    "padding adds +0": ("td_redmule_array", "{1'b1, {Width - 1{1'b0}}}", "'0", ("redmule",)),
    "a row without clock": (
        "td_redmule_array",
        "step_i & row_enable_i[l]",
        "step_i & row_enable_i[l] & (l != 1)",
        ("redmule",),
    ),
    "leaving rows lose their clock": (
        "td_redmule_sequencer",
        "(draining ? drain_rows_q : '0)",
        "'0",
        ("redmule", "redmule_control"),
    ),
    "next job ignores dependences": ("td_redmule_control", "&& independent && legal", "&& legal", ("redmule",)),
    "W may read before it is complete": (
        "td_redmule_operand_buffer",
        "else if (write_tag_i.last)",
        "else",
        ("redmule",),
    ),
    "one credit too many": ("td_redmule_operand_buffer", "held_q != 3'(Banks)", "1'b1", ("redmule",)),
    "request withdrawn": ("td_redmule_streamer", "end else if (slot_free) begin", "end else begin", ("redmule",)),
    "result bank overrun": ("td_redmule_sequencer", "|| z_free_i", "|| 1'b1", ("redmule",)),
    "soft clear forgets the port": (
        "td_redmule_control",
        "clearing_q && port_idle_i",
        "clearing_q",
        ("redmule_control",),
    ),
    "soft clear keeps the sequencer": ("td_redmule_sequencer", "      run_q        <= 1'b0;", "", ("redmule_control",)),
    "event to core 0": (
        "td_redmule_regs",
        "evt_o[cores_q[run_context_q]] <= 1'b1",
        "evt_o[0] <= 1'b1",
        ("redmule_control",),
    ),
    "last column stored beyond K": ("td_redmule_streamer", "BlockWidth'(w) < words_i[choice]", "1'b1", ("redmule",)),
    "X not kept": ("td_redmule_sequencer", "x_shared_q && !last_k", "1'b0", ("redmule",)),
    "stale extension registers": (
        "td_redmule_regs",
        "i < Registers; i++) open_regs_q[i] <= '0",
        "i < Extension; i++) open_regs_q[i] <= '0",
        ("redmule_control",),
    ),
    "read ahead one step late": ("td_redmule_control", "running_q && !ahead_q &&", "1'b0 &&", ("redmule_cycles",)),
}


def notices(name: str) -> str:
    """The test that fails on mutant ``name``, or ''."""
    file, text, replacement, modules = MUTANTS[name]
    original = next(path for path in SOURCES if path.stem == file)
    source = original.read_text()
    assert source.count(text) >= 1, f"{name}: {file} no longer holds {text!r}"
    with tempfile.TemporaryDirectory() as scratch:
        mutant = Path(scratch) / original.name
        mutant.write_text(source.replace(text, replacement))
        sources = [mutant if path == original else path for path in SOURCES]
        shape = SHAPES["compact"]
        height, rows, pipe = shape
        build = build_block(
            "redmule-mutant",
            "td_redmule_tb",
            sources,
            parameters={"Height": height, "Rows": rows, "PipeRegs": pipe, "Format": 4},
            includes=CORE_INCLUDES,
            public={"td_redmule_tb": ["clk_i", "rst_ni", "go_i", "done_o"]},
            optimize="-O0",
            assertions=False,  # the data must show it
        )
        for module, case in CASES:
            if module not in modules:
                continue
            env = environment(shape, REDMULE_JOBS=100, REDMULE_CLEARS=40)
            try:
                build.test(f"tb.tests.{module}", Path(scratch) / case, testcase=case, env=env, timeout=60)
            except SimulationError:
                return case
    return ""


if __name__ == "__main__":
    survivors = []
    for mutant_name in sys.argv[1:] or MUTANTS:
        test = notices(mutant_name)
        print(f"{mutant_name}: {'noticed by ' + test if test else 'SURVIVES'}", flush=True)
        survivors += [] if test else [mutant_name]
    sys.exit(bool(survivors))
