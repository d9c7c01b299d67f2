# SPDX-License-Identifier: Apache-2.0
"""Training graph -> placed program: tile, plan L2, schedule, place; again with less room if it does not fit."""

from dataclasses import dataclass

from traindeploy.errors import UserError
from traindeploy.ir import Graph
from traindeploy.ir.program import Engine, Operator, Output, Program, Ref, Weights
from traindeploy.ir.region import Box
from traindeploy.memory.home import Homes, place_homes
from traindeploy.memory.residency import LiveRange, Stay, Uses, plan, staying
from traindeploy.ops import node_flop, replacements
from traindeploy.platform import HardwareConfig
from traindeploy.schedule.order import follow, numbered
from traindeploy.schedule.place import ALIGNMENT, ARENAS, Misfit, place
from traindeploy.schedule.problem import Problem
from traindeploy.schedule.scheduler import Schedule, make_schedule
from traindeploy.schedule.task import Task
from traindeploy.schedule.tiling import tile_graph

TILE_SHARE = 0.93  # of L1 that one operator's tiles may take
ROUNDS = 24  # of schedules with less and less room in L1 where the placement does not fit
STEP = 1024  # bytes by which it becomes less than what was alive there
# Of L2 that the scheduler may count on: the next one is tried where the placement does not fit.
ROOM = (1.0, 0.98, 0.96, 0.94, 0.92, 0.9, 0.85, 0.8, 0.7)
# The same, where weights stay in L2. What is planned is alive for a few operators more than what is scheduled, so more
# than there is can be planned; the placement decides.
LASTING_ROOM = (1.08, 1.04, 1.0, 0.96, 0.92, 0.88, 0.84, 0.8, 0.7)
AHEAD = (0.9, 0.8, 0.6, 0.4, 0.0)  # the same, where updates write over what they read


def build_program(
    graph: Graph, config: HardwareConfig, engine: Engine, *, steps: int = 1, weights: Weights = "l3"
) -> Program:
    """Schedule and place ``graph``'s training step, to be run ``steps`` times.

    ``weights`` "l3": each step fetches them and writes updates back. "l2": what fits stays in L2, and is written back
    behind the last step; "l2-saved": in each. Raises UserError naming operator, memory and bytes if it does not fit.
    """
    graph.check()
    homes = place_homes(graph, steps)
    tiles, scratch = tile_graph(graph, config, engine, int(ARENAS["L1"].size * TILE_SHARE))
    tasks = follow(tiles, {} if weights == "l3" else replacements(graph))
    try:
        problem, schedule, peak = _fit(graph, tasks, scratch, homes, weights)
    except UserError:
        if not replacements(graph):
            raise
        tasks = numbered(tiles)
        problem, schedule, peak = _fit(graph, tasks, scratch, homes, weights, in_place=True)
    engines = _engines(tasks)
    return Program(
        graph=graph,
        config=config,
        engine=engine,
        training_steps=steps,
        slots=schedule.slots,
        operators=_operators(problem, schedule, engines),
        buffers=[buffer for buffer in schedule.buffers if buffer.first >= 0],
        homes=homes.address,
        sample_stride=homes.sample_stride,
        estimated_cycles=schedule.cycles,
        peak_bytes={**peak, "L3": homes.end},
        l3_bytes=sum(hyper.length for slot in schedule.slots for hyper in slot.hyper if not hyper.only),
        l3_bytes_once=sum(hyper.length for slot in schedule.slots for hyper in slot.hyper if hyper.only),
        l2_bytes=sum(transfer.nbytes for slot in schedule.slots for transfer in slot.dma),
        l2=schedule.outputs,
        engine_of=engines,
        weights=weights,
        at_end=[_at_home(problem, new, new) for new in problem.written_back_once],
    )


def _fit(
    graph: Graph, tasks: list[Task], scratch: dict[str, Box], homes: Homes, weights: Weights, *, in_place: bool = False
) -> tuple[Problem, Schedule, dict[str, int]]:
    """A schedule with the peaks of its memories; UserError if there is none.

    ``in_place`` lets updates write over the copies in L2 that they read, which takes less room; else a new value has a
    buffer of its own, which leaves the schedule more freedom.
    """
    for share in AHEAD if in_place else ROOM if weights == "l3" else LASTING_ROOM:
        room = int(ARENAS["L2"].size * share)
        places = _plan_l2(graph, homes, room, weights, in_place)
        problem = Problem(graph, tasks, scratch, homes=homes, saved=weights != "l2", **vars(places))
        schedule, peak = _fit_l1(problem)
        if not isinstance(peak, Misfit) or peak.level == "L1":
            break
    if isinstance(peak, Misfit):
        raise UserError(str(peak))
    return problem, schedule, peak


