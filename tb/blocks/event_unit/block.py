# SPDX-License-Identifier: Apache-2.0
"""The event unit."""

from tb.blocks.description import Bench, Block, Mutation, common, entry, rtl
from tb.blocks.event_unit.mutants import MUTANTS
from tb.plan import Seeds, Stage

BLOCK = Block(
    name="event_unit",
    title="events, barriers and the cores' clocks",
    rtl=("event_unit",),
    benches={
        "main": Bench(
            top="td_event_unit",
            sources=(*common(), *rtl("cluster", "td_cluster_pkg"), *rtl("event_unit")),
            period=2,
        )
    },
    tests=(
        entry(
            "event_unit",
            "behaves_like_its_register_map_under_random_traffic",
            "Every output equals the model of the register map in every cycle, and every stated bin is hit.",
            Stage.V2,
            seeds=Seeds(night=tuple(range(2, 22)), week=tuple(range(22, 42))),
            seconds=300,
        ),
        entry(
            "event_unit",
            "barrier_wakes_exactly_its_cores_one_cycle_after_the_last_arrival",
            "A barrier wakes its cores and no others, one cycle after the last arrival.",
            Stage.V1,
            table="event unit",
        ),
        entry(
            "event_unit",
            "an_event_in_the_cycle_of_its_clear_is_not_lost",
            "An event that arrives in the cycle in which it is cleared stays.",
            Stage.V2,
        ),
    ),
    coverage={
        "behaves_like_its_register_map_under_random_traffic": (
            *("event", "wake", "barrier", "last_arrival", "barriers_at_once", "woken", "pending"),
        )
    },
    mutation=Mutation(mutants=MUTANTS),
)
