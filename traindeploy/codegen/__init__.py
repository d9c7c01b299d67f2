# SPDX-License-Identifier: Apache-2.0
"""Placed program -> C, weights image, firmware; and the proof that it is legal."""

from traindeploy.codegen.check import check_program
from traindeploy.codegen.image import l3_image
from traindeploy.codegen.write import write_program

__all__ = ["check_program", "l3_image", "write_program"]
