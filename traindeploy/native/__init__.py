# SPDX-License-Identifier: Apache-2.0
"""The machine model as native code: see README.md."""

from traindeploy.native.library import load_library
from traindeploy.native.machine import NativeMachine

__all__ = ["NativeMachine", "load_library"]
