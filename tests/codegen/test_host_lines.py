# SPDX-License-Identifier: Apache-2.0
"""Lines of a kernel that its cases run: holes are seen, assembler is not counted, a broken one ends only itself."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from traindeploy.codegen.firmware import FIRMWARE
from traindeploy.codegen.host_lines import HostLines, NotMeasured
from traindeploy.codegen.host_parts import ASSEMBLER, STAND_IN, Divided, divided
from traindeploy.records.verdict import CoveragePoint

pytestmark = pytest.mark.skipif(not shutil.which("gcov"), reason="the host's compiler has no gcov")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> HostLines:
    return HostLines(tmp_path_factory.mktemp("lines"))


def stream(count: int) -> dict:
    return {"x": np.linspace(-3, 3, count, dtype=np.float32), "out": np.zeros(count, np.float32), "n": count}


def of(points: tuple[CoveragePoint, ...], file: str, metric: str = "line") -> CoveragePoint:
    return next(point for point in points if point.name == f"firmware/kernels/{file}" and point.metric == metric)


def test_a_line_that_no_case_runs_is_a_hole(host: HostLines) -> None:
    even = of(host.measure("td_gelu", [stream(16)]), "activation.c")
    assert any("gelu1" in hole for hole in even.holes), "the odd last element"
    assert even.hit < even.stated
    both = of(host.measure("td_gelu", [stream(16), stream(17)]), "activation.c")
    assert both.holes == ()
    assert both.hit == both.stated == even.stated


def test_a_way_out_of_a_line_that_no_case_takes_is_a_hole(host: HostLines) -> None:
    even = of(host.measure("td_gelu", [stream(16)]), "activation.c", "branch")
    assert any("if (n & 1)" in hole for hole in even.holes)
    assert of(host.measure("td_gelu", [stream(16), stream(17)]), "activation.c", "branch").holes == ()


def test_each_measurement_begins_at_zero_and_leaves_the_operands(host: HostLines) -> None:
    arguments = stream(17)
    first, second = (host.measure("td_relu", [arguments]) for _ in range(2))
    assert first == second
    assert not arguments["out"].any()


def test_the_lines_of_other_kernels_are_not_counted(host: HostLines) -> None:
    text = (FIRMWARE / "kernels" / "activation.c").read_text().splitlines()
    point = of(host.measure("td_relu", [stream(16)]), "activation.c")
    named = [text[int(line) - 1] for line in point.hits]
    assert any("void td_relu(" in line for line in named)
    assert not any("gelu" in line or "relu_grad" in line for line in named)


def test_what_only_the_cores_or_only_the_host_has_is_excluded(host: HostLines) -> None:
    square = np.ones((4, 4), np.float32)
    sizes = {"m": 4, "n": 4, "k": 4, "flags": 0, "x_pitch": 0, "w_pitch": 0, "y_pitch": 0, "z_pitch": 0}
    point = of(
        host.measure("td_gemm", [{"x": square, "w": square, "y": square, "z": square.copy(), **sizes}]), "gemm.c"
    )
    text = (FIRMWARE / "kernels" / "gemm.c").read_text().splitlines()
    host_alone = divided(text)[0].host[0]
    assert "block_on_host" in text[host_alone[0] - 1]
    assert f"{host_alone[0]}-{host_alone[1]}: {STAND_IN}" in point.excluded
    assert not any(host_alone[0] <= int(line) <= host_alone[1] for line in point.hits)
    assert any("without_reduction" in hole for hole in point.holes), "n = 0 was not among the calls"


def test_a_kernel_that_crashes_is_not_measured(host: HostLines) -> None:
    with pytest.raises(NotMeasured, match="crashed on the host"):
        host.measure("td_relu", [{"x": 16, "out": 16, "n": 4}])


def test_a_kernel_that_does_not_return_is_not_measured(tmp_path: Path) -> None:
    shutil.copytree(FIRMWARE, tmp_path / "firmware")
    source = tmp_path / "firmware" / "kernels" / "activation.c"
    source.write_text(
        source.read_text().replace(
            "void td_relu(const td_relu_args_t *args, uint32_t core) {",
            "void td_relu(const td_relu_args_t *args, uint32_t core) { for (;;) ;",
        )
    )
    with pytest.raises(NotMeasured, match=r"did not return on the host within 0\.5 s"):
        HostLines(tmp_path / "build", tmp_path / "firmware", seconds=0.5).measure("td_relu", [stream(4)])
    source.write_text("int broken(")
    with pytest.raises(NotMeasured, match="do not compile on the host"):
        HostLines(tmp_path / "build", tmp_path / "firmware").measure("td_relu", [stream(4)])


def test_without_gcov_nothing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "gcov" else name)
    with pytest.raises(NotMeasured, match="gcov is not installed"):
        HostLines(tmp_path).measure("td_relu", [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#ifdef __riscv\na\n#else\nb\n#endif", [Divided(((2, 2),), ((4, 4),))]),
        ("#ifndef __riscv\na\n#endif", [Divided((), ((2, 2),))]),
        ("#ifdef X\n#ifdef __riscv\na\nb\n#endif\n#else\n#endif", [Divided(((3, 4),), ())]),
        ("#ifdef __riscv\n#if Y\na\n#else\nb\n#endif\n#else\nc\n#endif", [Divided(((2, 6),), ((8, 8),))]),
        ("#if __riscv_x\na\n#endif", []),
    ],
)
def test_conditions_are_told_apart(text: str, found: list[Divided]) -> None:
    assert divided(text.split("\n")) == found


def test_a_division_says_what_it_is() -> None:
    assert Divided(((2, 3),), ((5, 6),)).told() == f"2-3: {ASSEMBLER}"
    assert Divided((), ((5, 6),)).told() == f"5-6: {STAND_IN}"
