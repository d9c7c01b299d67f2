# SPDX-License-Identifier: Apache-2.0
"""An analysis export for a component that listens to more than one kind of transaction."""

from collections.abc import Callable
from typing import Any

from pyuvm import uvm_analysis_export, uvm_component


class AnalysisImp(uvm_analysis_export):
    """Hands each transaction to ``function`` at once."""

    def __init__(self, name: str, parent: uvm_component, function: Callable[[Any], None]) -> None:
        super().__init__(name, parent)
        self.write = function
