# SPDX-License-Identifier: Apache-2.0
"""Bins of td_redmule_observer: what the control was doing when something happened; which of them can be, and why."""

from dataclasses import dataclass

PHASES_OF_CONTROL = ("idle", "starting", "begin", "storing", "ahead", "clearing", "impossible")
IDLE, STARTING, BEGIN, STORING, AHEAD, CLEARING = range(6)
WAITING = ("no beat", "X", "W", "Y", "Z")  # waits for its grant
DUE = ("nothing", "X", "W", "Y")  # the response that comes next
PHASE_MASK = 0b0_111_000_00
ENDING = 1 << 8
GRANTED, ANOTHER_OPEN, ALL_TAKEN = 2, 1, 0  # answers of ACQUIRE


@dataclass(frozen=True)
class Bins:
    """A point of the observer: the bins that can be hit with their labels, and why the others cannot."""

    name: str
    point: int
    reachable: tuple[tuple[int, str], ...]
    unreachable: tuple[str, ...] = ()

    def label(self, bin_: int) -> str:
        return dict(self.reachable).get(bin_, f"unstated bin {bin_:#x}")


def clear_code(phase: int, waiting: int, due: int) -> int:
    """The code of the state that a soft clear finds, as the bench writes it."""
    return phase << 5 | waiting << 2 | due


def _clears() -> tuple[tuple[int, str], ...]:
    cases = [(phase, 0, 0) for phase in (IDLE, STARTING)]
    cases += [(BEGIN, w, d) for w in range(4) for d in range(4)]
    cases += [(phase, w, d) for phase in (STORING, AHEAD, CLEARING) for w in range(5) for d in range(4)]
    return tuple(
        (clear_code(p, w, d), f"{PHASES_OF_CONTROL[p]}, {WAITING[w]} waits, {DUE[d]} due") for p, w, d in cases
    )


CLEARS = Bins(
    "soft clear in state",
    0,
    _clears(),
    (
        (
            "idle or starting with a beat under way: a job ends when its last store is granted, all its reads are "
            "answered before its last result exists, and a clear ends when the port is idle"
        ),
        (
            "begin with a store waiting: begin follows the end of the job before, which waits for the grant of its "
            "last store, and the new job's stores start one cycle later"
        ),
    ),
)


def _commits() -> tuple[tuple[int, str], ...]:
    cases = [(IDLE, 0, 0), (IDLE, 1, 0), (STARTING, 1, 0), (BEGIN, 1, 0), (STORING, 1, 0), (STORING, 1, 1)]
    cases += [(CLEARING, 0, 0), (CLEARING, 1, 0)]
    return tuple(
        (p << 3 | j << 1 | e, f"{PHASES_OF_CONTROL[p]}, {j} before it{', which ends now' * e}") for p, j, e in cases
    )


COMMITS = Bins(
    "commit in state",
    1,
    _commits(),
    (
        (
            "two jobs before it, so also every commit while reading ahead: ACQUIRE is granted only while a context is "
            "free, and no other commit can come between"
        ),
        "starting, begin or storing with none before it: in these phases a job is in its context",
    ),
)


def _acquires() -> tuple[tuple[int, str], ...]:
    answers = (("granted", GRANTED), ("refused, another is open", ANOTHER_OPEN), ("refused, all taken", ALL_TAKEN))
    cases = []
    for phase in (IDLE, STARTING, BEGIN, STORING, AHEAD, CLEARING):
        for jobs in (0, 1, 2):
            if (jobs == 0 and phase not in (IDLE, CLEARING)) or (jobs < 2 and phase == AHEAD):
                continue
            for answer, bits in answers:
                if (bits == ALL_TAKEN) == (jobs == 2):
                    for ending in (0, 1) if phase in (STORING, AHEAD) else (0,):
                        cases.append((phase, jobs, bits, ending, answer))
    return tuple(
        (p << 5 | j << 3 | b << 1 | e, f"{PHASES_OF_CONTROL[p]}, {j} jobs, {a}{', one ends now' * e}")
        for p, j, b, e, a in cases
    )


ACQUIRES = Bins(
    "ACQUIRE in state",
    2,
    _acquires(),
    (
        "reading ahead with fewer than two jobs: the second job is the one that reads",
        "granted with two jobs, all taken with fewer: the register's meaning",
    ),
)

_TRANSITIONS = {
    (IDLE, STARTING): "a start",
    (STARTING, BEGIN): "a legal job",
    (STARTING, IDLE): "an illegal or empty job, no other",
    (BEGIN, STORING): "always",
    (STORING, AHEAD): "the next job may read",
    (STORING, IDLE): "the last job ends",
    (STORING, STARTING): "a job ends, the next one has not read ahead",
    (AHEAD, BEGIN): "a job ends, the next one has read ahead",
    **{(phase, CLEARING): "soft clear" for phase in (IDLE, STARTING, BEGIN, STORING, AHEAD)},
    (CLEARING, IDLE): "cleared",
    (CLEARING, STARTING): "cleared, a job was committed meanwhile",
}
PHASES = Bins(
    "change of phase",
    3,
    tuple(
        (a << 3 | b, f"{PHASES_OF_CONTROL[a]} to {PHASES_OF_CONTROL[b]}: {why}") for (a, b), why in _TRANSITIONS.items()
    ),
    ("all others: not in td_redmule_control; reading ahead before storing least of all",),
)

TRIGGERS = Bins(
    "write to TRIGGER",
    4,
    tuple(
        (
            open_ << 3 | go << 2 | held,
            f"{'a' if open_ else 'no'} job open, {'start' if go else 'hold'}, {held} held before",
        )
        for open_ in (0, 1)
        for go in (0, 1)
        for held in range(2 if open_ else 3)
    ),
    ("a job open while two are held: both contexts are taken",),
)

ENDS = Bins("soft clear meets the end of a job", 6, ((0, "no"), (1, "yes")))
