# SPDX-License-Identifier: Apache-2.0
"""What was found: notes, the failure with its first wrong element, self-checks, facts of the run."""

from markupsafe import Markup

from traindeploy.records.run import RunResult
from traindeploy.records.self_check import Claim, SelfCheck
from traindeploy.report.page import Column, Section, parts, table
from traindeploy.report.run_files import RunFiles
from traindeploy.report.text import bytes_text, figure, number

CLAIMS: dict[Claim, str] = {
    "data": "the data are the user's",
    "model": "the model is the user's",
    "gradients": "the gradients are right",
    "arithmetic": "the arithmetic is right",
    "hardware": "the hardware is right",
    "figures": "the figures are right",
    "numbers": "nothing was NaN, and nothing vanished",
}


def notes(result: RunResult) -> Section | None:
    """What was done to the model, and what the run does not show."""
    return Section("To be known", parts.bullets(result.notes)) if result.notes else None


def failure(result: RunResult) -> Section | None:
    """What happened, the first wrong element, and the command that shows it again."""
    if result.passed:
        return None
    blocks: list[Markup] = []
    if result.failure:
        blocks.append(parts.block(result.failure_text))
    if result.culprit is not None:
        blocks += _culprit(result)
    if result.reproduce:
        blocks += [parts.paragraph("Reproduce with a waveform:"), parts.command(result.reproduce)]
    return Section("What happened", parts.join(*blocks)) if blocks else None


def _culprit(result: RunResult) -> list[Markup]:
    m = result.culprit
    assert m is not None
    right = " of an operator whose inputs were right" if m.inputs_right else ""
    kernel = Markup(", {} in {}").format(parts.code(m.kernel), parts.code(m.source)) if m.kernel else ""
    told = [
        Markup("<h3>First mismatch{}: <code>{}</code></h3>").format(right, m.tensor),
        parts.facts(
            [
                ("Operator", Markup("{} (step {}){}").format(m.operator, m.step, kernel)),
                (
                    "First wrong element",
                    (f"[{', '.join(map(str, m.index))}] · {number(m.wrong)} of {number(m.size)} elements differ"),
                ),
                ("Hardware", Markup("{} · {}").format(parts.code(m.actual_hex), f"{m.actual:.9g}")),
                ("Golden model", Markup("{} · {}").format(parts.code(m.expected_hex), f"{m.expected:.9g}")),
                ("Distance", "a NaN is involved" if m.ulp < 0 else f"{number(m.ulp)} ULP"),
                ("Where, when", f"{m.level} at {m.address:#010x}, cycle {number(m.cycle)}"),
            ]
        ),
    ]
    if len(result.mismatches) > 1:
        names = ", ".join(mismatch.tensor for mismatch in result.mismatches[:9])
        more = f" and {len(result.mismatches) - 9} more" if len(result.mismatches) > 9 else ""
        told.append(parts.paragraph(f"All, in the order in which they were seen: {names}{more}."))
    return told


def self_checks(result: RunResult) -> Section | None:
    """The checks by the claim that they stand for."""
    if not result.self_checks:
        return None
    columns = [Column("check"), Column("found"), Column("verdict", "verdict"), Column("what was compared")]
    rows = [
        (
            Markup("{} <small>({})</small>").format(check.name, CLAIMS[check.claim]),
            f"{figure(check.figure)} {check.unit}, {_limit(check)}".replace(" ,", ","),
            "holds" if check.passed else "FAILED",
            check.text,
        )
        for check in result.self_checks
    ]
    body = table("Self-checks", columns, rows, tones={"holds": "good"}, sortable=False)
    return Section("Self-checks", body, note="what must hold beside that every tensor is identical")


def _limit(check: SelfCheck) -> str:
    return (
        "any, named"
        if check.relation == "at most" and check.limit > 1e300
        else f"{check.relation} {figure(check.limit)}"
    )


def trained(result: RunResult) -> Section | None:
    """The trained parameters by name."""
    if not result.trained:
        return None
    rows = [(name, elements) for name, elements in result.trained.items()]
    body = table("Trained parameters", [Column("parameter"), Column("elements", "number")], rows)
    note = f"{len(result.trained)} tensors, {number(result.trainable_parameters)} elements"
    return Section("Trained parameters", body, note=note)


def facts(run: RunFiles) -> Section:
    """Options and sizes."""
    result, options = run.result, run.result.options
    khz = result.cycles / result.sim_seconds / 1e3 if result.sim_seconds else 0.0
    pairs: list[tuple[str, str | Markup]] = [
        ("Data", options.data or "scikit-learn digits, resized"),
        ("Learning rate", f"{options.learning_rate:g} (SGD, batch 1)"),
    ]
    if result.strategy.startswith("lora"):
        start = "zero" if options.lora_b == "zero" else "random"
        pairs.append(("LoRA", f"rank {options.lora_rank}, alpha {options.lora_alpha:g}, B starts at {start}"))
    pairs += [
        ("Firmware", bytes_text(result.firmware_bytes)),
        ("Wall time", f"{number(result.seconds)} s, simulation {number(result.sim_seconds)} s at {khz:.1f} kHz"),
    ]
    if run.program is not None:
        pairs.append(("Cycles by the cost model", f"{number(run.program.estimated_cycles)} a training step"))
    if result.waves:
        pairs.append(("Waveform", parts.code(result.waves)))
    return Section("Run", parts.join(parts.facts(pairs), parts.command(result.command)))
