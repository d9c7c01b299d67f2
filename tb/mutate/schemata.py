# SPDX-License-Identifier: Apache-2.0
"""All mutants of a module in one text: a number chosen when the simulation starts says which of them lives.

``a + b`` becomes ``(td_mutant_pkg::sel == 7 ? a - b : a + b)``, a statement that may be dropped
``if (td_mutant_pkg::sel != 8) statement``. Lines stay what they are, so that a compiler's complaint names the mutant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tb.mutate.operators import Change

PACKAGE = """// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Which mutant lives: +td_mutant=<number>, none by default.
package td_mutant_pkg;
  function automatic int unsigned chosen();
    int unsigned number;
    if ($value$plusargs("td_mutant=%d", number)) return number;
    return 0;
  endfunction
  int unsigned sel = chosen();
endpackage
"""


@dataclass
class _Place:
    """Where changes are: a tree, since expressions lie within each other."""

    start: int
    end: int
    changes: list[tuple[int, Change]]
    inner: "list[_Place]"


def instrumented(text: str, numbered: Sequence[tuple[int, Change]]) -> str:
    """``text`` with every change in it, each behind its number. Changes overlap only if one holds the other."""
    whole = _Place(0, len(text), [], [])
    for number, change in sorted(numbered, key=lambda pair: (pair[1].start, -pair[1].end)):
        place = whole
        while place.inner and place.inner[-1].end >= change.end and place.inner[-1].start <= change.start:
            place = place.inner[-1]
        if place is not whole and (place.start, place.end) == (change.start, change.end):
            place.changes.append((number, change))
        else:
            place.inner.append(_Place(change.start, change.end, [(number, change)], []))
    return _rendered(text, whole)


def _rendered(text: str, place: _Place) -> str:
    pieces, position = [], place.start
    for inner in place.inner:
        pieces += [text[position : inner.start], _rendered(text, inner)]
        position = inner.end
    result = "".join([*pieces, text[position : place.end]])
    for number, change in place.changes:
        chosen = f"td_mutant_pkg::sel == 32'd{number}"
        if change.statement:
            result = f"begin if (!({chosen})) begin {result} end end"
        else:
            result = f"({chosen} ? ({change.new}) : ({result}))"
    return result
