# SPDX-License-Identifier: Apache-2.0
"""The runner's command lines, and that no block is built twice or half."""

import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tb.build import simulator, toolchain
from tb.build.alias import aliased, is_plain, make_folder
from tb.build.runner import PublicByListRunner, clean_environment
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records.progress import Event

TOY = """module toy (input logic clk_i, output logic [7:0] count_o);
  always_ff @(posedge clk_i) count_o <= count_o + 8'd1;
endmodule
"""


@pytest.fixture(scope="module")
def objects(tmp_path_factory) -> Path:
    """A cache of objects, which these tests share: compiling Verilator's library is what takes long."""
    return tmp_path_factory.mktemp("objects")


@pytest.fixture
def cache(tmp_path, monkeypatch, objects) -> Path:
    """An empty cache of simulators."""
    monkeypatch.setattr(simulator, "SIMULATORS", tmp_path / "sim")
    monkeypatch.setattr(simulator, "OBJECTS", objects)
    return tmp_path / "sim"


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "toy.sv"
    path.write_text(TOY)
    return path


def entries(cache: Path) -> list[str]:
    return sorted(p.name for p in cache.iterdir() if p.is_dir() and not p.name.startswith("."))


def alive(group: int) -> list[str]:
    """The processes of a group that still run (zombies do not)."""
    states = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                states.append(stat.parent.name)
    return states


def test_only_listed_signals_are_public(tmp_path, source, monkeypatch):
    runner = PublicByListRunner(toolchain.find_verilator(), make_variables=["CXX=g++"])
    recorded: list[list[str]] = []
    monkeypatch.setattr(runner, "_execute_cmds", lambda cmds, cwd, stdout=None: recorded.extend(cmds))
    runner.build(sources=[source], hdl_toplevel="toy", build_dir=tmp_path / "b")
    generate, make = recorded
    assert "--vpi" in generate
    assert not [arg for arg in generate if "public" in arg]
    assert make[:2] == ["make", "-j"]
    assert "Vtop.mk" in make
    assert make[-1] == "CXX=g++"


