# SPDX-License-Identifier: Apache-2.0
"""``traindeploy verify``: what it takes, and how it ends."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from traindeploy.app.cli import commands
from traindeploy.app.verify import VerifyOptions, matching, numbers
from traindeploy.errors import UserError
from traindeploy.ops import KERNELS
from traindeploy.verify import engine
from traindeploy.verify.plan import Choice


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
