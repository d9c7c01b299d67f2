# SPDX-License-Identifier: Apache-2.0
"""What is written beside the code: the L3 image and the program description."""

from collections.abc import Mapping, Sequence

import numpy as np

from traindeploy.errors import UserError
from traindeploy.ir.program import Operator, Output, Program
from traindeploy.ops import OPERATORS, replacements
from traindeploy.records.program import (
    FirmwareSize,
    Form,
    OperatorDescription,
    ParameterPlacement,
    Placement,
    ProgramDescription,
    SamplePlacement,
)


def l3_image(program: Program, samples: Sequence[Mapping[str, np.ndarray]]) -> dict[int, np.ndarray]:
    """Arrays by L3 byte address: initial parameters and constants, then each training step's inputs and labels.

    UserError if a sample is missing or of another shape than the graph's.
    """
    image: dict[int, np.ndarray] = {}
    if len(samples) < program.training_steps:
        raise UserError(f"{program.training_steps} training steps need as many samples, {len(samples)} were given")
    for name, address in program.homes.items():
        tensor = program.graph.tensors[name]
        if tensor.kind in ("input", "label"):
            for step in range(program.training_steps):
                if name not in samples[step]:
                    raise UserError(f"sample {step} has no array for the graph's {tensor.kind} {name!r}")
                value = np.asarray(samples[step][name])
                if value.size != tensor.size:
                    raise UserError(
                        f"sample {step}: {name!r} has shape {value.shape}, the graph expects {tensor.shape}"
                    )
                image[address + step * program.sample_stride] = np.ascontiguousarray(value, tensor.dtype).reshape(
                    tensor.shape
                )
        else:
            if tensor.data is None:
                raise UserError(f"{tensor.kind} {name!r} has no values")
            image[address] = np.ascontiguousarray(tensor.data, tensor.dtype)
    return image


def describe(program: Program, firmware: FirmwareSize | None = None, form: Form = "code") -> ProgramDescription:
    """What program.json says (docs/design/bench.md); ``firmware``: the sizes of what was linked, in ``form``."""
    graph = program.graph
    updated = {name for name in replacements(graph).values() if graph.tensors[name].trainable}
    operators = _operators(program)
    losses = (o for operator in operators for o in operator.outputs if graph.tensors[o.tensor].kind == "loss")

    def home(name: str) -> Placement:
        tensor = graph.tensors[name]
        return Placement(
            tensor=name, level="L3", address=program.homes[name], shape=tuple(tensor.shape), dtype=tensor.dtype
        )

    def samples(kind: str) -> tuple[SamplePlacement, ...]:
        names = (name for name in program.homes if graph.tensors[name].kind == kind)
        offsets = [step * program.sample_stride for step in range(program.training_steps)]
        return tuple(
            SamplePlacement(**vars(home(name)), addresses=tuple(program.homes[name] + offset for offset in offsets))
            for name in names
        )

    return ProgramDescription(
        operators=operators,
        steps=program.training_steps,
        loss=next(losses, None),
        graph=graph.name,
        engine=program.engine,
        config=program.config.choice,
        hardware=program.config.parameters,
        slots=len(program.slots),
        estimated_cycles=program.estimated_cycles,
        inputs=samples("input"),
        labels=samples("label"),
        parameters=tuple(
            ParameterPlacement(**vars(home(name)), trainable=name in updated)
            for name in program.homes
            if graph.tensors[name].kind in ("parameter", "constant")
        ),
        flop=sum(operator.flop for operator in operators),
        peak_bytes=program.peak_bytes,
        l3_bytes=program.l3_bytes,
        l2_bytes=program.l2_bytes,
        trainable_parameters=sum(graph.tensors[name].size for name in updated),
        firmware_bytes=firmware,
        form=form,
        l3_bytes_once=program.l3_bytes_once,
        weights=program.weights,
        at_end=tuple(_placement(output) for output in program.at_end),
    )


def _operators(program: Program) -> tuple[OperatorDescription, ...]:
    """The operators in mailbox order, each with those that wrote, before it, what it reads."""
    writers: dict[str, list[int]] = {}
    described = []
    for operator in program.operators:
        storages = (program.graph.storage(name).name for name in operator.node.inputs)
        reads = sorted({index for storage in storages for index in writers.get(storage, ())})
        described.append(_operator(operator, tuple(reads)))
        for name in operator.node.outputs:
            writers.setdefault(program.graph.storage(name).name, []).append(operator.index)
    return tuple(described)


def _operator(operator: Operator, reads: tuple[int, ...]) -> OperatorDescription:
    node, declared = operator.node, OPERATORS[operator.node.op]
    on_redmule = operator.engine == "redmule"
    return OperatorDescription(
        index=operator.index,
        name=node.name,
        kind=node.op,
        engine=operator.engine,
        phase=node.phase,
        flop=operator.flop,
        origin=node.origin,
        kernel="RedMule" if on_redmule else declared.kernel.name if declared.kernel else f"td_{declared.family}",
        source="rtl/redmule" if on_redmule else f"firmware/kernels/{declared.family}.c",
        reads=reads,
        outputs=tuple(_placement(output) for output in operator.outputs),
    )


def _placement(output: Output) -> Placement:
    return Placement(
        tensor=output.tensor,
        level=output.level,
        address=output.address,
        shape=tuple(output.shape),
        dtype=output.dtype,
        strides=output.strides,
    )
