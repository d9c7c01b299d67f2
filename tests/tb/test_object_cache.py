# SPDX-License-Identifier: Apache-2.0
"""A rebuild compiles what a change has touched, and gives the executable that a build from nothing gives."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from tb.build import simulator
from tb.build.object_cache import ObjectCache
from tb.build.paths import OBJECTS
from tb.build.simulator import Build
from tb.build.toolchain import compiler_version

HALF = """module half (input logic clk_i, output logic [7:0] n_o);
  /*verilator no_inline_module*/
  always_ff @(posedge clk_i) n_o <= n_o + 8'd{step};
endmodule
"""
WHOLE = """module whole (input logic clk_i, output logic [7:0] a_o, b_o);
  half i_half (.clk_i, .n_o(a_o));
  always_ff @(posedge clk_i) b_o <= b_o + 8'd3;
endmodule
"""


class Workshop:
    """Builds variants of ``whole`` in ``folder``; ``objects`` outlasts them."""

    def __init__(self, folder: Path, monkeypatch) -> None:
        self.folder, self.monkeypatch = folder, monkeypatch
        monkeypatch.setattr(simulator, "OBJECTS", self.objects("objects"))
        self.first = self.build("first")

    def objects(self, name: str) -> Path:
        """A cache with nothing of these designs; Verilator's library, which takes long, may be there."""
        (self.folder / name).mkdir()
        for kept in OBJECTS.glob("verilated*.o"):
            with suppress(FileNotFoundError):  # other tests build and prune at the same time
                shutil.copy2(kept, self.folder / name)
        return self.folder / name

    def build(self, place: str, step: int = 1) -> Build:
        (self.folder / "half.sv").write_text(HALF.format(step=step))
        (self.folder / "whole.sv").write_text(WHOLE)
        self.monkeypatch.setattr(simulator, "SIMULATORS", self.folder / place)
        sources = [self.folder / "half.sv", self.folder / "whole.sv"]
        public = {"whole": ["clk_i"]}
        split = ("--output-split", "1")
        return simulator.build_block("whole", "whole", sources, public=public, args=split)


def compiled(build: Build) -> list[str]:
    """The sources that the build gave to the compiler."""
    lines = (build.directory / "build.log").read_text().splitlines()
    return sorted(Path(line.split()[-1]).stem for line in lines if line.startswith("g++") and " -c " in line)


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as context:
        yield context


@pytest.fixture(scope="module")
def workshop(tmp_path_factory, patch) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"), patch)


def test_a_build_from_nothing_compiles_everything(workshop):
    expected = {"host_memory", "verilator", "Vtop_half__0", "Vtop___024root__0"}
    assert expected <= set(compiled(workshop.first))


def test_the_same_build_elsewhere_compiles_nothing_and_gives_the_same_executable(workshop):
    again = workshop.build("again")
    assert compiled(again) == []
    assert (again.directory / "whole").read_bytes() == (workshop.first.directory / "whole").read_bytes()


def test_changed_logic_compiles_its_file_only_and_gives_the_executable_of_a_build_from_nothing(workshop):
    changed = workshop.build("changed", step=2)
    assert compiled(changed) == ["Vtop_half__0"]
    with workshop.monkeypatch.context() as nothing:
        nothing.setattr(simulator, "OBJECTS", workshop.objects("no objects"))
        fresh = workshop.build("fresh", step=2)
    assert len(compiled(fresh)) > 10
    assert (changed.directory / "whole").read_bytes() == (fresh.directory / "whole").read_bytes()


def generated(folder: Path, header: str = "struct A;", source: str = "int a;", switch: str = "VM_TRACE = 0") -> Path:
    """What Verilator leaves behind, as far as the cache looks at it, and what the compiler makes of it."""
    folder.mkdir()
    lists = [("CLASSES_FAST", "Vtop"), ("CLASSES_SLOW", "Vtop__Slow"), ("GLOBAL_FAST", "verilated")]
    text = "".join(f"VM_{name} += \\\n  {stem} \\\n\n" for name, stem in lists)
    (folder / "Vtop_classes.mk").write_text(f"VM_PARALLEL_BUILDS = 1\n{switch}\n### Object file lists...\n{text}")
    (folder / "Vtop.mk").write_text("VM_USER_CFLAGS = \\\n\n")
    for name, content in (("Vtop.h", header), ("Vtop.cpp", source), ("Vtop__Slow.cpp", "int b;")):
        (folder / name).write_text(content)
    for stem in ("Vtop", "Vtop__Slow", "verilated"):
        (folder / f"{stem}.o").write_text(f"{stem} of {folder.name}")
    return folder


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, []),
        ({"source": "int c;"}, ["Vtop"]),
        ({"header": "struct B;"}, ["Vtop", "Vtop__Slow"]),
        ({"switch": "VM_TRACE = 1"}, ["Vtop", "Vtop__Slow", "verilated"]),
        ({"recipe": "-O2"}, ["Vtop", "Vtop__Slow", "verilated"]),
    ],
)
def test_an_object_is_taken_only_if_nothing_that_its_compilation_reads_has_changed(tmp_path, change, missing):
    ObjectCache(tmp_path / "objects", "-O1").keep(generated(tmp_path / "first"))
    recipe = change.pop("recipe", "-O1")
    second = generated(tmp_path / "second", **change)
    kinds = ObjectCache(tmp_path / "objects", recipe).take(second)
    assert (
        sorted(stem for stem in ("Vtop", "Vtop__Slow", "verilated") if not (second / f"{stem}.o").exists()) == missing
    )
    assert kinds == {{"Vtop": "fast", "Vtop__Slow": "slow"}[stem] for stem in missing if stem != "verilated"}
    assert all(path.read_text().endswith("of first") for path in second.glob("*.o"))


def test_flags_in_the_environment_belong_to_the_compiler(monkeypatch):
    plain = compiler_version()
    monkeypatch.setenv("CXXFLAGS", "-O0")
    assert compiler_version() not in ("", plain)


def test_the_objects_unused_for_longest_go_when_there_are_too_many(tmp_path, monkeypatch):
    for age, name in enumerate(("new", "older", "oldest")):
        (tmp_path / f"{name}.o").write_bytes(b"x" * 10)
        os.utime(tmp_path / f"{name}.o", (1000 - age, 1000 - age))
    monkeypatch.setattr("tb.build.object_cache.LIMIT", 20)
    ObjectCache(tmp_path, "")._prune()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.o", "older.o"]
