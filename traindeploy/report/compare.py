# SPDX-License-Identifier: Apache-2.0
"""Two runs into one ``Comparison``, and that as Markdown."""

from collections.abc import Iterable, Sequence

from traindeploy.errors import UserError
from traindeploy.records.case import Scalar
from traindeploy.records.comparison import Comparison, Difference, Figure, OperatorPair, Side
from traindeploy.records.names import printable
from traindeploy.records.run import RunResult
from traindeploy.report.figures.cycles import OWNERS, by_owner
from traindeploy.report.figures.operators import View, views
from traindeploy.report.run_files import RunFiles
from traindeploy.report.table import cell
from traindeploy.report.text import OWNER_NAMES, number


def compare(a: RunFiles, b: RunFiles, names: tuple[str, str], limit: float | None = None) -> Comparison:
    """``b`` against ``a``, which are called ``names``; ``limit``: percent of cycles that B may take more.

    UserError if they cannot be compared: other models, or another number of training steps.
    """
    _refuse(a.result, b.result, names)
    pairs = sorted(_pairs(a, b), key=lambda pair: (-abs(pair.weight), pair.name))
    figures = tuple(_figures(a, b))
    over = limit is not None and b.result.cycles > a.result.cycles * (1 + limit / 100)
    return Comparison(
        a=_side(a.result, names[0]),
        b=_side(b.result, names[1]),
        differences=tuple(_differences(a.result, b.result)),
        figures=figures,
        operators=tuple(pairs),
        summary=tuple(_summary(a, b, pairs, limit)),
        worse=over or (a.result.passed and not b.result.passed),
    )


def _refuse(a: RunResult, b: RunResult, names: tuple[str, str]) -> None:
    if a.steps != b.steps:
        raise UserError(
            f"{names[0]} has {a.steps} training steps, {names[1]} has {b.steps}: compare runs of as many steps"
        )
    common = _shapes(a) & _shapes(b)
    if a.model != b.model and 2 * len(common) < max(len(a.operators), len(b.operators)):
        raise UserError(
            f"{names[0]} is of model {a.model}, {names[1]} of {b.model}, and most of their operators are not the same: "
            "compare two runs of one model"
        )
    for result, name in ((a, names[0]), (b, names[1])):
        if not result.operators:
            raise UserError(f"{name}: no operator of this run was ever complete, so there is nothing to compare")


def _shapes(result: RunResult) -> set[tuple[object, ...]]:
    """What makes an operator the same in another run."""
    return {(op.name, op.kind, op.flop, op.elements) for op in result.operators}


def _side(result: RunResult, name: str) -> Side:
    origin = result.provenance
    return Side(
        run=name,
        verdict=result.verdict,
        failure=result.failure,
        commit=origin.commit,
        dirty=origin.dirty,
        date=origin.date,
        command=result.command,
    )


def _differences(a: RunResult, b: RunResult) -> Iterable[Difference]:
    def flat(result: RunResult) -> dict[str, Scalar]:
        origin = result.provenance
        tools = {f"version of {name}": version for name, version in origin.tools.items()}
        own: dict[str, Scalar] = {"seed": result.seed, "version of Python": origin.python, "commit": origin.commit[:12]}
        return {**result.configuration, **own, "uncommitted changes": origin.dirty, **tools}

    left, right = flat(a), flat(b)
    for name in dict.fromkeys([*left, *right]):
        if left.get(name) != right.get(name):
            yield Difference(name=name.replace("_", " "), a=left.get(name), b=right.get(name))


def _figures(a: RunFiles, b: RunFiles) -> Iterable[Figure]:
    def both(name: str, unit: str, left: float | None, right: float | None) -> Figure:
        return Figure(name=name, unit=unit, a=left, b=right)

    x, y = a.result, b.result
    yield both("cycles", "", x.cycles, y.cycles)
    yield both("FLOP/cycle", "", round(x.flop_per_cycle, 3), round(y.flop_per_cycle, 3))
    for name, left, right in (("critical path", a.critical, b.critical), ("exclusive", a.exclusive, b.exclusive)):
        if left or right:
            sums = by_owner(left) if left else {}, by_owner(right) if right else {}
            for owner in OWNERS:
                yield both(f"{name}, {OWNER_NAMES[owner]}", "cycles", sums[0].get(owner), sums[1].get(owner))
    yield both("between L3 and L2", "B", x.l3_bytes, y.l3_bytes)
    yield both("between L2 and L1", "B", _l2_bytes(a), _l2_bytes(b))
    for level in dict.fromkeys([*x.peak_bytes, *y.peak_bytes]):
        yield both(f"peak of {level}", "B", x.peak_bytes.get(level), y.peak_bytes.get(level))
    yield both("firmware", "B", x.firmware_bytes, y.firmware_bytes)
    yield both("tensors compared", "", x.tensors_compared, y.tensors_compared)
    yield both("tensors that differ", "", len(x.mismatches), len(y.mismatches))
    yield both("self-checks that hold", "", _held(x), _held(y))
    yield both("loss", "", x.loss, y.loss)


def _l2_bytes(run: RunFiles) -> int | None:
    return run.program.l2_bytes * run.result.steps if run.program is not None else None


def _held(result: RunResult) -> int:
    return sum(check.passed for check in result.self_checks)


