# SPDX-License-Identifier: Apache-2.0
"""Many calls of kernels as one program: firmware/verify/cases.c, and cases that are data in L3."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tb.env.kernel.settings import CASES
from traindeploy.codegen.firmware import FIRMWARE, build
from traindeploy.ops import OPERATORS
from traindeploy.platform import L2_ARENA
from traindeploy.platform.signals import OPERATOR_BEGINS
from traindeploy.records import serial
from traindeploy.records.arrays import write_arrays
from traindeploy.records.program import OperatorDescription, ProgramDescription
from traindeploy.verify.call import Call
from traindeploy.verify.window import GUARD_WORD, Window

COPIES = max(len(o.inputs) + len(o.outputs) for o in OPERATORS.values() if o.kernel)  # most buffers that a call has
HEAD_WORDS = 8 + 3 * COPIES
NONE = 0xFF  # cores of an empty call
DIRECTORY_BYTES = 64 * 1024
BUFFER_BYTES = 512 * 1024
BATCH_BYTES = 32 * 1024  # from which on a batch is closed: small, for the first one is waited for


@dataclass(frozen=True)
class Loaded:
    """A call in its window; ``cores`` 0: RedMule."""

    call: Call
    window: Window
    cores: int


def write(run_dir: Path, loaded: Sequence[Loaded], firmware: Path = FIRMWARE) -> None:
    """Write and build the program of these calls into ``run_dir``, with what the bench compares.

    The first call is an empty one, and then the first case once for nothing, so that the kernel is in the caches.
    ``firmware`` is the folder of its sources.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    directory = L2_ARENA.base
    kernels = list(dict.fromkeys(each.call.kernel for each in loaded))
    defines = {
        "VERIFY_KERNELS": " ".join(f"CASE({number}, {kernel})" for number, kernel in enumerate(kernels)),
        "VERIFY_COPIES": f"{COPIES}u",
        "VERIFY_GUARD": f"{GUARD_WORD:#x}u",
        "VERIFY_BEGINS": f"{OPERATOR_BEGINS:#x}u",
        "VERIFY_DIRECTORY": f"{directory:#x}u",
        "VERIFY_DIRECTORY_BYTES": f"{DIRECTORY_BYTES}u",
        "VERIFY_BUFFER": f"{directory + DIRECTORY_BYTES:#x}u",
        "VERIFY_BUFFER_BYTES": f"{BUFFER_BYTES}u",
    }
    program = FIRMWARE / "verify/cases.c"
    build([program], run_dir / "firmware.elf", defines=[f"{k}={v}" for k, v in defines.items()], firmware=firmware)
    calls = [replace(loaded[0], cores=NONE), loaded[0], *loaded]
    records = [_record(n, kernels.index(each.call.kernel), each.cores, each.window) for n, each in enumerate(calls)]
    write_arrays(run_dir / "l3.npz", {"0x0": _image(records)})
    windows = [each.window for each in calls]
    after = [windows[0].before, *(window.after for window in windows[1:])]
    sizes = np.array([words.size for words in after])
    write_arrays(
        run_dir / CASES,
        {
            "base": np.array([window.base for window in windows], np.int64),
            "first": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            "after": np.concatenate(after),
        },
    )
    names = ["empty call", "first case, not counted", *(each.call.name for each in loaded)]
    operators = tuple(
        OperatorDescription(
            index=i, name=name, kind=each.call.kernel, engine="cores" if each.cores else "redmule", phase="forward",
            outputs=(),
        )
        for i, (name, each) in enumerate(zip(names, calls, strict=True))
    )  # fmt: skip
    serial.write(ProgramDescription(operators=operators), run_dir / "program.json")
    shutil.rmtree(run_dir / "expected", ignore_errors=True)


def _record(number: int, kernel: int, cores: int, window: Window) -> np.ndarray:
    """The words of a case: head, copies, arguments, operands."""
    at = 4 * (HEAD_WORDS + len(window.arguments))
    if len(window.copies) > COPIES:
        raise ValueError(f"a call with {len(window.copies)} buffers: a case has room for {COPIES}")
    copies, data = [], []
    for address, words in window.copies:
        copies += [at, address, words.nbytes]
        data.append(words)
        at += words.nbytes
    head = [number, kernel, cores, window.base, window.before.size, len(window.copies), 4 * HEAD_WORDS, at, *copies]
    head += [0] * (HEAD_WORDS - len(head))
    return np.concatenate([np.array(head, np.uint32), window.arguments, *data])


def _image(records: Sequence[np.ndarray]) -> np.ndarray:
    """L3: the directory, then the batches."""
    batches: list[list[np.ndarray]] = [[]]
    for record in records:
        if batches[-1] and sum(r.nbytes for r in batches[-1]) + record.nbytes > BATCH_BYTES:
            batches.append([])
        batches[-1].append(record)
    directory = [len(batches)]
    at = DIRECTORY_BYTES
    for batch in batches:
        size = sum(record.nbytes for record in batch)
        directory += [at, size, len(batch)]
        at += size
    words = np.zeros(DIRECTORY_BYTES // 4, np.uint32)
    words[: len(directory)] = directory
    return np.concatenate([words, *(record for batch in batches for record in batch)])
