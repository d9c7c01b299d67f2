# SPDX-License-Identifier: Apache-2.0
"""Program -> network.c."""

import re
from typing import Any

import jinja2
import numpy as np

from traindeploy.codegen.descriptors import Address, Pointer, arguments, dma_fields, hyper_fields
from traindeploy.codegen.network_data import DataProgram, kernel_rows
from traindeploy.ir.program import Program, Slot
from traindeploy.platform.signals import OPERATOR_BEGINS, STEP_BEGINS
from traindeploy.records.program import Form, Only

ONLY: dict[Only, str] = {
    "": "",
    "first": "if (training_step == 0) ",
    "last": "if (training_step + 1 == TRAINING_STEPS) ",
}
_BEYOND_COMMENT = re.compile(r"[^\x20-\x7e]|\\|\?\?")


def emit_c(program: Program, form: Form = "code") -> str:
    """The C source of the whole training step; the same text for the same program.

    ``form``: "code" is a function a slot, "data" are tables that the runtime walks.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("traindeploy.codegen"), trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["comment"] = comment
    own = _as_data(program) if form == "data" else _as_code(program)
    return environment.get_template("network_data.c.j2" if form == "data" else "network.c.j2").render(
        graph=program.graph.name, engine=program.engine, config=program.config.name,
        training_steps=program.training_steps, sample_stride=program.sample_stride,
        step_begins=f"{STEP_BEGINS:#x}u", **own,
    )  # fmt: skip


def _as_code(program: Program) -> dict[str, Any]:
    tables = _Tables()
    started = {"dma": 0, "hyper": 0, "jobs": 0}
    seen: set[int] = set()
    slots = [_slot(tables, started, seen, number, slot) for number, slot in enumerate(program.slots)]
    return {"tables": tables.listing(), "slots": slots, "operator_begins": f"{OPERATOR_BEGINS:#x}u"}


def _as_data(program: Program) -> dict[str, Any]:
    data = DataProgram(program)
    return {"data": data, "kernels": kernel_rows(data.kernels), "slots": len(program.slots)}


def comment(text: str) -> str:
    """``text`` as it can stand behind ``//``: one line of printable ASCII that no backslash or trigraph continues.

    >>> print(comment("a" + chr(10) + "b " + chr(92)))
    a_b _
    """
    return _BEYOND_COMMENT.sub("_", text)


class _Tables:
    """Descriptor tables by C type, filled in order of use."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[tuple[str, str]]] = {
            ("td_dma_t", "dma"): [], ("td_hyper_t", "hyper"): [], ("td_redmule_job_t", "jobs"): [],
        }  # fmt: skip

    def add(self, type_: str, name: str, values: list[Any], label: str) -> int:
        rows = self.rows.setdefault((type_, name), [])
        rows.append((", ".join(_literal(v) for v in values), label))
        return len(rows) - 1

    def listing(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        return [(type_, name, rows) for (type_, name), rows in self.rows.items()]


def _literal(value: Any) -> str:
    if value is None:
        return "0"
    if isinstance(value, Pointer):
        return f"(void *)0x{int(value):08x}u"
    if isinstance(value, float | np.floating):
        return _float_literal(float(np.float32(value)))
    return f"0x{int(value):08x}u" if isinstance(value, Address) else f"{int(value)}u"


def _float_literal(value: float) -> str:
    if not np.isfinite(value):
        raise ValueError(f"{value} is no kernel argument")
    return f"{value.hex()}f"


def _slot(tables: _Tables, started: dict[str, int], seen: set[int], number: int, slot: Slot) -> dict[str, Any]:
    calls, ends, notes = [], [], []
    begins = dict.fromkeys(call.operator for call in [*slot.jobs, *slot.calls] if call.operator not in seen)
    seen.update(begins)
    starts = [f"td_report(OPERATOR_BEGINS | {index});" for index in begins]
    uses_step = False
    for dma in slot.dma:
        i = tables.add("td_dma_t", "dma", dma_fields(dma), dma.label)
        starts.append(f"last_dma = td_dma_start(&dma[{i}]); // {comment(dma.label)}")
    for hyper in slot.hyper:
        i = tables.add("td_hyper_t", "hyper", hyper_fields(hyper), hyper.label)
        uses_step = uses_step or bool(hyper.l3_step_stride or hyper.only)
        if hyper.l3_step_stride:
            starts.append(f"td_hyper_t sample_{i} = hyper[{i}]; // {comment(hyper.label)}")
            starts.append(f"sample_{i}.l3_addr += training_step * SAMPLE_STRIDE;")
            starts.append(f"last_hyper = td_hyper_start(&sample_{i});")
        else:
            starts.append(f"{ONLY[hyper.only]}last_hyper = td_hyper_start(&hyper[{i}]); // {comment(hyper.label)}")
    for job in slot.jobs:
        i = tables.add("td_redmule_job_t", "jobs", arguments(job), job.label)
        starts.append(f"td_redmule_start(&jobs[{i}]); // {comment(job.label)}")
    for kind, items in (("dma", slot.dma), ("hyper", slot.hyper), ("jobs", slot.jobs)):
        started[kind] += len(items)
    for call in slot.calls:
        short = call.kernel.removeprefix("td_")
        i = tables.add(f"{call.kernel}_args_t", f"{short}_args", arguments(call), call.label)
        calls.append(f"{call.kernel}(&{short}_args[{i}], core); // {comment(call.label)}")
    for kind, count in (("dma", slot.wait_dma), ("hyper", slot.wait_hyper)):
        if count:
            behind = started[kind] - count
            ends.append(f"td_{kind}_wait(last_{kind}{f' - {behind}' if behind else ''});")
    if slot.wait_jobs:
        left = started["jobs"] - slot.wait_jobs
        ends.append(f"td_redmule_wait_left({left});" if left else "td_redmule_wait();")
    ends += [f"td_report({index});" for index in slot.reports]
    notes += [f"RedMule: {job.label}" for job in slot.jobs] + [f"cores: {call.label}" for call in slot.calls]
    return {"name": f"{number:04d}", "start": slot.start, "notes": notes, "starts": starts,
            "calls": calls, "ends": ends,
            "uses_step": uses_step}  # fmt: skip
