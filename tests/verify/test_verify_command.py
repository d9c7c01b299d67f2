# SPDX-License-Identifier: Apache-2.0
"""``traindeploy verify``: what it takes, and how it ends."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from tb.code_coverage import collect
from traindeploy.app.cli import commands
from traindeploy.app.kernel_mutants import recorded
from traindeploy.app.verify import VerifyOptions, matching, numbers
from traindeploy.app.verify import verify as command
from traindeploy.errors import UserError
from traindeploy.ops import KERNELS
from traindeploy.platform.paths import RTL
from traindeploy.records import provenance, serial
from traindeploy.records.bench import CoreCounters
from traindeploy.records.case import CaseRecord, Kind, append
from traindeploy.records.kernel import KernelRecord
from traindeploy.records.verdict import Verdict
from traindeploy.verify import engine
from traindeploy.verify.boots import Outcome, Ran
from traindeploy.verify.plan import Boot, Choice
from traindeploy.verify.program import Loaded
from traindeploy.verify.rtl_coverage import rtl_coverage


def test_list_names_every_kernel_with_its_operators() -> None:
    lines = CliRunner().invoke(commands, ["verify", "--list"]).output.splitlines()
    assert [line.split()[0] for line in lines] == [name.removeprefix("td_") for name in KERNELS]
    assert any(line.startswith("layernorm_grad") and "LayerNormGrad" in line for line in lines)


def test_a_name_a_pattern_or_all() -> None:
    assert matching("relu") == matching("td_relu") == ("td_relu",)
    assert matching("relu*") == ("td_relu", "td_relu_grad")
    assert matching("all") == tuple(KERNELS)
    assert numbers("1,4-6", "CORES", 1, 8) == (1, 4, 5, 6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "which kernel?"),
        (["layernorn"], "no kernel is called 'layernorn': expected all"),
        (["relu", "--cores", "9"], "CORES is '9': expected numbers from 1 to 8"),
        (["relu", "--cores", "4-2"], "CORES is '4-2'"),
        (["relu", "--case", "x"], "CASE is 'x'"),
        (["relu", "--engine", "gpu"], "ENGINE has 'gpu': expected some of redmule, cores"),
        (["relu", "--engine", "redmule"], "relu does not run on redmule: expected cores"),
        (["relu", "--config", "papper"], "CONFIG has 'papper'"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(commands, ["verify", *arguments])
    assert isinstance(result.exception, UserError)
    assert str(result.exception).startswith(message)
    assert "\n" not in str(result.exception)


def test_a_case_is_repeated_with_the_options_that_it_was_drawn_with() -> None:
    options = VerifyOptions("gemm", seed=3, cores="2", config="paper", delays=True)
    request = engine.Request("td_gemm", 9, Choice(seed=3), options=options.beside)
    assert request.command(17) == "make verify KERNEL=gemm CASE=17 SEED=3 CORES=2 CONFIG=paper DELAYS=1"
    assert request.command() == "make verify KERNEL=gemm CASES=9 SEED=3 CORES=2 CONFIG=paper DELAYS=1"


def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(folder: Path, *_: object, **__: object) -> None:
        (folder / "l3.npz").write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.verify(engine.Request("td_relu", 4, Choice()), build=tmp_path)
    assert list((tmp_path / "verify").iterdir()) == []


def test_coverage_that_the_simulator_does_not_count_is_said_to_be_missing(tmp_path: Path) -> None:
    assert rtl_coverage(["cores"], tmp_path) == ((), "the simulator of these cases counts none")


def test_a_run_writes_record_page_and_index_with_coverage_and_mutants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The simulator's part is played: every case ends as the machine model has it."""

    def played(folder: Path, boot: Boot, loaded: Sequence[Loaded], **_: object) -> Ran:
        if wanted := collect.wish():
            fields = {"f": str(RTL / "fpu" / "td_fpu.sv"), "l": "1", "n": "1", "t": "line", "o": "block", "S": "1-2"}
            (folder / collect.DATA).write_text("C '" + "".join(f"\x01{k}\x02{v}" for k, v in fields.items()) + "' 0\n")
            collect.keep(folder, "module")
            assert wanted.counted == "engines"
        return Ran(outcomes=[Outcome(cycles=100, stalls=CoreCounters(90, 1, 2, 3, 4, 5)) for _ in loaded], overhead=7)

    line = "stream_relu(args->x + r.begin, args->out + r.begin, r.end - r.begin, 0.0f);"
    where = {"area": "firmware", "file": "firmware/kernels/activation.c", "text": line, "change": "'+' -> '-'"}
    mutant = CaseRecord(
        kind=Kind.MUTANT, test="firmware/kernels/activation.c:17 '+' -> '-'", verdict=Verdict.PASSED, note="tests/x.py",
        configuration={**where}, command="", provenance=provenance.collect(),
    )  # fmt: skip
    append(mutant, tmp_path / "mutation.jsonl")
    monkeypatch.setattr(engine, "run", played)
    monkeypatch.setattr(engine, "BUILD", tmp_path)
    monkeypatch.setattr(engine.verify, "__kwdefaults__", {**(engine.verify.__kwdefaults__ or {}), "build": tmp_path})
    monkeypatch.setattr("traindeploy.app.verify.BUILD", tmp_path)
    monkeypatch.setattr(
        "traindeploy.app.verify.recorded", lambda: recorded(tmp_path / "mutation.jsonl", tmp_path / "none")
    )
    assert command(VerifyOptions("relu", cases=6, coverage=True)) is Verdict.PASSED
    assert collect.wish() is None
    record = serial.read(KernelRecord, tmp_path / "verify" / "relu" / "record.json")
    lines = next(p for p in record.coverage if p.name == record.source and p.metric == "line")
    assert lines.hit == lines.stated > 3
    assert [found.by for found in record.mutants] == ["tests/x.py"]
    page = (tmp_path / "verify" / "relu" / "report.html").read_text()
    assert "1 killed" in page
    assert "COVERAGE=1" in record.command
    (rtl,) = (point for point in record.coverage if point.name == "rtl/fpu/td_fpu.sv")
    assert (rtl.stated, rtl.hit) == (2, 0)
    assert "2 lines not run" in page
    assert "Lines of the kernel" in page
    index = (tmp_path / "verify" / "index.html").read_text()
    assert 'href="relu/report.html"' in index
    assert "The one kernel that was run passed on 6 cases." in index
