# SPDX-License-Identifier: Apache-2.0
"""Engine mapping, tiling, double buffering, operator order: a training graph becomes a program of steps."""

from traindeploy.schedule.build import build_program
from traindeploy.schedule.program import Program

__all__ = ["Program", "build_program"]
