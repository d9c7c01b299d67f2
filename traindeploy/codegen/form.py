# SPDX-License-Identifier: Apache-2.0
"""Whether a training step becomes code, a function a slot, or data that the runtime walks."""

from itertools import chain

from traindeploy.codegen.descriptors import arguments, dma_fields, hyper_fields
from traindeploy.ir.program import Program
from traindeploy.platform import L2_FIRMWARE
from traindeploy.records.program import AskedForm, Form

WORD = 4
# Bytes of code, at most: measured on cct2 and on encoders of up to 12 blocks.
_A_SLOT, _AN_ACTION, _RUNTIME_AND_KERNELS = 40, 24, 48 << 10


def chosen(program: Program, asked: AskedForm) -> Form:
    """As ``asked``; "auto" is code, which triage knows slot by slot, as long as that is sure to fit."""
    if asked != "auto":
        return asked
    return "code" if code_bytes(program) <= L2_FIRMWARE.size else "data"


def code_bytes(program: Program) -> int:
    """Upper estimate of the firmware with the program as code, with descriptors, runtime and kernels."""
    slots = program.slots
    dma, hyper, calls = (sum(len(part) for part in parts) for parts in (
        (slot.dma for slot in slots), (slot.hyper for slot in slots), ((*slot.jobs, *slot.calls) for slot in slots)
    ))  # fmt: skip
    waits = sum(bool(wait) for slot in slots for wait in (slot.wait_dma, slot.wait_hyper, slot.wait_jobs))
    actions = dma + hyper + calls + waits + 2 * len(program.operators)  # an operator's begin and end are reported
    return _A_SLOT * len(slots) + _AN_ACTION * actions + WORD * descriptor_words(program) + _RUNTIME_AND_KERNELS


def descriptor_words(program: Program) -> int:
    """Of all transfers, jobs and calls, each with all its fields."""
    return sum(
        sum(len(dma_fields(dma)) for dma in slot.dma)
        + sum(len(hyper_fields(hyper)) for hyper in slot.hyper)
        + sum(len(arguments(call)) for call in chain(slot.jobs, slot.calls))
        for slot in program.slots
    )
