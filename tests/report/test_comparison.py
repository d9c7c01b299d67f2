# SPDX-License-Identifier: Apache-2.0
"""traindeploy compare: a regression is named first, what cannot be compared is refused, all formats say the same."""

import json
from dataclasses import replace

import pytest

from tests.report.network_run import full_run
from traindeploy.errors import UserError
from traindeploy.records import serial
from traindeploy.records.case import Scalar
from traindeploy.records.comparison import Comparison
from traindeploy.records.run import RunResult
from traindeploy.records.verdict import Verdict
from traindeploy.report import compare_page
from traindeploy.report.compare import compare, markdown
from traindeploy.report.run_files import RunFiles

NAMES = ("build/a", "build/b")


def slower(run: RunFiles) -> RunFiles:
    """The same run with RedMule's job 200 cycles longer, and all that follows it later."""
    assert run.timeline is not None
    barriers = [
        *run.timeline.barriers[:-1],
        replace(run.timeline.barriers[-1], opened=1210, arrivals=(1208,) + (605,) * 7),
    ]
    timeline = replace(run.timeline, barriers=tuple(barriers), redmule=(replace(run.timeline.redmule[0], done=1200),))
    job = replace(run.result.operators[1], cycles=run.result.operators[1].cycles + 200)
    result = replace(run.result, cycles=1230, operators=(run.result.operators[0], job, run.result.operators[2]))
    return replace(run, result=result, timeline=timeline)


def test_a_regression_is_named_by_part_and_operator(passed: RunResult) -> None:
    run = full_run(passed)
    found = compare(run, slower(run), NAMES)
    assert found.summary == (
        "B takes 200 cycles more than A (+19.42 %).",
        "On the critical path, most of it is RedMule: +200 cycles.",
        "Operators: fc.1 +200.",
    )
    assert (found.operators[0].name, found.operators[0].weight) == ("fc.1", 200)
    assert (found.operators[0].critical_a, found.operators[0].critical_b) == (900, 1100)
    assert not found.differences
    assert not found.worse


def test_a_limit_decides_whether_more_cycles_are_worse(passed: RunResult) -> None:
    run = full_run(passed)
    assert compare(run, slower(run), NAMES, limit=19).worse
    assert not compare(run, slower(run), NAMES, limit=20).worse


def test_a_verdict_that_was_lost_is_worse_and_said_first(passed: RunResult, failed: RunResult) -> None:
    run = full_run(passed)
    broken = replace(run.result, verdict=Verdict.FAILED, failure="1 tensors differ", mismatches=failed.mismatches)
    wrong = replace(broken, operators=(replace(broken.operators[0], max_ulp=3), *broken.operators[1:]))
    found = compare(run, replace(run, result=wrong), NAMES)
    assert found.worse
    assert found.summary[0] == "A passed, B failed: 1 tensors differ."
    assert "1 operators were right in A and are wrong in B, first fc.0." in found.summary
    assert not compare(replace(run, result=wrong), run, NAMES).worse


def test_options_and_tools_that_differ_are_listed(passed: RunResult) -> None:
    run = full_run(passed)
    origin = replace(passed.provenance, commit="1" * 40, tools={"numpy": "2"})
    other = replace(run.result, configuration={**passed.configuration, "config": "compact"}, seed=4, provenance=origin)
    found = {d.name: (d.a, d.b) for d in compare(run, replace(run, result=other), NAMES).differences}
    assert found == {
        "config": ("paper", "compact"), "seed": (3, 4), "commit": ("0" * 12, "1" * 12), "version of numpy": (None, "2"),
    }  # fmt: skip


def test_operators_that_one_run_lacks_or_runs_elsewhere_are_told(passed: RunResult) -> None:
    run = full_run(passed)
    assert run.program is not None
    operators = run.program.operators
    moved = (replace(operators[0], engine="redmule"), replace(operators[1], name="other"), operators[2])
    found = compare(run, replace(run, program=replace(run.program, operators=moved)), NAMES)
    assert "1 operators are in A only, 1 in B only." in found.summary
    assert "1 operators run on another engine, first fc.0." in found.summary


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 2}, "build/a has 1 training steps, build/b has 2: compare runs of as many steps"),
        ({"model": "lenet"}, "build/a is of model cct_tiny, build/b of lenet, and most of their operators"),
    ],
)
def test_what_is_not_comparable_is_refused(passed: RunResult, change: dict[str, Scalar], message: str) -> None:
    run = full_run(passed)
    smaller = tuple(replace(op, elements=1) for op in run.result.operators)
    other = replace(run.result, configuration={**passed.configuration, **change}, operators=smaller)
    with pytest.raises(UserError, match=message):
        compare(run, replace(run, result=other), NAMES)


def test_a_run_of_which_nothing_ended_is_refused(passed: RunResult) -> None:
    run = full_run(passed)
    nothing = replace(run.result, operators=(), configuration=run.result.configuration)
    with pytest.raises(UserError, match=r"build/b: no operator of this run was ever complete"):
        compare(run, replace(run, result=nothing), NAMES)


def test_runs_without_a_timeline_are_compared_by_their_cycles(passed: RunResult) -> None:
    run = replace(full_run(passed), timeline=None)
    found = compare(run, slower(full_run(passed)), NAMES)
    assert found.operators[0].critical_a is None
    assert [figure.a for figure in found.figures if figure.name == "critical path, RedMule"] == [None]


def test_every_format_has_the_summary_and_the_operators(passed: RunResult) -> None:
    run = full_run(passed)
    found = compare(run, slower(run), NAMES)
    assert serial.parse(Comparison, serial.text(found)) == found
    assert json.loads(serial.text(found))["operators"][0]["weight"] == 200
    for text in (markdown(found), compare_page.render(found)):
        for part in ("200 cycles more than A", "fc.1", "+200"):
            assert part in text
