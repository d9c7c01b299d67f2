# SPDX-License-Identifier: Apache-2.0
"""Named arrays in one file, as images of L3 and expected tensors are kept."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import numpy as np

Array = np.ndarray[Any, Any]


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write ``arrays`` to ``path``, an .npz that ``np.load`` reads; the same bytes for the same arrays.

    Any name will do: what could lead out of a folder that the archive is unpacked in is percent-encoded
    (``/fc/MatMul`` is member ``%2Ffc%2FMatMul.npy``). ``np.savez`` takes names as keywords and refuses "file".
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{quote(name, safe='')}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def read_arrays(path: Path) -> dict[str, Array]:
    """What ``write_arrays`` wrote to ``path``, by name."""
    with np.load(path) as file:
        return {unquote(name): file[name] for name in file.files}
