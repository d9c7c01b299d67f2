# SPDX-License-Identifier: Apache-2.0
"""Each kind of fault, planted in a program on the host, is told from the others and blamed on the right action."""

import pytest

from tests.triage.running import flip, run
from tests.triage.test_triage_chain import placed
from traindeploy.triage.actions import actions
from traindeploy.triage.chain import chain
from traindeploy.triage.findings import first_wrong, judge

TENSOR = "blocks.0.mlp.fc1"


@pytest.fixture(scope="module")
def everything(program):
    return actions(program)


@pytest.fixture(scope="module")
def found(program, everything):
    _, output, slot, address = next(p for p in placed(program) if p[1].tensor == TENSOR)
    return chain(everything, output.level, address, slot)


def blamed(found, evidence):
    return first_wrong(judge(found, evidence))


def by_label(found, label):
    return next(a for a in (*found.actions, *found.carriers) if a.label == label)


def at(action, piece, word=3):
    """Damage one word of ``piece`` behind ``action``."""
    return lambda machine, done: flip(machine, piece, word) if done.number == action.number else None


def test_nothing_is_found_where_nothing_is_wrong(program, samples, found):
    findings = judge(found, run(program, samples))
    assert first_wrong(findings) is None
    assert all(finding.right for finding in findings), [f.text for f in findings]


def test_a_product_that_is_wrong_by_one_bit_is_redmules(program, samples, found):
    job = found.producer
    finding = blamed(found, run(program, samples, at(job, job.writes[0])))
    assert (finding.action.number, finding.cause) == (job.number, "redmule")
    assert "1 of 128 words of z differ" in finding.text
    assert "operands right" in finding.text


def test_a_load_that_loses_a_word_is_the_dmas(program, samples, found):
    load = by_label(found, f"load {TENSOR}.weight")
    finding = blamed(found, run(program, samples, at(load, load.writes[0], -1)))
    assert (finding.action.number, finding.cause) == (load.number, "dma")
    assert "1 of 1024 words are not what lay at the source" in finding.text


def test_a_store_that_loses_a_word_is_the_dmas(program, samples, found):
    store = found.carriers[-1]
    assert blamed(found, run(program, samples, at(store, store.writes[0]))).action.number == store.number


def test_a_fetch_that_loses_a_word_is_hyperbus(program, samples, found):
    fetch = by_label(found, f"fetch {TENSOR}.weight")
    finding = blamed(found, run(program, samples, at(fetch, fetch.writes[0])))
    assert (finding.action.number, finding.cause) == (fetch.number, "hyperbus")


def test_what_arrives_late_lacks_a_wait(program, samples, found):
    load = by_label(found, f"load {TENSOR}.weight")
    late = {load.number: load.waited + 1}
    assert found.producer.slot == load.waited + 1
    finding = blamed(found, run(program, samples, late=late))
    assert (finding.action.number, finding.cause) == (load.number, "wait")


def test_a_descriptor_that_is_not_the_schedules_is_named(program, samples, found):
    load = by_label(found, f"load {TENSOR}.weight")
    finding = blamed(found, run(program, samples, descriptors={load.number: "dma[3].src is 0x4 instead of 0x0"}))
    assert finding.cause == "descriptor"
    assert "dma[3].src is 0x4 instead of 0x0" in finding.text


def test_an_operand_that_is_wrong_though_all_did_as_told_is_the_compilers(program, samples, found):
    load = by_label(found, f"load {TENSOR}.weight")
    evidence = run(program, samples)
    evidence.expected[f"{TENSOR}.weight"].reshape(-1)[5] ^= 1
    finding = blamed(found, evidence)
    assert (finding.action.number, finding.cause) == (found.producer.number, "schedule")
    assert "operand w (1 of 1024 words wrong)" in finding.text
    assert load.number < finding.action.number


def test_what_was_not_kept_is_said_and_not_guessed(program, samples, found):
    evidence = run(program, samples)
    states = {slot: state for slot, state in evidence.states.items() if slot >= found.producer.slot}
    findings = judge(found, type(evidence)(states, evidence.final, evidence.expected, {}))
    unknown = [finding for finding in findings if finding.right is None]
    assert unknown
    assert all("not compared" in finding.text for finding in unknown)
    assert first_wrong(findings) is None
