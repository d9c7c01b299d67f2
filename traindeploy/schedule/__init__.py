# SPDX-License-Identifier: Apache-2.0
"""Engine mapping, tiling, double buffering, operator order: a training graph becomes a program of slots."""

from traindeploy.schedule.build import build_program

__all__ = ["build_program"]
