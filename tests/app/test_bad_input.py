# SPDX-License-Identifier: Apache-2.0
"""Bad input to ``traindeploy sim``: one clear line on stderr, exit status 2, no traceback, nothing half-written."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

BUILD = Path(__file__).resolve().parents[2] / "build"
MAIN = "from traindeploy.app.cli import main; main()"


def refused(*arguments: str, before: str = "", **environment: str) -> str:
    """The one line that ``traindeploy sim`` with ``arguments`` ends with, after the Python statement ``before``."""
    done = subprocess.run(
        [sys.executable, "-c", before + MAIN, "sim", *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
        env=os.environ | environment,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    return line


def model(folder: Path, name: str, nodes: list, weights: dict[str, np.ndarray], shape: list, classes: int) -> Path:
    """An ONNX file whose name no other run has, so that what it leaves in build/ is its own."""
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("x", shape), ("y", [1, classes]))]
    arrays = [numpy_helper.from_array(w, n) for n, w in weights.items()]
    graph = helper.make_graph(nodes, "bad", infos[:1], infos[1:], arrays)
    path = folder / f"refused_{name}_{os.getpid()}.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def left_behind(path: Path) -> list[str]:
    """What a run of ``path`` left in build/: finished or hidden scratch directories."""
    return [p.name for p in BUILD.glob(f"*{path.stem}*")] + [p.name for p in BUILD.glob(f".{path.stem}*")]


def test_unknown_strategy():
    line = refused("--model", "cct_tiny", "--strategy", "lora9")
    assert "'lora9'" in line
    assert "lora2" in line
    assert not list(BUILD.glob("*lora9*"))


def test_unknown_model():
    line = refused("--model", "resnet99")
    assert line == "error: unknown model 'resnet99': expected cct2, cct_tiny, or the path of an .onnx file"
    assert not list(BUILD.glob("*resnet99*")) + list(BUILD.glob(".resnet99*"))


def test_unsupported_operator(tmp_path):
    nodes = [helper.make_node("Sin", ["x"], ["y"], "wave")]
    path = model(tmp_path, "operator", nodes, {}, [1, 4], 4)
    line = refused("--model", str(path), "--strategy", "lp")
    assert line.startswith(f"error: {path}: node 'wave': unsupported operator Sin; supported: ")
    assert left_behind(path) == []


def test_dynamic_shape(tmp_path):
    weight = np.zeros((4, 3), np.float32)
    path = model(tmp_path, "dynamic", [helper.make_node("MatMul", ["x", "w"], ["y"], "mm")], {"w": weight}, [1, "N"], 3)
    line = refused("--model", str(path), "--strategy", "lp")
    assert f"error: {path}: input 'x' has the dynamic shape [1, N]" in line
    assert left_behind(path) == []


def test_corrupt_file(tmp_path):
    path = tmp_path / f"refused_corrupt_{os.getpid()}.onnx"
    path.write_bytes(b"\x08 no protocol buffer \xff" * 50)
    line = refused("--model", str(path), "--strategy", "lp")
    assert str(path) in line
    assert left_behind(path) == []


def test_missing_file(tmp_path):
    line = refused("--model", str(tmp_path / "none.onnx"))
    assert "no such ONNX file" in line


def test_model_too_large_for_l3(tmp_path):
    size = 3000  # 36 MB of weights
    weights = {"w": np.zeros((size, size), np.float32), "v": np.zeros((size, 10), np.float32)}
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"], "wide"),
        helper.make_node("MatMul", ["h", "v"], ["y"], "classifier"),
    ]
    path = model(tmp_path, "large", nodes, weights, [1, size], 10)
    data = tmp_path / "d.npz"
    np.savez(data, images=np.zeros((1, size), np.float32), labels=np.zeros(1, np.int64))
    line = refused("--model", str(path), "--strategy", "lp", "--data", str(data))
    assert "L3" in line
    assert any(character.isdigit() for character in line)
    assert left_behind(path) == []


def test_strategy_that_the_model_has_no_blocks_for(tmp_path):
    weight = np.zeros((4, 3), np.float32)
    path = model(tmp_path, "blocks", [helper.make_node("MatMul", ["x", "w"], ["y"], "mm")], {"w": weight}, [1, 4], 3)
    assert "encoder block(s)" in refused("--model", str(path), "--strategy", "ft1")
    assert left_behind(path) == []


def test_bad_data_file(tmp_path):
    data = tmp_path / "d.npz"
    np.savez(data, images=np.zeros((2, 5, 5, 3), np.float32), labels=np.zeros(2, np.int64))
    line = refused("--model", "cct_tiny", "--data", str(data))
    wanted = "the model's input is [8, 8, 3] (or channels first, or grey)"
    assert line == f"error: {data}: images of shape [5, 5, 3]; {wanted}"


@pytest.mark.parametrize(
    ("seed", "option", "value", "expected"),  # a seed each: they look for what they left, and run side by side
    [
        (987651, "--lora-rank", "64", "LoRA rank 64: expected 1 to 32"),
        (987652, "--lr", "-1", "learning rate -1.0: expected a positive number"),
        (987653, "--lora-alpha", "inf", "LoRA alpha inf: expected a finite number"),
        (987654, "--waves", "9:3", "WAVES=9:3: expected 1, FIRST:LAST"),
    ],
)
def test_bad_number(seed, option, value, expected):
    assert expected in refused("--model", "cct_tiny", "--seed", str(seed), option, value)
    assert not list(BUILD.glob(f"*seed{seed}*")) + list(BUILD.glob(f".*seed{seed}*"))


def test_missing_riscv_compiler():
    line = refused("--model", "cct_tiny", "--seed", "987655", before="import sys; sys.modules['ziglang'] = None; ")
    assert "RISC-V compiler" in line
    assert "ziglang" in line
    assert not list(BUILD.glob("*seed987655*")) + list(BUILD.glob(".*seed987655*"))


def test_missing_cxx_compiler(tmp_path):
    """A PATH with nothing on it: the simulator cannot be built, and that is said before any work."""
    line = refused("--model", "cct_tiny", "--seed", "987656", PATH=str(tmp_path))
    assert "g++" in line or "perl" in line or "make" in line
    assert "apt-get install" in line
    assert not list(BUILD.glob("*seed987656*")) + list(BUILD.glob(".*seed987656*"))
