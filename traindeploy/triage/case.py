# SPDX-License-Identifier: Apache-2.0
"""A single transfer, job or kernel call with what it reads, as a record and bytes; what it should leave behind."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from traindeploy.ir.program import Buffer, Call, Hyper, Ref
from traindeploy.ir.region import flat
from traindeploy.ops import KERNELS
from traindeploy.platform import L2_ARENA, TCDM_ARENA, register_map
from traindeploy.records.arrays import read_arrays, write_arrays
from traindeploy.records.program import Level
from traindeploy.records.triage import CaseArea, TriageCase
from traindeploy.triage.actions import WORD, Action, Piece
from traindeploy.triage.generated import descriptor
from traindeploy.triage.state import BASES, Bits, State

CASE, STATE = "case.json", "state.npz"
ARENAS = {"L1": TCDM_ARENA, "L2": L2_ARENA}  # what a program's data may lie in
GEMM_FLAGS = register_map("redmule").FLAGS

Bytes = npt.NDArray[np.uint8]
Memory = Mapping[tuple[Level, int], Bytes]


def case_of(action: Action, config: str, arithmetic: str) -> TriageCase:
    """The case of ``action`` as it stands in its program."""
    names = [piece.field or f"out{i}" for i, piece in enumerate(action.writes)]
    areas = tuple(
        CaseArea(name=name, level=piece.level, address=piece.address, dims=piece.dims)
        for name, piece in zip(names, action.writes, strict=True)
    )
    item = action.item
    common = {"agent": action.agent, "label": action.label, "areas": areas, "config": config, "arithmetic": arithmetic}
    if not isinstance(item, Call):
        words = descriptor(item)
        if isinstance(item, Hyper):
            words["l3_addr"] = (action.writes if item.to_l3 else action.reads)[0].address
        pointers = {name: value for name, value in words.items() if name in ("src", "dst", "l3_addr", "l2_addr")}
        sizes = {name: value for name, value in words.items() if name not in pointers}
        return TriageCase(**common, pointers=pointers, sizes=sizes)  # type: ignore[arg-type]
    kernel = KERNELS[item.kernel]
    ports = [port.field for port in (*kernel.inputs, *kernel.outputs)]
    pointers = {name: _address(item.args[name]) for name in ports}
    sizes = {name: int(item.args[name] or 0) for name in kernel.sizes}  # type: ignore[arg-type]
    if item.kernel == "td_gemm":
        sizes |= _pitches(sizes)
    floats = {name: float(item.args[name]) for name in kernel.floats}  # type: ignore[arg-type]
    return TriageCase(**common, kernel=item.kernel, pointers=pointers, sizes=sizes, floats=floats)  # type: ignore[arg-type]


def _address(value: "Ref | int | float | None") -> int:
    return value.address if isinstance(value, Ref) else 0


def _pitches(sizes: Mapping[str, int]) -> dict[str, int]:
    """Pitches of dense matrices spelled out, so that they stay when the product gets smaller."""
    m, n, k, flags = sizes["m"], sizes["n"], sizes["k"], GEMM_FLAGS.values(sizes["flags"])
    dense = {
        "x_pitch": m if flags["x_transposed"] else n,
        "w_pitch": n if flags["w_transposed"] else k,
        "y_pitch": k,
        "z_pitch": k,
    }
    return {name: sizes[name] or WORD * columns for name, columns in dense.items()}


def piece(area: CaseArea) -> Piece:
    """The words of ``area``."""
    return Piece(area.level, area.address, area.dims)


def kept(action: Action, before: State) -> dict[tuple[Level, int], Bytes]:
    """The bytes that a case needs: from the first to the last byte of what the action reads and writes.

    What lies there already counts too: a word that ought to be written and is not must show.
    """
    found: dict[tuple[Level, int], Bytes] = {}
    for level in ("L1", "L2", "L3"):
        pieces = [p for p in (*action.reads, *action.writes) if p.level == level]
        for each in pieces if level == "L3" else pieces and [_hull(pieces)]:
            part = next(
                (base, data) for (of, base), data in before.parts.items()
                if of == level and base <= each.address and each.end <= base + data.size
            )  # fmt: skip
            found[each.level, each.address] = part[1][each.address - part[0] : each.end - part[0]].copy()
    return found


def _hull(pieces: "list[Piece]") -> Piece:
    first, last = min(p.address for p in pieces), max(p.end for p in pieces)
    return Piece(pieces[0].level, first, (((last - first) // WORD, WORD),))


def write_state(path: Path, memory: Memory) -> None:
    """Write ``memory`` as the bench loads it before the first fetch."""
    write_arrays(path, {f"{level}@{address:#x}": data for (level, address), data in memory.items()})


def read_state(path: Path) -> dict[tuple[Level, int], Bytes]:
    """What ``write_state`` wrote."""
    found: dict[tuple[Level, int], Bytes] = {}
    for key, data in read_arrays(path).items():
        level, _, address = key.partition("@")
        found["L1" if level == "L1" else "L2" if level == "L2" else "L3", int(address, 0)] = data
    return found


def whole(memory: Memory) -> State:
    """``memory`` within whole L1 and L2, zero elsewhere, so that any address of a call lies somewhere."""
    parts: dict[tuple[Level, int], Bytes] = {}
    for level, region in (("L1", TCDM_ARENA), ("L2", L2_ARENA)):
        base = BASES[level]  # type: ignore[index]
        data = np.zeros(region.end - base, np.uint8)
        for (of, address), part in memory.items():
            if of == level:
                data[address - base : address - base + part.size] = part
        parts[level, base] = data  # type: ignore[index]
    return State(parts | {key: part for key, part in memory.items() if key[0] == "L3"})


def call_of(case: TriageCase) -> Call:
    """The case's call for the machine model."""

    def ref(address: int) -> Ref | None:
        return Ref(Buffer(case.label, "L1", WORD, flat(case.label, 0, 1, WORD), address=address)) if address else None

    args: dict[str, Ref | int | float | None] = {name: ref(address) for name, address in case.pointers.items()}
    engine = "redmule" if case.agent == "redmule" else "cores"
    return Call(case.kernel, engine, args | dict(case.sizes) | dict(case.floats), [], [], case.label, 0, 0)  # type: ignore[arg-type]


