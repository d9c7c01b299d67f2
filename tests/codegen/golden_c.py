# SPDX-License-Identifier: Apache-2.0
"""Copies of the C that is generated for cct_tiny, so that a change of the compiler shows what it does to programs.

``tests/codegen/golden/<strategy>.c`` holds network.c without what every slot has (the function's head, "core 0 only",
the barrier) and without numbers that only count (of slots, table entries, cycles): one transfer more is two lines more.
``make golden-c`` rewrites the copies.
"""

import re
from pathlib import Path

from traindeploy.app.pipeline import build_training_graph
from traindeploy.codegen.network_c import emit_c
from traindeploy.platform import CONFIGS
from traindeploy.schedule import build_program

COPIES = Path(__file__).parent / "golden"
STRATEGIES = ("lp", "lora1")
SLOT = re.compile(
    r"static __attribute__\(\(noinline\)\) void slot_\d+(\(uint32_t core(?:, uint32_t \w+)?\))\n"
    r"\{\n(.*?)    td_barrier\(\);\n\}\n",
    re.DOTALL,
)
FIRST_CORE = re.compile(r"    if \(core == 0\) \{\n(.*?)    \}\n", re.DOTALL)


def generated(strategy: str) -> str:
    """What a copy must hold: cct_tiny on RedMule in the compact configuration, in short form."""
    program = build_program(build_training_graph("cct_tiny", strategy), CONFIGS["compact"], "redmule")
    return short(emit_c(program))


def short(text: str) -> str:
    """``text`` without the slots' frame and without running numbers."""
    text = SLOT.sub(lambda slot: f"slot{slot[1]}\n{FIRST_CORE.sub(_first_core, slot[2])}", text)
    text = re.sub(r"^        slot_\d+\(.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^// About cycle \d+\.\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"(&\w+)\[\d+\]", r"\1[]", text)
    return re.sub(r"// \d+: ", "// ", text)


def _first_core(block: re.Match[str]) -> str:
    return "".join(f"    core 0: {line.strip()}\n" for line in block[1].splitlines())


def main() -> None:
    """Rewrite the copies."""
    COPIES.mkdir(exist_ok=True)
    for strategy in STRATEGIES:
        (COPIES / f"{strategy}.c").write_text(generated(strategy), encoding="utf-8")


if __name__ == "__main__":
    main()
