# SPDX-License-Identifier: Apache-2.0
"""The generated C is the one that the last commit showed."""

from difflib import unified_diff

import pytest

from tests.codegen.golden_c import COPIES, STRATEGIES, generated, short

UPDATE = "If the change is meant, run `make golden-c` and commit the copies with it."
SLOT = """// About cycle 12.
static __attribute__((noinline)) void slot_0007(uint32_t core)
{
    if (core == 0) {
        last_dma = td_dma_start(&dma[3]); // store pool
    }
    td_relu(&relu_args[0], core); // relu 0:256
    td_barrier();
}
"""


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_generated_c_is_its_golden_copy(strategy: str) -> None:
    copy = COPIES / f"{strategy}.c"
    old, new = copy.read_text(encoding="utf-8").splitlines(), generated(strategy).splitlines()
    changes = "\n".join(unified_diff(old, new, f"{copy.name} (committed)", f"{copy.name} (generated)", lineterm=""))
    if changes:
        pytest.fail(f"the compiler generates other C.\n{changes}\n{UPDATE}", pytrace=False)


def test_a_slot_without_its_frame_keeps_what_it_does_and_in_which_order() -> None:
    assert short(SLOT) == (
        "slot(uint32_t core)\n"
        "    core 0: last_dma = td_dma_start(&dma[]); // store pool\n"
        "    td_relu(&relu_args[], core); // relu 0:256\n"
    )


def test_a_slot_without_a_barrier_is_kept_as_it_is() -> None:
    broken = SLOT.replace("    td_barrier();\n", "")
    assert "void slot_0007" in short(broken)
