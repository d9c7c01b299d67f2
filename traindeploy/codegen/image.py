# SPDX-License-Identifier: Apache-2.0
"""What is written beside the code: the L3 image and the program description."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from traindeploy.errors import UserError
from traindeploy.ir.program import Program


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


def describe(program: Program) -> dict[str, Any]:
    """The content of program.json (docs/design/bench.md, the program description)."""
    graph = program.graph
    updated = {graph.storage(n.inputs[0]).name for n in graph.nodes if n.op == "Sgd"}

    def location(name: str) -> dict[str, Any]:
        tensor = graph.tensors[name]
        return {
            "tensor": name,
            "level": "L3",
            "address": program.homes[name],
            "shape": list(tensor.shape),
            "dtype": tensor.dtype,
        }

    def samples(kind: str) -> list[dict[str, Any]]:
        return [
            location(n)
            | {"addresses": [program.homes[n] + s * program.sample_stride for s in range(program.training_steps)]}
            for n in program.homes
            if graph.tensors[n].kind == kind
        ]

    operators = []
    for op in program.operators:
        outputs = []
        for out in op.outputs:
            entry: dict[str, Any] = {
                "tensor": out.tensor, "level": out.level, "address": out.address, "shape": list(out.shape),
                "dtype": out.dtype,
            }  # fmt: skip
            if out.strides is not None:
                entry["strides"] = list(out.strides)
            outputs.append(entry)
        operators.append(
            {"index": op.index, "name": op.node.name, "kind": op.node.op, "engine": op.engine, "phase": op.node.phase,
             "origin": op.node.origin, "flop": op.flop, "outputs": outputs}
        )  # fmt: skip
    losses = [o for op in operators for o in op["outputs"] if graph.tensors[o["tensor"]].kind == "loss"]
    return {
        "graph": graph.name,
        "engine": program.engine,
        "config": program.config.name,
        "steps": program.training_steps,
        "schedule_steps": len(program.slots),
        "estimated_cycles": program.estimated_cycles,
        "operators": operators,
        "inputs": samples("input"),
        "labels": samples("label"),
        "parameters": [
            location(n) | {"trainable": n in updated}
            for n in program.homes
            if graph.tensors[n].kind in ("parameter", "constant")
        ],
        "loss": losses[0] if losses else None,
        "flop": sum(op.flop for op in program.operators),
        "peak_bytes": program.peak_bytes,
        "l3_bytes": program.l3_bytes,
        "l2_bytes": program.l2_bytes,
        "trainable_parameters": sum(graph.tensors[n].size for n in updated),
    }
