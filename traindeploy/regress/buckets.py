# SPDX-License-Identifier: Apache-2.0
"""Failures by message: one cause, many cases."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from traindeploy.records.bucket import bucket


class Failing(Protocol):
    """What can be grouped."""

    @property
    def failure(self) -> str: ...


F = TypeVar("F", bound=Failing)


def grouped(failing: Iterable[F]) -> list[tuple[str, list[F]]]:
    """(bucket, what failed with it), the most frequent first."""
    groups: dict[str, list[F]] = {}
    for one in failing:
        groups.setdefault(bucket(one.failure), []).append(one)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
