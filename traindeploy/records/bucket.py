# SPDX-License-Identifier: Apache-2.0
"""What failures of one cause have in common: the message without what differs from case to case."""

import re

_RULES = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"'[^']*'|\"[^\"]*\"", "NAME"),
        (r"(?<![\w./])(?:~|\.{1,2})?(?:/[\w.@+~=-]+)+|(?<![\w./])(?:[\w.@+~-]+/)+[\w.@+~=-]+", "PATH"),
        (r"\b0x[0-9a-fA-F_]+\b", "N"),
        (r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b", "HEX"),  # commits, digests, addresses without 0x
        (r"(?<!\w)[-+]?\d[\d,_]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?=[a-zA-Z]{0,3}\b)", "N"),
        (r"\s+", " "),
    )
)


def bucket(failure: str) -> str:
    """``failure`` without numbers, hexadecimal digits, paths and quoted names.

    >>> bucket("/tmp/a/sim.log: 3 bytes differ at 0x1c00_0040, first in 'fc1': -1.5e-3")
    'PATH: N bytes differ at N, first in NAME: N'
    """
    for pattern, name in _RULES:
        failure = pattern.sub(name, failure)
    return failure.strip()
