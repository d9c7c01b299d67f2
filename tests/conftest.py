# SPDX-License-Identifier: Apache-2.0
"""The order of the tests."""

FIRST = "test_sim.py"  # whole training steps: no other file takes as long, and a file runs on one worker


def pytest_collection_modifyitems(items) -> None:
    """Let the other workers do the rest meanwhile."""
    items.sort(key=lambda item: item.path.name != FIRST)