def _fit_l1(problem: Problem) -> tuple[Schedule, dict[str, int] | Misfit]:
    """A schedule of ``problem`` with the peaks of its memories, or with what does not fit.

    Where no place was found in L1 the tasks that were admitted there get less room, and the others keep theirs.
    """
    room = [ARENAS["L1"].size] * len(problem.tasks)
    for _ in range(ROUNDS):
        schedule = make_schedule(problem, room)
        peak = place(schedule.buffers)
        if not isinstance(peak, Misfit) or peak.level != "L1":
            break
        before = list(room)
        for crowd in peak.crowds:
            begin, end = schedule.admitted[max(crowd.first - 1, 0)], schedule.admitted[crowd.last]
            for task in range(max(begin - 1, 0), min(end + 1, len(room))):
                room[task] = min(room[task], min(before[task], crowd.nbytes) - STEP)
    return schedule, peak


def _engines(tasks: list[Task]) -> dict[str, Engine]:
    """RedMule for a node if any of its tasks runs there."""
    engines: dict[str, Engine] = {}
    for task in tasks:
        if task.engine == "redmule" or task.node.name not in engines:
            engines[task.node.name] = task.engine
    return engines


@dataclass(frozen=True)
class _InL2:
    """What ``Problem`` says of L2."""

    stays: list[Stay]
    in_place: frozenset[str]
    residents: frozenset[str]


def _plan_l2(graph: Graph, homes: Homes, room: int, weights: Weights, in_place: bool) -> _InL2:
    """When what lives in L3 stays in L2: its uses, and the live ranges of all else, in ``room`` bytes.

    ``in_place``: a new value has no room but its parameter's, and ``room`` is only what may be fetched ahead of use.
    """
    updates = replacements(graph)
    budget = ARENAS["L2"].size if in_place else room
    residents: list[str] = []
    if weights != "l3":
        uses, live = _uses(graph, homes, set(updates))
        lasting = {name: used for name, used in uses.items() if graph.tensors[name].kind in ("parameter", "constant")}
        fed = {name: LiveRange(u.nbytes, min(u.operators), max(u.operators)) for name, u in uses.items()}
        fed = {name: each for name, each in fed.items() if name not in lasting}
        residents = staying(len(graph.nodes), lasting, {**live, **fed}, budget, set(updates.values()))
    over = frozenset(updates.values()) if in_place or weights != "l3" else frozenset()
    uses, live = _uses(graph, homes, {new for new, old in updates.items() if old in over})
    return _InL2(plan(len(graph.nodes), uses, live, budget, room, residents), over, frozenset(residents))


def _uses(graph: Graph, homes: Homes, skipped: set[str]) -> tuple[dict[str, Uses], dict[str, LiveRange]]:
    """Of the storages, but for those ``skipped``, that have a home in L3, and of the others."""
    uses: dict[str, list[int]] = {}
    live: dict[str, LiveRange] = {}
    nbytes: dict[str, int] = {}
    for i, node in enumerate(graph.nodes):
        for name in (*node.inputs, *node.outputs):
            storage = graph.storage(name)
            if storage.name in skipped:
                continue
            size = nbytes[storage.name] = -(-storage.nbytes // ALIGNMENT) * ALIGNMENT
            if storage.name in homes.address:
                uses.setdefault(storage.name, []).append(i)
            else:
                first = live[storage.name].first if storage.name in live else i
                live[storage.name] = LiveRange(size, first, i)
    return {name: Uses(nbytes[name], used) for name, used in uses.items()}, live


def _operators(problem: Problem, schedule: Schedule, engines: dict[str, Engine]) -> list[Operator]:
    """The nodes with the places of their outputs: in L2, or in L3 where each step writes them back there."""
    operators, graph = [], problem.graph
    for index, node in enumerate(graph.nodes):
        outputs = []
        for name in node.outputs:
            tensor = graph.tensors[name]
            base, offset = (tensor.view.base, tensor.view.offset) if tensor.view else (name, 0)
            strides = tuple(tensor.itemsize * s for s in tensor.view.strides) if tensor.view else None
            if base in problem.written_back:
                outputs.append(_at_home(problem, name, base))
            else:
                ref = Ref(schedule.outputs[base], tensor.itemsize * offset)
                outputs.append(Output(name, "L2", ref, -1, tensor.shape, tensor.dtype, strides))
        operators.append(Operator(index, node, engines[node.name], node_flop(graph, node), outputs))
    return operators


def _at_home(problem: Problem, name: str, base: str) -> Output:
    """The update ``name``, stored as ``base``, where its parameter lies in L3."""
    tensor = problem.graph.tensors[name]
    home = problem.homes.address[problem.updates[base]]
    return Output(name, "L3", None, home, tensor.shape, tensor.dtype)