def test_a_terminated_run_leaves_no_process_behind(tmp_path):
    script = (
        "from pathlib import Path; from tb.build import runner, toolchain\n"
        "r = runner.PublicByListRunner(toolchain.Verilator(Path('v'), '', {}, ())); r.env = None\n"
        "r._execute_cmds([['sh', '-c', 'echo $$; sleep 60 & wait']], '.')\n"
    )
    outer = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    group = int(outer.stdout.readline())
    outer.terminate()
    outer.wait(20)
    deadline = time.monotonic() + 5  # killed, but perhaps not gone yet; the sleep alone would last a minute
    while alive(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(group) == []


def test_an_outer_make_does_not_reach_the_inner_one(monkeypatch):
    monkeypatch.setenv("WAVES", "100:200")
    monkeypatch.setenv("MAKEFLAGS", "CONFIG=paper")
    with clean_environment({"X": "1"}):
        assert "WAVES" not in os.environ
        assert "MAKEFLAGS" not in os.environ
        assert os.environ["X"] == "1"
    assert os.environ["WAVES"] == "100:200"


def test_the_same_inputs_build_once_and_changed_ones_again(cache, source):
    events: list[Event] = []
    first = simulator.build_block("toy", "toy", [source], progress=events.append)
    assert (first.directory / "toy").exists()
    assert simulator.build_block("toy", "toy", [source], progress=events.append) == first
    assert [event.event for event in events] == ["build_begin", "build_end"]
    source.write_text(TOY.replace("8'd1", "8'd2"))
    second = simulator.build_block("toy", "toy", [source])
    assert second.directory != first.directory
    assert len(entries(cache)) == 2


def test_an_interrupted_build_leaves_no_entry(cache, source, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(simulator, "_publish", interrupted)
        with pytest.raises(KeyboardInterrupt):
            simulator.build_block("toy", "toy", [source])
    assert entries(cache) == []
    assert not [p for p in cache.iterdir() if p.is_dir()]
    assert (simulator.build_block("toy", "toy", [source]).directory / "toy").exists()


@pytest.mark.parametrize("folder", ["a+b", "a b", "a$b", "a'b", "a#b"])
def test_a_path_that_verilator_cannot_handle_is_refused(cache, tmp_path, folder):
    with pytest.raises(UserError, match=f"{re.escape(folder)}/toy.sv: Verilator cannot handle a path"):
        simulator.build_block("toy", "toy", [tmp_path / folder / "toy.sv"])


def test_the_working_copy_has_a_plain_path_wherever_it_lies(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    root = tmp_path / "my work" / "a+b"
    root.mkdir(parents=True)
    (root / "x.sv").touch()
    text = aliased(f"-I{root}/rtl:{root}", root)
    assert is_plain(text.replace(":", ""))
    assert Path(aliased(f"{root}/x.sv", root)).exists()
    next(path for path in tmp_path.iterdir() if path.is_symlink()).unlink()  # as a cleaner of /tmp does
    assert Path(aliased(f"{root}/x.sv", root)).exists()
    assert aliased("/usr/lib", root) == "/usr/lib"
    assert is_plain(str(make_folder(root / "x.build")))
    assert make_folder(tmp_path / "x.build") == tmp_path / "x.build"
    assert aliased(f"{tmp_path}/x", tmp_path) == f"{tmp_path}/x"


@pytest.mark.parametrize("damage", ["", "cut off", "emptied", "flipped", "removed", "without its digest", "no entry"])
def test_only_the_simulator_that_was_built_is_whole(tmp_path, damage):
    entry, scratch = tmp_path / "entry", tmp_path / "scratch"
    scratch.mkdir()
    for name in ("toy", "build.log", "control.vlt"):
        (scratch / name).write_bytes(b"what was built")
    simulator._publish(scratch, tmp_path / "staged", entry, "toy")
    contents = {"cut off": b"what was", "emptied": b"", "flipped": b"what was builT"}
    if damage in contents:
        (entry / "toy").write_bytes(contents[damage])
    elif damage == "removed":
        (entry / "toy").unlink()
    elif damage == "without its digest":
        (entry / simulator.DIGEST).unlink()
    elif damage:
        shutil.rmtree(entry)
    assert simulator._is_whole(entry, "toy") == (not damage)


def test_a_simulator_that_was_cut_off_is_built_anew(cache, source):
    build = simulator.build_block("toy", "toy", [source])
    program = build.directory / "toy"
    size = program.stat().st_size
    os.truncate(program, size // 2)
    events: list[Event] = []
    assert simulator.build_block("toy", "toy", [source], progress=events.append) == build
    assert [event.event for event in events] == ["build_begin", "build_end"]
    assert program.stat().st_size == size


def test_what_decides_a_build_is_in_its_key(cache, tmp_path, source, monkeypatch):
    """The runner, and headers beside C++ sources."""
    model = tmp_path / "cpp" / "model.cpp"
    model.parent.mkdir()
    model.write_text("")
    keys = []

    def refuse(*_args: object, **_kwargs: object) -> None:
        keys.append(next(path.name for path in cache.iterdir() if path.suffix == ".build"))
        raise KeyboardInterrupt

    monkeypatch.setattr(simulator, "_compile", refuse)
    runner = tmp_path / "runner.py"
    monkeypatch.setattr(simulator, "BUILDERS", [runner])
    for path, text in ((runner, "one"), (runner, "two"), (model.with_name("model.h"), "int x;"), (model, "int y;")):
        path.write_text(text)
        with pytest.raises(KeyboardInterrupt):
            simulator.build_block("toy", "toy", [source, model])
    assert len(set(keys)) == 4


def test_a_verilator_on_the_path_is_told_the_language_that_ours_is_written_in(tmp_path, monkeypatch):
    program = tmp_path / "verilator"
    program.write_text("#!/bin/sh\necho Verilator 5.050 2026-01-01\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = toolchain._on_path()
    assert found.executable == program
    assert found.make_variables == ("CFG_CXXFLAGS_STD=-std=gnu++20",)
    assert set(found.make_variables) < set(toolchain._wheel().make_variables)


def test_a_design_that_does_not_build_is_one_error_with_the_reason(cache, source):
    source.write_text(TOY.replace("count_o <=", "counter <="))
    with pytest.raises(UserError, match="counter"):
        simulator.build_block("toy", "toy", [source])
    assert entries(cache) == []


def test_an_error_of_the_elaboration_stops_the_build(cache, source):
    source.write_text(TOY.replace("endmodule", '  if (1) $error("toy: no such width");\nendmodule'))
    with pytest.raises(UserError, match="toy: no such width"):
        simulator.build_block("toy", "toy", [source])


def test_a_missing_compiler_is_named_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "g++" else f"/usr/bin/{name}")
    with pytest.raises(UserError, match=r"g\+\+ not found.*apt-get install g\+\+"):
        toolchain.require_programs()


def test_old_entries_are_dropped(cache):
    for number in range(simulator.KEEP + 2):
        entry = cache / f"toy-{number:016x}"
        entry.mkdir(parents=True)
        os.utime(entry, (number, number))
    (cache / "toy-other-0000000000000000").mkdir()
    simulator._prune("toy")
    kept = entries(cache)
    assert len(kept) == simulator.KEEP + 1
    assert "toy-0000000000000000" not in kept
    assert "toy-other-0000000000000000" in kept
