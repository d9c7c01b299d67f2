# SPDX-License-Identifier: Apache-2.0
"""The platform's work against the schedule: what is missing, doubled, elsewhere or of another size is named."""

from collections.abc import Sequence

import pytest

from tb.env.platform.coverage import at_once, way
from tb.env.platform.items import Lane, Work
from tb.env.platform.scoreboard import compare, planned
from traindeploy.records.program import Only
from traindeploy.records.schedule import ScheduleDescription, SlotDescription, TransferDescription, WorkDescription
from traindeploy.records.timeline import EngineWork

L1, L2 = 0x1000_0000, 0x1C00_0000
SCHEDULE = ScheduleDescription(
    slots=(
        SlotDescription(
            start=0,
            hyper=(
                TransferDescription(label="image", source=64, destination=L2, bytes=32, store=False, step_stride=128),
                TransferDescription(label="w", source=L2, destination=4096, bytes=16, store=True),
            ),
        ),
        SlotDescription(
            start=9,
            dma=(TransferDescription(label="load x", source=L2, destination=L1, bytes=32, store=False),),
            jobs=(WorkDescription(operator=0, kernel="td_gemm", label="fc", cycles=9, job=(L1, L1 + 64, L1, 1, 2, 3)),),
        ),
    )
)
STEPS = 2
RIGHT: dict[Lane, list[tuple[int, ...]]] = {
    "hyperbus": [(64, L2, 32), (L2, 4096, 16), (192, L2, 32), (L2, 4096, 16)],
    "dma": [(L2, L1, 32)] * 2,
    "redmule": [(L1, L1 + 64, L1, 1, 2, 3)] * 2,
}


def judged(lane: Lane, words: Sequence[tuple[int, ...]], *, ended: bool = True) -> list[str]:
    works = [Work(lane, n, EngineWork(committed=10 * n, done=10 * n + 5, words=w)) for n, w in enumerate(words)]
    return compare(lane, planned(SCHEDULE, lane), STEPS, works, ended)


@pytest.mark.parametrize("lane", RIGHT)
def test_what_the_schedule_has_is_right_in_every_step(lane: Lane) -> None:
    assert judged(lane, RIGHT[lane]) == []


@pytest.mark.parametrize("lane", RIGHT)
def test_one_too_few_or_too_many_is_a_complaint(lane: Lane) -> None:
    due = len(RIGHT[lane])
    for words in (RIGHT[lane][:-1], [*RIGHT[lane], RIGHT[lane][-1]]):
        assert judged(lane, words) == [f"{lane}: {len(words)} were done, the schedule has {due}"]


@pytest.mark.parametrize("lane", RIGHT)
def test_any_other_address_or_size_is_a_complaint_that_names_step_item_and_both(lane: Lane) -> None:
    for number, right in enumerate(RIGHT[lane]):
        for place in range(len(right)):
            wrong = [*RIGHT[lane]]
            wrong[number] = tuple(word + 4 * (i == place) for i, word in enumerate(right))
            (complaint,) = judged(lane, wrong)
            step, index = divmod(number, len(RIGHT[lane]) // STEPS)
            assert complaint.startswith(f"{lane}, step {step}, {index} (")
            assert f"{wrong[number][place]:#x}" in complaint
            assert f"{right[place]:#x}" in complaint


def test_of_a_run_that_was_stopped_what_it_did_is_judged_and_not_what_it_did_not() -> None:
    assert judged("hyperbus", RIGHT["hyperbus"][:3], ended=False) == []
    assert len(judged("hyperbus", RIGHT["hyperbus"][2:3], ended=False)) == 1
    assert len(judged("dma", [*RIGHT["dma"], RIGHT["dma"][0]], ended=False)) == 1


@pytest.mark.parametrize(("only", "due"), [("first", 0), ("last", 2)])
def test_what_one_step_does_is_due_in_that_step_only(only: Only, due: int) -> None:
    once, each = (
        TransferDescription(label=name, source=place, destination=L2, bytes=16, store=False, only=when)
        for name, place, when in (("w", 64, only), ("x", 96, ""))
    )
    plan, words = [once, each], [(96, L2, 16)] * 3
    words.insert(due, (64, L2, 16))
    seen, elsewhere = (
        [Work("hyperbus", n, EngineWork(committed=n, done=n + 1, words=w)) for n, w in enumerate(each)]
        for each in (words, [words[1], words[0], words[3], words[2]])
    )
    assert compare("hyperbus", plan, 3, seen, ended=True) == []
    assert len(compare("hyperbus", plan, 3, elsewhere, ended=True)) == 2
    assert compare("hyperbus", plan, 3, seen[:3], ended=True) == ["hyperbus: 3 were done, the schedule has 4"]


@pytest.mark.parametrize(
    ("lane", "words", "expected"),
    [
        ("dma", (L2, L1, 4), "L2 to L1"),
        ("dma", (L1, L2, 4), "L1 to L2"),
        ("hyperbus", (0, L2, 4), "L3 to L2"),
        ("hyperbus", (L2, 0, 4), "L2 to L3"),
        ("redmule", (L1, L1, L1, 1, 1, 1), ""),
    ],
)
def test_the_way_of_a_transfer_is_that_of_its_addresses(lane: Lane, words: tuple[int, ...], expected: str) -> None:
    assert way(Work(lane, 0, EngineWork(committed=0, done=1, words=words))) == expected


def test_engines_are_at_once_from_the_begin_of_the_one_to_the_end_of_the_other() -> None:
    def works(lane: Lane, *spans: tuple[int, int]) -> list[Work]:
        return [Work(lane, n, EngineWork(committed=begin, done=end)) for n, (begin, end) in enumerate(spans)]

    seen = at_once({"dma": works("dma", (0, 10), (2, 20)), "hyperbus": works("hyperbus", (20, 30)), "redmule": []})
    assert seen == {"none": 1, "dma": 2, "hyperbus": 1, "dma and hyperbus": 0}
