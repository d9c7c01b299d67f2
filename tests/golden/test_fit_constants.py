# SPDX-License-Identifier: Apache-2.0
"""The constants of exp, log and GELU in the firmware's header are those that golden/fit_constants.py fits."""

import re

import pytest

from golden import fit_constants
from traindeploy.platform.paths import ROOT

HEADER = (ROOT / "firmware/kernels/td_math_constants.h").read_text(encoding="utf-8")
NUMBER = r"-?0x[0-9a-f.]+p[-+]\d+"


@pytest.fixture
def fitted(capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    """Coefficients by polynomial, as the program prints them."""
    fit_constants.main()
    lines = (line.partition(":") for line in capsys.readouterr().out.splitlines())
    return {name: [float.fromhex(text) for text in re.findall(NUMBER, rest)] for name, _, rest in lines}


def test_the_errors_that_the_header_states_are_those_of_the_fit(capsys: pytest.CaptureFixture[str]) -> None:
    fit_constants.main()
    found = re.findall(r"(\w+).*: .*\(error ([0-9.]+) \* 2\^-24\)", capsys.readouterr().out)
    errors = {name: max(float(e) for n, e in found if n == name) * 2**-24 for name, _ in found}
    assert errors["exp"] == pytest.approx(3.2e-9, rel=0.05)
    assert errors["log"] == pytest.approx(8e-10, rel=0.05)
    assert 8e-8 < errors["normal"] < 9e-8


def constants(name: str) -> list[float]:
    """TD_<name>_C0, C1, ... of the header, as many as it has."""
    return [float.fromhex(text) for text in re.findall(rf"#define TD_{name}_C\d ({NUMBER})f", HEADER)]


def test_exp_and_log_are_what_is_fitted(fitted: dict[str, list[float]]) -> None:
    assert [1.0, 1.0, *constants("EXP")] == fitted["exp"]
    assert constants("LOG") == fitted["log"]


def test_each_segment_of_the_normal_distribution_is_what_is_fitted(fitted: dict[str, list[float]]) -> None:
    rows = re.findall(r"^    \{(.*), 0\.0f\}", HEADER, re.M)
    table = [[float.fromhex(text) for text in re.findall(NUMBER, row)] for row in rows]
    assert len(table) == 16
    assert table == [values for name, values in fitted.items() if name.startswith("normal")]
