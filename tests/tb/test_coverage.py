# SPDX-License-Identifier: Apache-2.0
"""A bin that was not hit is named, and a hit where none can be is an error."""

from types import SimpleNamespace

import pytest

from tb.env.common.coverage import names, open_bins

BINS = {"order": names(("read", "write"), ("now", "later"))}


def bench(bits: int) -> dict:
    return {"order_o": SimpleNamespace(value=bits)}


def test_bits_are_named_with_the_last_index_counting_fastest():
    assert BINS["order"] == ["read, now", "read, later", "write, now", "write, later"]


def test_bins_without_a_hit_are_open_until_all_are_hit():
    assert open_bins(bench(0b1011), BINS) == {"order": ["write, now"]}
    assert open_bins(bench(0b1111), BINS) == {}


def test_an_unreachable_bin_need_not_be_hit_and_must_not():
    never = lambda _point, name: name == "write, now"  # noqa: E731
    assert open_bins(bench(0b1011), BINS, never) == {}
    with pytest.raises(AssertionError, match="write, now"):
        open_bins(bench(0b0100), BINS, never)
