# SPDX-License-Identifier: Apache-2.0
"""Every message of the legality check, each from a small program with exactly one thing wrong."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import traindeploy.codegen.check as check
from traindeploy.ir import Graph, Node, Tensor
from traindeploy.ir.program import Buffer, Call, Dma, Hyper, Operator, Output, Program, Ref, Slot
from traindeploy.ir.region import Box
from traindeploy.platform import CONFIGS, L2_ARENA, TCDM_ARENA
from traindeploy.records.program import Level

N = 64  # elements of each tensor
BYTES = 4 * N
Arguments = dict[str, Ref | int | float | None]


def whole(name: str) -> Box:
    return Box(name, 0, ((N, 1),), 4)


@dataclass
class Small:
    """w is fetched, loaded, relu makes y of it, sgd makes v; y is stored, v stored and written back.

    One step of it in each slot, each waited for at once. ``calls`` counts relu as 0, sgd as 1.
    """

    buffers: dict[str, Buffer] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)

    def __post_init__(self) -> None:
        levels: tuple[Level, ...] = ("L1", "L2")
        for level in levels:
            for place, name in enumerate("wyv"):
                self.buffers[f"{level}.{name}"] = self.buffer(level, name, place)
        self.slots = [
            Slot(hyper=[Hyper(0x1000, self.ref("L2.w"), BYTES, label="fetch w")], wait_hyper=1),
            Slot(dma=[Dma(self.ref("L2.w"), self.ref("L1.w"), BYTES, label="load w")], wait_dma=1),
            Slot(calls=[self.relu()]),
            Slot(dma=[Dma(self.ref("L1.y"), self.ref("L2.y"), BYTES, label="store y")], wait_dma=2, reports=[0]),
            Slot(calls=[self.sgd()]),
            Slot(dma=[Dma(self.ref("L1.v"), self.ref("L2.v"), BYTES, label="store v")], wait_dma=3),
            Slot(
                hyper=[Hyper(0x2000, self.ref("L2.v"), BYTES, to_l3=True, label="write back v")],
                wait_hyper=2,
                reports=[1],
            ),
        ]

    def buffer(self, level: Level, name: str, place: int) -> Buffer:
        base = {"L1": TCDM_ARENA.base, "L2": L2_ARENA.base}[level]
        return Buffer(f"{level}.{name}", level, BYTES, whole(name), 0, 6, base + BYTES * place)

    def ref(self, name: str, offset: int = 0) -> Ref:
        return Ref(self.buffers[name], offset)

    def relu(self) -> Call:
        args: Arguments = {"x": self.ref("L1.w"), "out": self.ref("L1.y"), "n": N}
        return Call(
            "td_relu",
            "cores",
            args,
            [(self.ref("L1.w"), whole("w"))],
            [(self.ref("L1.y"), whole("y"))],
            "relu",
            0,
            1,
        )

    def sgd(self) -> Call:
        reads = [(self.ref("L1.w"), whole("w")), (self.ref("L1.y"), whole("y"))]
        args: Arguments = {"w": self.ref("L1.w"), "grad": self.ref("L1.y"), "out": self.ref("L1.v"), "n": N, "lr": 0.1}
        return Call("td_sgd", "cores", args, reads, [(self.ref("L1.v"), whole("v"))], "sgd", 1, 1)

    def gemm(self, x: str = "L1.w", y: str = "L1.y", z: str = "L1.y") -> Call:
        """Z = Y + X.W, all of 8 x 8; W is w."""
        names = {"x": x, "w": "L1.w", "y": y, "z": z}
        boxes = {letter: whole(name.partition(".")[2]) for letter, name in names.items()}
        refs = {letter: self.ref(name) for letter, name in names.items()}
        sizes = dict.fromkeys(("m", "n", "k"), 8) | dict.fromkeys(
            ("x_pitch", "w_pitch", "y_pitch", "z_pitch", "flags"), 0
        )
        reads = [(refs[letter], boxes[letter]) for letter in "xwy"]
        return Call("td_gemm", "redmule", {**refs, **sizes}, reads, [(refs["z"], boxes["z"])], "gemm", 0, 1)

    def program(self) -> Program:
        graph = Graph("small")
        for name in "wyv":
            graph.add(Tensor(name, (N,), kind="parameter" if name == "w" else "activation"))
        relu, sgd = Node("relu", "Relu", ["w"], ["y"]), Node("sgd", "Sgd", ["w", "y"], ["v"], {"lr": 0.1})
        graph.nodes = [relu, sgd]
        outputs = (
            Output("y", "L2", self.ref("L2.y"), 0, (N,), "float32"),
            Output("v", "L3", None, 0x2000, (N,), "float32"),
        )
        operators = [Operator(i, node, "cores", 0, [outputs[i]]) for i, node in enumerate(graph.nodes)]
        return Program(
            graph,
            CONFIGS["compact"],
            "cores",
            1,
            self.slots,
            operators,
            list(self.buffers.values()),
            {"w": 0x1000},
            0,
            0,
        )


def half_a_word(s: Small) -> None:
    s.slots[1].dma[0].length -= 2


def starts_within_a_word(s: Small) -> None:
    s.slots[1].dma[0].source = s.ref("L2.w", 2)


def rows_but_the_first_start_within_a_word(s: Small) -> None:
    load = s.slots[1].dma[0]
    load.length, load.rows, load.source_stride, load.destination_stride = BYTES // 2, 2, BYTES // 2 - 2, BYTES // 2


def more_than_the_buffer_holds(s: Small) -> None:
    s.slots[2].calls[0].reads[0] = (s.ref("L1.w"), Box("w", 0, ((N + 1, 1),), 4))


def another_tensor(s: Small) -> None:
    s.slots[2].calls[0].reads[0] = (s.ref("L1.w"), whole("y"))


def rows_onto_each_other(s: Small) -> None:
    dma = s.slots[1].dma[0]
    dma.length, dma.rows, dma.source_stride, dma.destination_stride = BYTES // 2, 2, BYTES // 2, BYTES // 2 - 4


def planes_onto_each_other(s: Small) -> None:
    dma = s.slots[1].dma[0]
    dma.length, dma.planes, dma.source_stride2, dma.destination_stride2 = BYTES // 2, 2, BYTES // 2, 0


def home_read_behind_its_update(s: Small) -> None:
    s.slots.append(Slot(hyper=[Hyper(0x2000 - 64, s.ref("L2.w"), BYTES, label="fetch again")], wait_hyper=3))
    s.buffers["L2.w"].last = 7


def beyond_the_memory(s: Small) -> None:
    s.buffers["L1.v"].address = TCDM_ARENA.base + TCDM_ARENA.size - BYTES + 4


def before_the_memory(s: Small) -> None:
    s.buffers["L2.w"].address = L2_ARENA.base - 4


def used_when_dead(s: Small) -> None:
    s.buffers["L1.w"].last = 3


def used_before_it_lives(s: Small) -> None:
    s.buffers["L2.y"].first = 4


def read_while_written(s: Small) -> None:
    s.slots[1].wait_dma = 0


def written_while_written(s: Small) -> None:
    s.slots[1].dma.append(Dma(s.ref("L2.w"), s.ref("L1.w"), BYTES, label="load w again"))
    s.slots[1].wait_dma = 2


def job_read_while_written(s: Small) -> None:
    s.slots[2].jobs, s.slots[2].calls = [s.slots[2].calls[0]], []


def calls_of_one_slot(s: Small) -> None:
    s.slots[2].calls.append(s.slots[4].calls.pop())


def fetch_not_waited_for(s: Small) -> None:
    s.slots[0].wait_hyper = 0


def written_while_read(s: Small) -> None:
    s.slots[3].wait_dma, s.slots[3].reports, s.slots[5].reports = 0, [], [0]
    s.slots[4].calls[0].writes = [(s.ref("L1.y"), whole("y"))]
    s.slots[4].calls[0].reads = []


def never_written(s: Small) -> None:
    s.slots[1].dma, s.slots[1].wait_dma, s.slots[3].wait_dma, s.slots[5].wait_dma = [], 0, 1, 2


def overwritten_by_another_buffer(s: Small) -> None:
    s.buffers["L1.z"] = Buffer("L1.z", "L1", BYTES, whole("z"), 0, 6, s.buffers["L1.v"].address)
    s.buffers["L1.z"].address = s.buffers["L1.w"].address - BYTES + 4  # its last word is w's first
    for name in "wyvz":
        s.buffers[f"L1.{name}"].address += BYTES
    s.slots[3].dma.append(Dma(s.ref("L2.w"), s.ref("L1.z"), BYTES, label="load w elsewhere"))
    s.slots[3].wait_dma, s.slots[5].wait_dma = 3, 4


def last_word_never_written(s: Small) -> None:
    s.slots[1].dma[0].length -= 4


def first_word_never_written(s: Small) -> None:
    dma = s.slots[1].dma[0]
    dma.source, dma.destination, dma.length = s.ref("L2.w", 4), s.ref("L1.w", 4), BYTES - 4


def update_not_written_back(s: Small) -> None:
    s.slots[6].hyper[0].l3 = 0x3000


def update_reported_before_it_is_written_back(s: Small) -> None:
    s.slots[5].reports, s.slots[6].reports = [1], []


def reported_before_the_store(s: Small) -> None:
    s.slots[2].reports, s.slots[3].reports = [0], []


def reported_while_it_is_stored(s: Small) -> None:
    s.slots[3].wait_dma = 0


def stored_but_for_its_last_word(s: Small) -> None:
    s.slots[3].dma[0].length -= 4


def waits_for_what_is_not_started(s: Small) -> None:
    s.slots[1].wait_dma = 2


def jobs_not_started(s: Small) -> None:
    s.slots[2].wait_jobs = 1


def ends_too_early(s: Small) -> None:
    s.slots[5].wait_dma, s.slots[6].hyper, s.slots[6].wait_hyper = 2, [], 0
    s.slots[6].hyper = [Hyper(0x2000, s.ref("L2.y"), BYTES, to_l3=True, label="write back v")]
    s.slots[6].wait_hyper = 2


def reported_twice(s: Small) -> None:
    s.slots[5].reports = [0]


def read_behind_its_update(s: Small) -> None:
    s.slots[5].dma.append(Dma(s.ref("L1.v"), s.ref("L2.w"), BYTES, label="store v over w"))
    s.slots[5].wait_dma = 4
    s.slots[6].dma = [Dma(s.ref("L2.w"), s.ref("L1.w"), BYTES, label="load w")]


def reported_as_what_was_fetched(s: Small) -> None:
    s.buffers["L2.unused"], s.buffers["L2.y"] = s.buffers["L2.y"], s.buffers["L2.w"]


def overwritten_before_the_next_step(s: Small) -> None:
    s.slots[0].hyper[0].only = "first"
    s.buffers["L2.y"].address = s.buffers["L2.w"].address


def reported_never(s: Small) -> None:
    s.slots[3].reports = []


def no_such_operator(s: Small) -> None:
    s.slots[3].reports = []
    s.slots[5].reports = [0, 0]


def product_onto_its_own_operand(s: Small) -> None:
    s.slots[4].calls = [s.gemm(x="L1.y", y="L1.w", z="L1.y")]


def product_onto_part_of_its_addend(s: Small) -> None:
    s.buffers["L1.z"] = Buffer("L1.z", "L1", BYTES, whole("z"), 0, 6, s.buffers["L1.y"].address + 4)
    s.slots[4].calls = [s.gemm(z="L1.z")]


def row_of_y_in_place(s: Small) -> None:
    call = s.gemm()
    call.args["flags"] = 4
    call.reads[2] = (call.reads[2][0], Box("y", 0, ((8, 1),), 4))
    s.slots[4].calls = [call]


def result_shifted_over_its_input(s: Small) -> None:
    s.buffers["L1.u"] = Buffer("L1.u", "L1", BYTES, whole("u"), 0, 6, s.buffers["L1.w"].address + 4)
    s.slots[4].calls[0].writes = [(s.ref("L1.u"), whole("u"))]


CASES: dict[str, tuple[Callable[[Small], None], ...]] = {
    "transfer is not made of whole words": (half_a_word, starts_within_a_word, rows_but_the_first_start_within_a_word),
    "does not hold": (more_than_the_buffer_holds, another_tensor),
    "writes words twice": (rows_onto_each_other, planes_onto_each_other),
    "reads a home in L3 after": (home_read_behind_its_update,),
    "lies outside": (beyond_the_memory, before_the_memory),
    "alive in slots": (used_when_dead, used_before_it_lives),
    "is being written by something not yet waited for": (
        read_while_written, written_while_written, calls_of_one_slot, fetch_not_waited_for, job_read_while_written,
    ),
    "while something not yet waited for reads there": (written_while_read,),
    "not written there, or overwritten": (
        never_written, overwritten_by_another_buffer, last_word_never_written, first_word_never_written,
    ),
    "is written back": (update_not_written_back, update_reported_before_it_is_written_back),
    "lies whole in L2": (reported_before_the_store, reported_while_it_is_stored, stored_but_for_its_last_word),
    "behind its update": (read_behind_its_update,),
    "is written over its copy": (reported_as_what_was_fetched,),
    "does not stay in L2 for the next step": (overwritten_before_the_next_step,),
    "which is not started": (waits_for_what_is_not_started, jobs_not_started),
    "not waited for": (ends_too_early,),
    "not every operator is reported once": (reported_twice, reported_never, no_such_operator),
    "where it writes": (
        product_onto_its_own_operand, product_onto_part_of_its_addend, row_of_y_in_place, result_shifted_over_its_input,
    ),
}  # fmt: skip


def test_the_small_program_is_legal() -> None:
    check.check_program(Small().program())


def test_a_product_may_accumulate_in_place() -> None:
    small = Small()
    small.slots[4].calls.insert(0, small.gemm())
    small.slots[4].calls.pop()
    small.slots[5:] = [Slot(reports=[]), Slot()]
    with pytest.raises(check.IllegalProgramError, match="not every operator is reported once"):
        check.check_program(small.program())


@pytest.mark.parametrize(
    ("message", "damage"),
    [(message, damage) for message, damages in CASES.items() for damage in damages],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_each_fault_has_its_message(message: str, damage: Callable[[Small], None]) -> None:
    small = Small()
    damage(small)
    with pytest.raises(check.IllegalProgramError, match=re.escape(message)):
        check.check_program(small.program())


def test_no_buffer_is_taken_for_none() -> None:
    """A word that holds 0 holds nobody's data."""
    small = Small()
    program = small.program()
    assert sorted(check._Checker(program).ids.values()) == list(range(1, len(program.buffers) + 1))


def test_words_of_two_memories_never_meet() -> None:
    """Words are numbered in each memory from 0."""
    small = Small()
    one, other = (check.Access(small.buffers[name], np.arange(4), True) for name in ("L1.w", "L2.w"))
    assert check._meet(one, one)
    assert not check._meet(one, other)


def test_every_message_of_the_check_is_provoked() -> None:
    """``self.fail`` in check.py, with its text over one or several lines."""
    texts = re.findall(r"self\.fail\(\s*f?\"(.*)\"", Path(check.__file__).read_text(encoding="utf-8"))
    unprovoked = [text for text in texts if not any(message in re.sub(r"\{.*?\}", "", text) for message in CASES)]
    assert unprovoked == []
    assert len(texts) == len(CASES)
