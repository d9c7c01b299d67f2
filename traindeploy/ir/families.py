# SPDX-License-Identifier: Apache-2.0
"""The families of operators: each has a module of its name in the catalogue, in both golden models, in the tests."""

from importlib import import_module
from typing import Any

FAMILIES = (
    *("gemm", "conv", "depthwise", "pool", "elementwise", "activation"),
    *("norm", "softmax", "reduce", "loss", "optimizer", "layout"),
)


def by_family(package: str, name: str) -> dict[str, Any]:
    """What the modules of the families in ``package`` call ``name``, by family.

    Raises:
        ModuleNotFoundError, AttributeError: a family lacks its module, or that its table.
    """
    return {family: getattr(import_module(f"{package}.{family}"), name) for family in FAMILIES}
