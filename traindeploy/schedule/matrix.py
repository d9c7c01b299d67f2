# SPDX-License-Identifier: Apache-2.0
"""Matrices that lie with strides in a storage tensor: operands of Gemm, of a convolution's products, of a copy."""

from dataclasses import dataclass

from traindeploy.errors import UserError
from traindeploy.ir.region import Box
from traindeploy.schedule.task import Tiling


@dataclass(frozen=True)
class Matrix:
    """``rows`` x ``cols`` elements of a storage tensor; one of the strides is 1 (or its dimension is).

    ``offset`` and strides count elements, of ``itemsize`` bytes each.
    """

    base: str
    offset: int
    rows: int
    cols: int
    row_stride: int
    col_stride: int
    itemsize: int

    @property
    def transposed(self) -> bool:
        """Whether its columns, not its rows, lie densely."""
        return not (self.col_stride == 1 or self.cols == 1)

    def tile(self, row: int, rows: int, col: int, cols: int) -> Box:
        """Two-dimensional box in stored order: (cols, rows) if transposed.

        >>> Matrix("q", 0, 64, 128, 128, 1, 4).tile(0, 16, 64, 32)
        Box(base='q', offset=64, dims=((16, 128), (32, 1)), itemsize=4)
        >>> Matrix("q", 0, 128, 64, 1, 128, 4).tile(64, 32, 0, 16)  # the same elements of its transpose
        Box(base='q', offset=64, dims=((16, 128), (32, 1)), itemsize=4)
        """
        offset = self.offset + row * self.row_stride + col * self.col_stride
        if self.transposed:
            return Box(self.base, offset, ((cols, self.col_stride), (rows, 1)), self.itemsize)
        return Box(self.base, offset, ((rows, self.row_stride), (cols, 1)), self.itemsize)


def matrices(tiling: Tiling, name: str, batch: int) -> list[Matrix]:
    """A [*B, R, C] operand as one matrix per batch element; a 2-D operand serves every one.

    UserError if neither rows nor columns lie densely.
    """
    tensor, base, start = tiling.stored(name)
    *_, rows, cols = tensor.shape
    *outer_strides, row_stride, col_stride = tensor.strides
    if rows > 1 and cols > 1 and 1 not in (row_stride, col_stride):
        raise UserError(
            f"tensor {name!r}: strides {tensor.strides} leave no dimension of a Gemm operand with unit stride"
        )
    row_stride, col_stride = _readable(rows, cols, row_stride, col_stride)
    offsets = [start]
    for count, stride in zip(tensor.shape[:-2], outer_strides, strict=True):
        offsets = [offset + i * stride for offset in offsets for i in range(count)]
    if len(offsets) == 1:
        offsets *= batch
    return [Matrix(base, offset, rows, cols, row_stride, col_stride, tensor.itemsize) for offset in offsets]


def row_matrix(tiling: Tiling, name: str) -> Matrix:
    """A [C] operand as a matrix of one row."""
    tensor, base, offset = tiling.stored(name)
    return Matrix(base, offset, 1, tensor.size, tensor.size, 1, tensor.itemsize)


def _readable(rows: int, cols: int, row_stride: int, col_stride: int) -> tuple[int, int]:
    """Strides that name the same elements, so that one column or one row counts as dense.

    >>> _readable(64, 1, 1, 8)  # a column whose elements are neighbours: its other stride does not matter
    (1, 1)
    >>> _readable(1, 64, 8, 2)  # a row with gaps: read as a stored column
    (1, 2)
    """
    if cols == 1 and rows > 1 and row_stride == 1:
        col_stride = 1
    if rows == 1 and col_stride != 1:
        row_stride = 1
    return row_stride, col_stride
