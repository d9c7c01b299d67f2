# SPDX-License-Identifier: Apache-2.0
"""The order of tasks: nothing precedes what it reads, and calls stand right behind the tiles that they read."""

import pytest

from traindeploy.app.pipeline import build_training_graph
from traindeploy.ir import Graph, Node, Tensor
from traindeploy.platform import CONFIGS
from traindeploy.schedule import order
from traindeploy.schedule.dependence import analyse
from traindeploy.schedule.order import follow
from traindeploy.schedule.task import PANEL, Task
from traindeploy.schedule.tiling import tile_graph


def tasks_of(graph: Graph) -> list[Task]:
    return tile_graph(graph, CONFIGS["paper"], "redmule", 110_000)[0]


def chain(*ops: str) -> Graph:
    """Element by element over three panels, one operator behind the other."""
    g = Graph("chain")
    g.add(Tensor("t0", (3 * PANEL,), kind="input"))
    for i, op in enumerate(ops):
        g.add(Tensor(f"t{i + 1}", (3 * PANEL,)))
        g.nodes.append(Node(f"node{i}", op, [f"t{i}"], [f"t{i + 1}"]))
    return g


def test_a_panel_goes_through_all_operators_before_the_next() -> None:
    tasks = follow(tasks_of(chain("Relu", "Gelu", "Relu")))
    panels = [task.operands["x"].box.offset // PANEL for task in tasks]
    assert panels == sorted(panels)
    assert [task.index for task in tasks] == list(range(len(tasks)))


def test_the_graphs_order_is_kept_where_nothing_can_follow() -> None:
    tasks = tasks_of(chain("Gelu"))
    assert follow(tasks) == tasks


@pytest.mark.parametrize("strategy", ["ft2", "lora2"])
def test_nothing_precedes_what_it_reads(strategy: str) -> None:
    graph = build_training_graph("cct_tiny", strategy)
    plain = tasks_of(graph)
    before = analyse(plain).before
    needed = {task.label: {plain[i].label for i in before[task.index]} for task in plain}
    ordered = follow(list(plain))
    assert sorted(task.label for task in ordered) == sorted(needed)
    done: set[str] = set()
    for task in ordered:
        assert needed[task.label] <= done
        done.add(task.label)


@pytest.mark.parametrize("following", [order.FOLLOWING, ()])
def test_what_is_written_over_others_waits_for_their_readers_and_is_not_dropped(
    following: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever pattern it has: an update that is no elementwise call would be passed over, and come later."""
    monkeypatch.setattr(order, "FOLLOWING", following)
    g = chain("Relu", "Gelu")
    g.nodes[1].inputs = ["t0"]
    plain = tasks_of(g)
    replaced = {"t1": "t0"}
    before = analyse(plain, replaced).before
    assert any(max(needs, default=-1) > at for at, needs in enumerate(before)), "nothing waits for a later reader"
    needed = {task.label: {plain[i].label for i in before[task.index]} for task in plain}
    done: set[str] = set()
    for task in follow(list(plain), replaced):
        assert needed[task.label] <= done
        done.add(task.label)
    assert done == set(needed)
