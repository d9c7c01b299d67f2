# SPDX-License-Identifier: Apache-2.0
"""Program -> C, weights image, firmware."""

from traindeploy.codegen.compile import compile_program, write_program
from traindeploy.schedule.program import Program

__all__ = ["Program", "compile_program", "write_program"]
