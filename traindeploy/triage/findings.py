# SPDX-License-Identifier: Apache-2.0
"""Each action of a chain against the memories before and after it: the first that went wrong, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from traindeploy.ir.program import Call
from traindeploy.records.triage import Cause
from traindeploy.triage.actions import Action, Piece
from traindeploy.triage.chain import Chain
from traindeploy.triage.state import Bits, State


@dataclass
class Finding:
    """``right`` None: it cannot be told. ``places``: what was found where, by piece."""

    action: Action
    right: bool | None = None
    text: str = ""
    cause: Cause = "unknown"
    places: dict[int, str] = field(default_factory=dict)  # id of a piece -> text
    operands_right: bool | None = None


@dataclass(frozen=True)
class Evidence:
    """``states``: slot -> memories when core 0 enters it, in order; ``final`` those at the comparison and after it.

    ``expected``: by storage tensor, its bits, dense; ``descriptors``: action number -> what the firmware says instead
    of what the schedule says (only those that differ).
    """

    states: Mapping[int, State]
    final: Sequence[State]
    expected: Mapping[str, Bits]
    descriptors: Mapping[int, str]

    def before(self, action: Action) -> State | None:
        return self.states.get(action.slot)

    def after(self, action: Action) -> State | None:
        """When what waits for the action is over; behind the last slot that was entered, at the comparison."""
        return self.states.get(action.waited + 1)

    def later(self, action: Action) -> list[State]:
        """All states from then on."""
        return [*(state for slot, state in self.states.items() if slot > action.waited + 1), *self.final]


def judge(chain: Chain, evidence: Evidence) -> list[Finding]:
    """A finding for each action of ``chain``, in order."""
    known = {action.number: action for action in (*chain.actions, *chain.carriers)}
    return [_judge(action, evidence) for _, action in sorted(known.items())]


def first_wrong(findings: Sequence[Finding]) -> Finding | None:
    """What explains the rest: an action that went wrong, else one that was given what is wrong."""
    wrong = next((finding for finding in findings if finding.right is False), None)
    return wrong or next((finding for finding in findings if finding.operands_right is False), None)


def _judge(action: Action, evidence: Evidence) -> Finding:
    finding = Finding(action)
    before = evidence.before(action)
    after = evidence.after(action) or next(iter(evidence.final), None)
    if action.number in evidence.descriptors:
        finding.right, finding.cause = False, "descriptor"
        finding.text = f"the firmware's descriptor is not the schedule's: {evidence.descriptors[action.number]}"
        return finding
    if before is None or after is None:
        finding.text = "not compared: it began before the window that was followed"
        return finding
    pieces = (*action.reads, *action.writes)
    if not all(state.holds(piece) for piece in pieces for state in (before, after)):
        finding.text = "not compared: its place was not kept"
        return finding
    _operands(finding, before, evidence)
    if isinstance(action.item, Call):
        _call(finding, action.item, before, after, evidence)
    else:
        _transfer(finding, before, after, evidence)
    return finding


def _operands(finding: Finding, before: State, evidence: Evidence) -> None:
    """Operands that hold a whole tensor's elements, against the machine model."""
    for piece in finding.action.reads:
        right = expected_bits(piece, evidence.expected)
        if right is None:
            continue
        wrong = int(np.count_nonzero(before.bits(piece) != right))
        finding.places[id(piece)] = f"{wrong} of {right.size} words wrong" if wrong else "right"
        finding.operands_right = wrong == 0 and finding.operands_right is not False
    wrong_ones = [piece for piece in finding.action.reads if finding.places.get(id(piece), "right") != "right"]
    if wrong_ones:
        finding.cause = "schedule"
        where = ", ".join(f"{piece.field or 'source'} ({finding.places[id(piece)]})" for piece in wrong_ones)
        finding.text = f"operand {where} arrived wrong, though all that brought it did as it was told"


def expected_bits(piece: Piece, expected: Mapping[str, Bits]) -> Bits | None:
    """What the elements of ``piece`` ought to be, in order; None if nobody knows (scratch)."""
    if piece.box is None or piece.box.base not in expected:
        return None
    found = np.array([piece.box.offset], np.int64)
    for count, stride in piece.box.dims:
        found = (found[:, None] + np.arange(count, dtype=np.int64) * stride).reshape(-1)
    flat: Bits = expected[piece.box.base].reshape(-1)[found]
    return flat


def _transfer(finding: Finding, before: State, after: State, evidence: Evidence) -> None:
    action = finding.action
    (source,), (target,) = action.reads, action.writes
    moved, arrived = before.bits(source), after.bits(target)
    wrong = arrived != moved
    if not wrong.any():
        finding.right, finding.text = True, f"{moved.size} words arrived as they were"
        return
    finding.right = False
    count, first = int(np.count_nonzero(wrong)), int(np.argmax(wrong))
    address = int(target.words[first])
    late = any(state.holds(target) and np.array_equal(state.bits(target), moved) for state in evidence.later(action))
    if late:
        finding.cause = "wait"
        finding.text = f"{count} of {wrong.size} words had not arrived when slot {action.waited} ended; later they had"
        return
    finding.cause = "dma" if action.agent == "dma" else "hyperbus"
    finding.text = (
        f"{count} of {wrong.size} words are not what lay at the source, first at {address:#010x}: "
        f"{arrived[first]:#010x} instead of {moved[first]:#010x}"
    )


def _call(finding: Finding, call: Call, before: State, after: State, evidence: Evidence) -> None:
    model = before.after(call)
    for piece in finding.action.writes:
        wrong = after.bits(piece) != model.bits(piece)
        count = int(np.count_nonzero(wrong))
        finding.places[id(piece)] = f"{count} of {wrong.size} words wrong" if count else "right"
        if not count:
            continue
        finding.right = False
        first = int(np.argmax(wrong))
        changed = next((p for p in finding.action.reads if _changed(p, finding.action, before, after)), None)
        late = any(
            state.holds(piece) and np.array_equal(state.bits(piece), model.bits(piece))
            for state in evidence.later(finding.action)
        )
        if changed is not None or late:
            finding.cause = "wait"
            what = "its result was not whole" if changed is None else f"operand {changed.field} was still changing"
            finding.text = f"{what} when slot {finding.action.waited} ended"
            return
        finding.cause = "redmule" if finding.action.agent == "redmule" else "cores"
        operands = "right" if finding.operands_right else "as they were found"
        finding.text = (
            f"with its operands {operands}, {count} of {wrong.size} words of {piece.field or 'the result'} differ from "
            f"the machine model, first at {int(piece.words[first]):#010x}: {after.bits(piece)[first]:#010x} instead of "
            f"{model.bits(piece)[first]:#010x}"
        )
        return
    finding.right = True
    if finding.operands_right is not False:
        finding.text = "the machine model computes the same from the same operands"


def _changed(piece: Piece, action: Action, before: State, after: State) -> bool:
    """Whether an operand that the call does not write to changed while it ran."""
    own = [other.words for other in action.writes if other.level == piece.level]
    words = piece.words
    kept = ~np.isin(words, np.concatenate(own)) if own else np.ones(words.size, bool)
    return bool(np.any((before.bits(piece) != after.bits(piece))[kept]))
