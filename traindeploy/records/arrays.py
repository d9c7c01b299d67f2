# SPDX-License-Identifier: Apache-2.0
"""Named arrays in one file, as images of L3 and expected tensors are kept."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write ``arrays`` to ``path``, an .npz that ``np.load`` reads."""
    np.savez(path, **arrays)  # type: ignore[arg-type]  # numpy's stub fears an array named allow_pickle
