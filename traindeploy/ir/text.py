# SPDX-License-Identifier: Apache-2.0
"""Graphs and programs as text: what ``--dump`` writes after each pass, one line a node or an action, easy to diff."""

from traindeploy.ir.graph import Graph, Node, Tensor
from traindeploy.ir.program import Buffer, Call, Hyper, Program, Ref


def graph_text(graph: Graph) -> str:
    """Every node in order, grouped by phase, then the tensors that nothing computes."""
    lines = [f"graph {graph.name}: {len(graph.nodes)} nodes, {len(graph.tensors)} tensors"]
    lines += [f"inputs {', '.join(graph.inputs)}; outputs {', '.join(graph.outputs)}"]
    phase = ""
    for node in graph.nodes:
        if node.phase != phase:
            phase = node.phase
            lines += ["", f"{phase}:"]
        lines.append(f"  {_node(graph, node)}")
    computed = {name for node in graph.nodes for name in node.outputs}
    given = [t for n, t in graph.tensors.items() if n not in computed and t.view is None]
    lines += ["", "given:", *(f"  {_tensor(t)}{' trainable' if t.trainable else ''}" for t in given)]
    return "\n".join([*lines, ""])


def program_text(program: Program) -> str:
    """Every slot of the schedule: what it starts, calls, awaits and reports, then where the buffers lie."""
    lines = [f"program {program.graph.name}: {len(program.slots)} slots, about {program.estimated_cycles} cycles"]
    for number, slot in enumerate(program.slots):
        lines += ["", f"slot {number}, about cycle {slot.start}:"]
        lines += [f"  DMA {d.label}: {d.nbytes} bytes {_ref(d.source)} -> {_ref(d.destination)}" for d in slot.dma]
        lines += [f"  HyperBus {h.label}: {h.length} bytes, L3 {h.l3:#x}, {_ref(h.l2)}{_only(h)}" for h in slot.hyper]
        lines += [f"  RedMule {_call(job)}" for job in slot.jobs]
        lines += [f"  cores {_call(call)}" for call in slot.calls]
        waits = {"DMA": slot.wait_dma, "HyperBus": slot.wait_hyper, "RedMule": slot.wait_jobs}
        lines += [f"  wait for {engine} {count}" for engine, count in waits.items() if count]
        lines += [f"  report {program.operators[index].node.name}" for index in slot.reports]
    lines += ["", "buffers:", *(f"  {_buffer(b)}" for b in program.buffers)]
    return "\n".join([*lines, ""])


def _only(hyper: Hyper) -> str:
    return f", {hyper.only} step only" if hyper.only else ""


def _node(graph: Graph, node: Node) -> str:
    attributes = "".join(f" {key}={value}" for key, value in node.attrs.items())
    inputs = ", ".join(_tensor(graph.tensors[name]) for name in node.inputs)
    outputs = ", ".join(_tensor(graph.tensors[name]) for name in node.outputs)
    return f"{node.name}: {node.op}{attributes} ({inputs}) -> ({outputs})"


def _tensor(tensor: Tensor) -> str:
    shape = "x".join(map(str, tensor.shape))
    dtype = "" if tensor.dtype == "float32" else f" {tensor.dtype}"
    view = tensor.view
    where = "" if view is None else f" = {view.base}+{view.offset} strides {'x'.join(map(str, view.strides))}"
    return f"{tensor.name}[{shape}]{dtype}{where}"


def _call(call: Call) -> str:
    arguments = (f"{key}={_ref(v) if isinstance(v, Ref) else v}" for key, v in call.args.items())
    return f"{call.kernel} {call.label}: {', '.join(arguments)}"


def _ref(ref: Ref) -> str:
    return f"{ref.buffer.name}@{ref.address:#x}"


def _buffer(buffer: Buffer) -> str:
    alive = f"slots {buffer.first} to {buffer.last}"
    return f"{buffer.level} {buffer.address:#x} {buffer.nbytes} bytes, {alive}: {buffer.name}"
