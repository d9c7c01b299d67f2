# SPDX-License-Identifier: Apache-2.0
"""The runner's command lines, and that no block is built twice or half."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tb.build import simulator, toolchain
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


def test_a_path_that_verilator_cannot_handle_is_refused(cache, tmp_path):
    with pytest.raises(UserError, match="'\\+' in a path"):
        simulator.build_block("toy", "toy", [tmp_path / "a+b" / "toy.sv"])


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
