# SPDX-License-Identifier: Apache-2.0
"""``report.html`` of a training, from its record alone."""

import math
from collections.abc import Callable

from markupsafe import Markup

from traindeploy.records.training import Epoch, TrainingRecord
from traindeploy.records.verdict import Verdict
from traindeploy.report.page import Column, Section, Statement, Tile, chart, parts, table
from traindeploy.report.page import render as page
from traindeploy.report.page.axis import Axis
from traindeploy.report.page.origin import origin
from traindeploy.report.text import figure, number

TABLE = ("Epochs", "epochs-table")
WORDS = {Verdict.PASSED: "PASSED", Verdict.FAILED: "FAILED", Verdict.ERROR: "NO VERDICT"}


def render(record: TrainingRecord) -> str:
    """The page's HTML."""
    sections = [
        Section("Loss", _curves("Loss over epochs", record, "loss", lambda one: (one.loss, one.validation_loss))),
        *_accuracy(record),
        _proof(record),
        _models(record),
        Section("Epochs", _epochs(record), anchor="all-epochs"),
        _trained(record),
    ]  # fmt: skip
    if record.notes:
        sections.insert(0, Section("To be known", parts.bullets(record.notes)))
    options = record.configuration
    return page(
        f"Training of {options['model']}, {options['strategy']}",
        sections,
        statement=_statement(record),
        subtitle=f"{number(record.training_samples)} samples trained on, {number(record.validation_samples)} held out.",
        tiles=_tiles(record),
        provenance=[*origin(record), ("Weights", record.weights), ("Losses", record.losses)],
    )


def _statement(record: TrainingRecord) -> Statement:
    if not record.passed:
        return Statement("bad", "FAILED", record.failure)
    equal = f"{len(record.proven)} of its {number(record.steps)} steps were run again on the RTL, equal in every bit"
    if record.proven:
        return Statement("good", "PROVEN", f"{equal}; the models' outputs agree with onnxruntime.")
    return Statement(
        "unknown", "TRAINED",
        f"{number(record.steps)} steps in the chip's arithmetic on the host; none was run on the RTL (PROVE=n).",
    )  # fmt: skip


def _accuracy(record: TrainingRecord) -> list[Section]:
    """Nothing of a loss that has no classes."""
    if math.isnan(record.start.validation_accuracy):
        return []
    shown = _curves(
        "Accuracy over epochs", record, "accuracy in %",
        lambda one: (100 * one.accuracy, 100 * one.validation_accuracy),
    )  # fmt: skip
    return [Section("Accuracy", shown)]


def _tiles(record: TrainingRecord) -> list[Tile]:
    shown = [*record.epochs, record.start]
    best = next(one for one in shown if one.epoch == record.best)
    if math.isnan(best.validation_accuracy):
        word, found, before = "loss", f"{best.validation_loss:.4g}", f"{record.start.validation_loss:.4g}"
    else:
        word, found = "accuracy", f"{best.validation_accuracy:.1%}"
        before = f"{record.start.validation_accuracy:.1%}"
    return [
        Tile(found, f"validation {word}, best epoch ({best.epoch})"),
        Tile(before, "before training"),
        Tile(number(record.steps), "steps"),
        Tile(number(sum(record.trained.values())), "trained parameters"),
        Tile(number(record.steps_per_second), "steps a second"),
    ]


def _curves(title: str, record: TrainingRecord, label: str, values: Callable[[Epoch], tuple[float, float]]) -> Markup:
    training = [(float(one.epoch), values(one)[0]) for one in record.epochs]
    validation = [(float(one.epoch), values(one)[1]) for one in (record.start, *record.epochs)]
    series = [
        chart.Series("training, while it went on", training, line=True),
        chart.Series("validation, after the epoch", validation, line=True),
    ]
    return chart.plot(title, series, Axis("epoch"), Axis(label), elsewhere=TABLE)


def _epochs(record: TrainingRecord) -> Markup:
    columns = [Column(name, "number") for name in ("epoch", "steps", "loss", "accuracy %", "validation loss")]
    columns += [Column("validation accuracy %", "number"), Column("seconds", "number")]
    rows = [
        (
            one.epoch, one.steps, _rounded(one.loss), _rounded(100 * one.accuracy), _rounded(one.validation_loss),
            _rounded(100 * one.validation_accuracy), _rounded(one.seconds),
        )
        for one in (record.start, *record.epochs)
    ]  # fmt: skip
    return table(TABLE[0], columns, rows, key=TABLE[1])


def _rounded(value: float) -> float | None:
    return round(value, 4) if value == value else None


def _proof(record: TrainingRecord) -> Section:
    if not record.proven:
        reason = "no step was run again on the RTL; PROVE=n does so with n of them."
        return Section("Proof on the RTL", parts.absent("Equality with the hardware", reason))
    columns = [Column("step", "number"), Column("verdict", "verdict"), Column("tensors compared", "number")]
    columns += [Column("elements compared", "number"), Column("cycles", "number"), Column("loss", "number")]
    columns += [Column("failure")]
    rows = [
        (one.step, WORDS[one.verdict], one.tensors, one.elements, one.cycles, _rounded(one.loss), one.failure)
        for one in record.proven
    ]
    text = "From the same weights with the same sample; all tensors are compared where they lie, bit for bit."
    return Section("Proof on the RTL", parts.join(parts.paragraph(text), table("Steps on the RTL", columns, rows)))


def _models(record: TrainingRecord) -> Section:
    columns = [Column("what"), Column("verdict", "verdict"), Column("found"), Column("at most"), Column("of")]
    rows = [
        (check.name, "PASSED" if check.passed else "FAILED", figure(check.figure), figure(check.limit), check.text)
        for check in record.self_checks
    ]
    files = ", ".join(f"{each.path} (SHA-256 {each.sha256[:16]})" for each in record.artefacts)
    return Section("Models", parts.join(parts.paragraph(f"Written: {files}."), table("Models", columns, rows)))


def _trained(record: TrainingRecord) -> Section:
    columns = [Column("parameter", "code"), Column("elements", "number")]
    return Section("What was trained", table("Trained parameters", columns, list(record.trained.items())))
