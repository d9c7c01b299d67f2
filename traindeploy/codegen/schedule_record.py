# SPDX-License-Identifier: Apache-2.0
"""The schedule for reports: ``schedule.json`` from a placed program."""

from traindeploy.ir.program import Buffer, Call, Dma, Hyper, Program, Ref, Slot
from traindeploy.records.schedule import (
    BufferDescription,
    OperandDescription,
    OperatorDetail,
    ScheduleDescription,
    SlotDescription,
    TransferDescription,
    WorkDescription,
)

LONGEST_ATTRIBUTE = 200  # characters


def describe_schedule(program: Program) -> ScheduleDescription:
    """What schedule.json says."""
    numbers = {id(buffer): number for number, buffer in enumerate(program.buffers)}
    owners = _owners(program.slots)
    return ScheduleDescription(
        slots=tuple(_slot(slot, numbers, owners) for slot in program.slots),
        buffers=tuple(
            BufferDescription(name=b.name, level=b.level, address=b.address, bytes=b.nbytes, first=b.first, last=b.last)
            for b in program.buffers
        ),
        operators=tuple(_detail(program, index) for index in range(len(program.operators))),
    )


def _owners(slots: list[Slot]) -> dict[int, int]:
    """The operator of each transfer (by its ``id``): the next that reads what is loaded, the last that wrote what is
    stored.

    What a slot starts is complete after it at the earliest, so a load is for a later slot, a store of an earlier one.
    """
    owners: dict[int, int] = {}
    wrote: dict[int, int] = {}  # buffer -> operator that wrote it last, be it by way of a transfer
    for slot in slots:
        stores = [(d, d.source.buffer, d.destination.buffer) for d in slot.dma if d.source.buffer.level == "L1"]
        owners.update({id(dma): wrote.get(id(source), -1) for dma, source, _ in stores})
        owners.update({id(hyper): wrote.get(id(hyper.l2.buffer), -1) for hyper in slot.hyper if hyper.to_l3})
        wrote.update({id(target): owners[id(dma)] for dma, _, target in stores})
        for call in [*slot.jobs, *slot.calls]:
            wrote.update({id(ref.buffer): call.operator for ref, _ in call.writes})
    reads: dict[int, int] = {}  # buffer -> operator that reads it next
    for slot in reversed(slots):
        loads = [(d, d.source.buffer, d.destination.buffer) for d in slot.dma if d.destination.buffer.level == "L1"]
        owners.update({id(dma): reads.get(id(target), -1) for dma, _, target in loads})
        owners.update({id(hyper): reads.get(id(hyper.l2.buffer), -1) for hyper in slot.hyper if not hyper.to_l3})
        reads.update({id(source): owners[id(dma)] for dma, source, _ in loads})
        for call in [*slot.jobs, *slot.calls]:
            reads.update({id(ref.buffer): call.operator for ref, _ in call.reads})
    return owners


def _slot(slot: Slot, numbers: dict[int, int], owners: dict[int, int]) -> SlotDescription:
    return SlotDescription(
        start=slot.start,
        dma=tuple(_dma(dma, owners[id(dma)]) for dma in slot.dma),
        hyper=tuple(_hyper(hyper, owners[id(hyper)]) for hyper in slot.hyper),
        jobs=tuple(_work(call, numbers) for call in slot.jobs),
        calls=tuple(_work(call, numbers) for call in slot.calls),
        wait_dma=slot.wait_dma,
        wait_hyper=slot.wait_hyper,
        wait_jobs=slot.wait_jobs,
        reports=tuple(slot.reports),
    )


def _dma(dma: Dma, operator: int) -> TransferDescription:
    return TransferDescription(
        label=dma.label,
        source=dma.source.address,
        destination=dma.destination.address,
        bytes=dma.nbytes,
        store=dma.source.buffer.level == "L1",
        operator=operator,
    )


def _hyper(hyper: Hyper, operator: int) -> TransferDescription:
    ends = (hyper.l2.address, hyper.l3) if hyper.to_l3 else (hyper.l3, hyper.l2.address)
    return TransferDescription(
        label=hyper.label,
        source=ends[0],
        destination=ends[1],
        bytes=hyper.length,
        store=hyper.to_l3,
        operator=operator,
        step_stride=hyper.l3_step_stride,
        only=hyper.only,
    )


def _work(call: Call, numbers: dict[int, int]) -> WorkDescription:
    def of(buffers: list[Buffer]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(numbers[id(buffer)] for buffer in buffers))

    return WorkDescription(
        operator=call.operator,
        kernel=call.kernel,
        label=call.label,
        cycles=call.cycles,
        reads=of([ref.buffer for ref, _ in call.reads]),
        writes=of([ref.buffer for ref, _ in call.writes]),
        job=_job(call) if call.engine == "redmule" else (),
    )


def _job(call: Call) -> tuple[int, ...]:
    pointers = [ref.address for name in ("x", "w", "z") if isinstance(ref := call.args[name], Ref)]
    sizes = [size for name in ("m", "n", "k") if isinstance(size := call.args[name], int)]
    return (*pointers, *sizes)


def _detail(program: Program, index: int) -> OperatorDetail:
    node, tensors = program.operators[index].node, program.graph.tensors
    return OperatorDetail(
        index=index,
        inputs=tuple(
            OperandDescription(
                tensor=name,
                shape=tuple(tensors[name].shape),
                dtype=tensors[name].dtype,
                kind=tensors[name].kind,
                view=view.base if (view := tensors[name].view) is not None else "",
            )
            for name in node.inputs
        ),
        attributes={name: str(value)[:LONGEST_ATTRIBUTE] for name, value in node.attrs.items()},
    )
