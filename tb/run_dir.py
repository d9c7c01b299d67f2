# SPDX-License-Identifier: Apache-2.0
"""The expected tensors of a run directory: ``expected/step_<k>.npz``, arrays by tensor name."""

from collections.abc import Mapping
from pathlib import Path

from traindeploy.records.arrays import Array, read_arrays, write_arrays


def write_expected(run_dir: Path, step: int, values: Mapping[str, Array]) -> None:
    """Write what training step ``step`` must leave behind."""
    path = _path(run_dir, step)
    path.parent.mkdir(exist_ok=True)
    write_arrays(path, values)


def read_expected(run_dir: Path, step: int) -> dict[str, Array]:
    """What ``write_expected`` wrote; empty if it wrote nothing for this step."""
    path = _path(run_dir, step)
    if not path.exists():
        return {}
    return read_arrays(path)


def _path(run_dir: Path, step: int) -> Path:
    return run_dir / "expected" / f"step_{step}.npz"
