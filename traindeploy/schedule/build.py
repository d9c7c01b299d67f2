# SPDX-License-Identifier: Apache-2.0
"""Training graph -> placed program: tile, schedule, pack; again with less room if the packing does not fit."""

from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.ir.program import Engine, Operator, Output, Program, Ref
from traindeploy.memory import packing
from traindeploy.memory.home import Homes, place_homes
from traindeploy.memory.residency import LiveRange, Stay, Uses, plan
from traindeploy.ops import node_flop, replacements
from traindeploy.platform import L2_ARENA, TCDM, TCDM_ARENA, HardwareConfig
from traindeploy.schedule.problem import Problem
from traindeploy.schedule.scheduler import make_schedule
from traindeploy.schedule.task import Task
from traindeploy.schedule.tiling import tile_graph

L1_ALIGNMENT = L2_ALIGNMENT = 64
TILE_SHARE = 0.93  # of L1 that one operator's tiles may take
ROOM = (
    1.0,
    0.98,
    0.96,
    0.94,
    0.92,
    0.9,
    0.85,
    0.8,
    0.7,
)  # of a memory that the scheduler may count on, until the packing fits


def build_program(graph: Graph, config: HardwareConfig, engine: Engine, *, steps: int = 1) -> Program:
    """Schedule and place ``graph``'s training step, to be run ``steps`` times.

    Raises UserError naming operator, memory and bytes if something does not fit.
    """
    graph.check()
    homes = place_homes(graph, steps)
    program: Program | None = None
    l1_room = l2_room = 0
    while l1_room < len(ROOM) and l2_room < len(ROOM):
        l1_bytes, l2_bytes = int(TCDM_ARENA.size * ROOM[l1_room]), int(L2_ARENA.size * ROOM[l2_room])
        program = _attempt(graph, config, engine, homes, l1_bytes, l2_bytes)
        misfit = _place(program)
        if misfit is None:
            break
        l1_room, l2_room = l1_room + (misfit == "L1"), l2_room + (misfit == "L2")
    else:
        assert program is not None
        raise _does_not_fit(program, misfit)
    program.training_steps, program.homes, program.sample_stride = steps, homes.address, homes.sample_stride
    program.peak_bytes["L3"] = homes.end
    program.operators = _operators(program, homes)
    return program


def _attempt(
    graph: Graph, config: HardwareConfig, engine: Engine, homes: Homes, l1_bytes: int, l2_bytes: int
) -> Program:
    tasks, scratch = tile_graph(graph, config, engine, int(l1_bytes * TILE_SHARE))
    stays = _plan_l2(graph, homes, l2_bytes)
    made = make_schedule(Problem(graph, tasks, scratch, stays, homes, l1_bytes))
    slots = made.slots
    program = Program(graph, config, engine, 1, slots, [], made.buffers, {}, 0, made.cycles)
    program.l2 = made.outputs
    program.engine_of = _engines(tasks)
    program.l3_bytes = sum(h.length for s in slots for h in s.hyper)
    program.l2_bytes = sum(d.nbytes for s in slots for d in s.dma)
    return program


def _engines(tasks: list[Task]) -> dict[str, Engine]:
    """RedMule for a node if any of its tasks runs there."""
    engines: dict[str, Engine] = {}
    for task in tasks:
        if task.engine == "redmule" or task.node.name not in engines:
            engines[task.node.name] = task.engine
    return engines


def _plan_l2(graph: Graph, homes: Homes, budget: int) -> list[Stay]:
    uses: dict[str, list[int]] = {}
    live: dict[str, LiveRange] = {}
    nbytes: dict[str, int] = {}
    for i, node in enumerate(graph.nodes):
        for name in (*node.inputs, *node.outputs):
            storage = graph.storage(name)
            size = nbytes[storage.name] = -(-storage.nbytes // L2_ALIGNMENT) * L2_ALIGNMENT
            if storage.name in homes.address:
                uses.setdefault(storage.name, []).append(i)
            else:
                first = live[storage.name].first if storage.name in live else i
                live[storage.name] = LiveRange(size, first, i)
    return plan(len(graph.nodes), {name: Uses(nbytes[name], used) for name, used in uses.items()}, live, budget)


def _place(program: Program) -> str | None:
    """Give every buffer its address; the level that does not fit, or None."""
    misfit = None
    for level, base, capacity, alignment in (
        ("L1", TCDM.base, TCDM_ARENA.size, L1_ALIGNMENT),
        ("L2", L2_ARENA.base, L2_ARENA.size, L2_ALIGNMENT),
    ):
        buffers = [b for b in program.buffers if b.level == level and b.first >= 0]
        rectangles = [packing.Rectangle(b.name, b.nbytes, b.first, b.last) for b in buffers]
        addresses = packing.pack(rectangles, capacity, alignment)
        if addresses is None:
            misfit = misfit or level
            continue
        for buffer, address in zip(buffers, addresses, strict=True):
            buffer.address = base + address
        program.peak_bytes[level] = packing.used(rectangles, addresses)
    program.buffers = [b for b in program.buffers if b.first >= 0]
    return misfit


def _does_not_fit(program: Program, level: str | None) -> UserError:
    buffers = [b for b in program.buffers if b.level == level]
    largest = max(buffers, key=lambda b: b.nbytes)
    needed = packing.peak([packing.Rectangle(b.name, b.nbytes, b.first, b.last) for b in buffers])
    available = TCDM_ARENA.size if level == "L1" else L2_ARENA.size
    return UserError(
        f"{level}: no placement found: {needed} bytes are alive at once, {available} are available; the largest buffer "
        f"is {largest.name!r} ({largest.nbytes} bytes)"
    )


def _operators(program: Program, homes: Homes) -> list[Operator]:
    graph, operators = program.graph, []
    for index, node in enumerate(graph.nodes):
        outputs, replaced = [], replacements(graph, node)
        for name in node.outputs:
            tensor = graph.tensors[name]
            base, offset = (tensor.view.base, tensor.view.offset) if tensor.view else (name, 0)
            strides = tuple(tensor.itemsize * s for s in tensor.view.strides) if tensor.view else None
            if base in replaced:
                home = homes.address[replaced[base]]
                outputs.append(Output(name, "L3", None, home, tensor.shape, tensor.dtype))
            else:
                ref = Ref(program.l2[base], tensor.itemsize * offset)
                outputs.append(Output(name, "L2", ref, -1, tensor.shape, tensor.dtype, strides))
        operators.append(Operator(index, node, program.engine_of[node.name], node_flop(graph, node), outputs))
    return operators
