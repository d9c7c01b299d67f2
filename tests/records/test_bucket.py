# SPDX-License-Identifier: Apache-2.0
"""Failures of one cause have one bucket, those of two causes have two."""

import pytest

from traindeploy.records.bucket import bucket


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("core 3 trapped at main.c:17", "core 5 trapped at main.c:2"),
        ("3 bytes differ at 0x1c00_0040, first in 'fc1'", "12 bytes differ at 0x1c00beef, first in 'a/b'"),
        ("failed: T; see /tmp/pytest-3/x/sim.log", "failed: T; see /var/tmp/y/sim.log"),
        ("error 1.5e-3 above 2e-4", "error -0.25 above 1e-9"),
        ("stopped after 600 s", "stopped after 30 s"),
        ("commit e25bdf60300c differs", "commit 48ef0ab3117d differs"),
    ],
)
def test_numbers_paths_and_names_do_not_tell_failures_apart(a: str, b: str) -> None:
    assert bucket(a) == bucket(b)


@pytest.mark.parametrize(
    ("a", "b"), [("core 3 trapped", "core 3 hung"), ("h4-l8 differs", "paper differs"), ("a differs", "")]
)
def test_words_do(a: str, b: str) -> None:
    assert bucket(a) != bucket(b)


def test_no_failure_is_no_bucket() -> None:
    assert bucket("") == ""
