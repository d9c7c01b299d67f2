# SPDX-License-Identifier: Apache-2.0
"""What a name may look like: safe where it is ours, spelled out where it is shown and may be anybody's."""

import re
from pathlib import PurePosixPath

SAFE = "-A-Za-z0-9_.:/"  # means nothing to C comments, shells, archives, terminals and pages
LONGEST = 120
_UNSAFE = re.compile(f"[^{SAFE}]")


def safe_name(name: str) -> str:
    r"""``name`` in safe characters and not too long; two names may become one.

    >>> safe_name("fc1\nint evil;"), safe_name("/blocks.0/MatMul_output_0")
    ('fc1_int_evil_', '/blocks.0/MatMul_output_0')
    """
    safe = _UNSAFE.sub("_", name)
    half = LONGEST // 2 - 1
    return safe if len(safe) <= LONGEST else f"{safe[:half]}..{safe[-half:]}"


def model_name(path: str) -> str:
    """What a model is called, from its file's path or its own name: without folders and ``.onnx``, fit for a folder.

    >>> model_name("nets/LeNet 5.onnx"), model_name("cct2")
    ('LeNet_5', 'cct2')
    """
    stem = PurePosixPath(path.replace("\\", "/")).name.removesuffix(".onnx")
    return safe_name(stem).replace(":", "_").lstrip(".-") or "model"


def printable(text: str) -> str:
    r"""``text`` without what a terminal obeys: control characters and whatever else shows nothing are spelled out.

    >>> printable("a\x1b[31mb\u202ec\n")
    'a\\x1b[31mb\\u202ec\\n'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