def _pairs(a: RunFiles, b: RunFiles) -> Iterable[OperatorPair]:
    left, right = ({view.name: view for view in _views(run)} for run in (a, b))
    for name in dict.fromkeys([*left, *right]):
        x, y = left.get(name), right.get(name)
        some = x or y
        assert some is not None
        yield OperatorPair(
            name=name,
            kind=some.description.kind,
            engine_a=x.description.engine if x else None,
            engine_b=y.description.engine if y else None,
            span_a=x.span if x else None,
            span_b=y.span if y else None,
            exclusive_a=_sum(x, a, "exclusive"),
            exclusive_b=_sum(y, b, "exclusive"),
            critical_a=_sum(x, a, "critical"),
            critical_b=_sum(y, b, "critical"),
            bytes_a=_moved(x, a),
            bytes_b=_moved(y, b),
            ulp_a=_ulp(x),
            ulp_b=_ulp(y),
        )


def _views(run: RunFiles) -> Sequence[View]:
    if run.program is None:
        raise UserError("a run without its program.json: make it again")
    return views(run)


def _sum(view: View | None, run: RunFiles, what: str) -> int | None:
    return sum(getattr(view, what).values()) if view is not None and run.measured is not None else None


def _moved(view: View | None, run: RunFiles) -> int | None:
    return view.moved("dma") + view.moved("hyperbus") if view is not None and run.schedule is not None else None


def _ulp(view: View | None) -> int | None:
    known = [result.max_ulp for result in view.results] if view is not None else []
    return -1 if -1 in known else max(known, default=None)


def _summary(a: RunFiles, b: RunFiles, pairs: Sequence[OperatorPair], limit: float | None) -> Iterable[str]:
    x, y = a.result, b.result
    if x.verdict is not y.verdict:
        yield f"A {x.verdict.value}, B {y.verdict.value}{': ' + y.failure if y.failure else ''}."
    more = y.cycles - x.cycles
    change = f" ({100 * more / x.cycles:+.2f} %)" if x.cycles else ""
    word = "as many cycles as A" if not more else f"{number(abs(more))} cycles {'more' if more > 0 else 'less'} than A"
    yield f"B takes {word}{change}."
    if limit is not None and x.cycles and more > x.cycles * limit / 100:
        yield f"That is beyond the limit of {limit:g} %."
    if a.critical and b.critical and more:
        left, right = by_owner(a.critical), by_owner(b.critical)
        owner = max(OWNERS, key=lambda name: (right[name] - left[name]) * (1 if more > 0 else -1))
        yield f"On the critical path, most of it is {OWNER_NAMES[owner]}: {right[owner] - left[owner]:+,} cycles."
    worst = [pair for pair in pairs if pair.weight * more > 0][:3]
    if worst:
        yield f"Operators: {', '.join(f'{pair.name} {pair.weight:+,}' for pair in worst)}."
    only_a, only_b = (sum(getattr(pair, side) is None for pair in pairs) for side in ("engine_b", "engine_a"))
    if only_a or only_b:
        yield f"{only_a} operators are in A only, {only_b} in B only."
    moved = [pair for pair in pairs if pair.engine_a and pair.engine_b and pair.engine_a != pair.engine_b]
    if moved:
        yield f"{len(moved)} operators run on another engine, first {moved[0].name}."
    wrong = [pair for pair in pairs if pair.ulp_b not in (0, None) and pair.ulp_a == 0]
    if wrong:
        yield f"{len(wrong)} operators were right in A and are wrong in B, first {wrong[0].name}."


def change_text(figure: Figure) -> str:
    """``+3.10 %``; empty where there is none to tell."""
    return "" if figure.change is None else "=" if not figure.change else f"{100 * figure.change:+.2f} %"


def value_text(value: float | None) -> str:
    """A count with separators, a fraction as it is."""
    if value is None:
        return "\N{EN DASH}"
    return number(value) if value == int(value) else f"{value:.6g}"


ROWS = (
    "operator",
    "kind",
    "engine",
    "cycles A",
    "cycles B",
    "exclusive A",
    "exclusive B",
    "critical A",
    "critical B",
    "bytes A",
    "bytes B",
    "ULP A",
    "ULP B",
    "change",
)


def row(pair: OperatorPair) -> tuple[str, ...]:
    """The texts of an operator under the headings ``ROWS``."""
    engines = list(dict.fromkeys(filter(None, (pair.engine_a, pair.engine_b))))
    values = (
        pair.span_a,
        pair.span_b,
        pair.exclusive_a,
        pair.exclusive_b,
        pair.critical_a,
        pair.critical_b,
        pair.bytes_a,
        pair.bytes_b,
        pair.ulp_a,
        pair.ulp_b,
    )
    return pair.name, pair.kind, " -> ".join(engines), *map(value_text, values), f"{pair.weight:+,}"


def markdown(comparison: Comparison, operators: int = 20) -> str:
    """The comparison as it can be pasted into a review: what is to be known, then tables."""
    a, b = comparison.a, comparison.b
    lines = [f"**A** `{cell(a.run)}` {a.verdict.value}, **B** `{cell(b.run)}` {b.verdict.value}", ""]
    lines += [f"- {_escaped(sentence)}" for sentence in comparison.summary]
    if comparison.differences:
        lines += _table(("differs", "A", "B"), [(d.name, str(d.a), str(d.b)) for d in comparison.differences])
    told = [(f.name, value_text(f.a), value_text(f.b), f.unit, change_text(f)) for f in comparison.figures]
    lines += _table(("figure", "A", "B", "unit", "change"), told)
    changed = [pair for pair in comparison.operators if pair.weight][:operators]
    if changed:
        lines += _table(ROWS, [row(pair) for pair in changed])
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(map(cell, entries)) + " |" for entries in rows]


def _escaped(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace("<", "&lt;").replace("`", "\\`").replace("*", "\\*")