def expected(case: TriageCase, state: State) -> list[Bits]:
    """What each area must hold afterwards."""
    if case.kernel:
        after = state.after(call_of(case))
        return [after.bits(piece(area)) for area in case.areas]
    source, target, area = _transfer(case)
    words = dict(zip(target.words.tolist(), state.bits(source).tolist(), strict=True))
    before = state.bits(piece(area))
    places = piece(area).words.tolist()
    return [np.array([words.get(at, old) for at, old in zip(places, before.tolist(), strict=True)], np.uint32)]


def _transfer(case: TriageCase) -> tuple[Piece, Piece, CaseArea]:
    """(source, destination, area) of a transfer."""
    p, s, (area,) = case.pointers, case.sizes, case.areas
    if case.agent == "hyperbus":
        dims = ((s["len"] // WORD, WORD),)
        outside, inside = Piece("L3", p["l3_addr"], dims), Piece("L2", p["l2_addr"], dims)
        return (inside, outside, area) if s["dir"] else (outside, inside, area)
    words = (s["len"] // WORD, WORD)
    source = ((s["planes"], s["src_stride2"]), (s["rows"], s["src_stride"]), words)
    target = ((s["planes"], s["dst_stride2"]), (s["rows"], s["dst_stride"]), words)
    return Piece(_level(p["src"]), p["src"], source), Piece(_level(p["dst"]), p["dst"], target), area


def _level(address: int) -> Level:
    return "L1" if address in TCDM_ARENA else "L2"
