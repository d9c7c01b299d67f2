# SPDX-License-Identifier: Apache-2.0
"""Which lines and branches of a kernel its cases run: the same C, built for the host with gcov, on the same operands.

The hardware has no such counters, and optimised code has no lines: so this is the source as the host's compiler takes
it, unoptimised. What only the cores have (assembler) and what stands in for it on the host is listed as excluded, never
counted. A kernel runs in a process of its own, so that a wild store of a broken one ends only that.
"""

import ctypes
import faulthandler
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from traindeploy.codegen.firmware import FIRMWARE
from traindeploy.codegen.host_kernels import argument_structure
from traindeploy.codegen.host_parts import Span, divided
from traindeploy.codegen.kernel_header import kernel_header
from traindeploy.platform import NUM_CORES
from traindeploy.platform.generate import generate
from traindeploy.records.verdict import CoveragePoint

# -O0 leaves each line its own instructions; functions that are always inlined would have no lines of their own.
FLAGS = ("-std=c17", "-O0", "--coverage", "-Dalways_inline=unused", "-ffp-contract=off", "-fno-math-errno", "-w")
SECONDS = 120  # a kernel that has not returned by then never will


class NotMeasured(Exception):  # noqa: N818 (it is no error: the report gives the reason)
    """There is no measurement; the message says why."""


@dataclass(frozen=True)
class _Function:
    file: str
    first: int
    last: int


@dataclass
class _Counts:
    """By file: how often lines ran, how often each way out of a line was taken; and where functions are."""

    lines: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    ways: dict[str, dict[tuple[int, int], int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    functions: dict[str, _Function] = field(default_factory=dict)


class HostLines:
    """The kernels of ``firmware`` with counters, built in ``folder`` at the first measurement."""

    def __init__(self, folder: Path, firmware: Path = FIRMWARE, seconds: float = SECONDS) -> None:
        self._folder, self._firmware, self._seconds = folder, firmware.resolve(), seconds
        self._library: Path | None = None

    def measure(self, kernel: str, calls: Iterable[Mapping[str, Any]]) -> tuple[CoveragePoint, ...]:
        """Lines and branches by file of ``kernel`` and all that it names.

        ``calls``: arguments by name, arrays for what lies in memory; the arrays themselves stay as they are.

        Raises:
            NotMeasured: no gcc or gcov, or the kernel did not return.
        """
        self._library = self._library or self._build()
        self._run(self._library, kernel, list(calls))
        counts = self._read()
        return tuple(self._points(counts, self._reached(counts.functions, kernel)))

    def _build(self) -> Path:
        for tool in ("gcc", "gcov"):
            if not shutil.which(tool):
                raise NotMeasured(f"{tool} is not installed")
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "td_kernels.h").write_text(kernel_header())
        (self._folder / "dump.c").write_text("void __gcov_dump(void);\nvoid td_dump(void) { __gcov_dump(); }\n")
        library = self._folder / "libkernels.so"
        sources = [*map(str, sorted((self._firmware / "kernels").glob("*.c"))), "dump.c"]
        command = ["gcc", *FLAGS, "-fPIC", "-shared", "-I.", f"-I{generate()}", *sources, "-o", library.name, "-lm"]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasured(f"the kernels do not compile on the host: {' '.join(done.stderr.split())[:200]}")
        return library

    def _run(self, library: Path, kernel: str, calls: list[Mapping[str, Any]]) -> None:
        """Make the calls, for all cores one after the other, in a process of its own.

        It is forked, and left without Python's clean-up: the operands need not be copied, and no lock of another thread
        of ours (a progress display's) is asked for.
        """
        child = os.fork()
        if not child:
            status = 1
            try:
                _call(library, kernel, calls)
                status = 0
            finally:
                os._exit(status)
        end = time.monotonic() + self._seconds
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                raise NotMeasured(f"the kernel did not return on the host within {self._seconds:g} s")
            time.sleep(0.005)
        if status := os.waitstatus_to_exitcode(ended[1]):
            raise NotMeasured(f"the kernel crashed on the host (exit status {status})")

    def _read(self) -> _Counts:
        """The counts of the calls; they are gone from the folder then, so that the next kernel begins at 0."""
        data = sorted(self._folder.glob("*.gcda"))
        command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", *(path.name for path in data)]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False)
        for path in data:
            path.unlink()
        if done.returncode or not data:
            raise NotMeasured("gcov has no counts: it must be of gcc's version, 9 or newer")
        counts = _Counts()
        for document in done.stdout.splitlines():
            for file in json.loads(document)["files"] if document.strip() else ():
                self._add(counts, file)
        return counts

    def _add(self, counts: _Counts, file: Mapping[str, Any]) -> None:
        path = (self._folder / file["file"]).resolve()
        if not path.is_relative_to(self._firmware):
            return
        name = path.relative_to(self._firmware).as_posix()
        for function in file["functions"]:
            counts.functions[function["name"]] = _Function(name, function["start_line"], function["end_line"])
        for line in file["lines"]:
            counts.lines[name][line["line_number"]] += line["count"]
            for way, branch in enumerate(line["branches"]):
                counts.ways[name][line["line_number"], way] += branch["count"]

    def _text(self, name: str) -> list[str]:
        return (self._firmware / name).read_text(encoding="utf-8").splitlines()

    def _reached(self, functions: Mapping[str, _Function], kernel: str) -> list[_Function]:
        """The kernel's function and what it names, directly or not: called or not, all of it is the kernel's."""
        names, waiting = set(), [kernel]
        while waiting:
            name = waiting.pop()
            if name in names or name not in functions:
                continue
            names.add(name)
            function = functions[name]
            waiting += re.findall(r"\w+", "\n".join(self._text(function.file)[function.first - 1 : function.last]))
        return [functions[name] for name in sorted(names)]

    def _points(self, counts: _Counts, called: Sequence[_Function]) -> Iterable[CoveragePoint]:
        for name in sorted({function.file for function in called}):
            text = self._text(name)
            parts = divided(text)
            spans = [(function.first, function.last) for function in called if function.file == name]
            stand_ins = [span for part in parts for span in part.host]
            counted = {line for first, last in spans for line in range(first, last + 1) if not _within(line, stand_ins)}
            lines = {line: times for line, times in sorted(counts.lines[name].items()) if line in counted}
            ways = {key: times for key, times in sorted(counts.ways[name].items()) if key[0] in counted}
            excluded = [p.told() for p in parts if any(_overlap(a, b) for a in (*p.cores, *p.host) for b in spans)]
            file = f"firmware/{name}"
            if lines or excluded:
                yield CoveragePoint(
                    name=file,
                    metric="line",
                    stated=len(lines),
                    hit=sum(times > 0 for times in lines.values()),
                    holes=tuple(f"{line}: {text[line - 1].strip()}" for line, times in lines.items() if not times),
                    excluded=tuple(excluded),
                    hits={str(line): times for line, times in lines.items()},
                )
            if ways:
                missing = [key for key, times in ways.items() if not times]
                yield CoveragePoint(
                    name=file,
                    metric="branch",
                    stated=len(ways),
                    hit=len(ways) - len(missing),
                    holes=tuple(f"{line}: way {way} out of {text[line - 1].strip()}" for line, way in missing),
                    hits={f"{line} way{way}": times for (line, way), times in ways.items()},
                )


def _call(library: Path, kernel: str, calls: Sequence[Mapping[str, Any]]) -> None:
    faulthandler.disable()  # of a crash the parent says what there is to say
    loaded = ctypes.CDLL(str(library))
    structure = argument_structure(kernel)
    for call in calls:
        held: dict[int, np.ndarray] = {}  # arguments that are one array stay one
        packed = structure(**{name: _passed(value, held) for name, value in call.items()})
        for core in range(NUM_CORES):
            getattr(loaded, kernel)(ctypes.byref(packed), ctypes.c_uint32(core))
    loaded.td_dump()


def _passed(value: Any, held: dict[int, np.ndarray]) -> Any:
    """The argument as C takes it: of an array the address of a copy that ``held`` keeps."""
    if not isinstance(value, np.ndarray):
        return value
    return held.setdefault(id(value), np.ascontiguousarray(value).copy()).ctypes.data


def _within(line: int, spans: Iterable[Span]) -> bool:
    return any(first <= line <= last for first, last in spans)


def _overlap(a: Span, b: Span) -> bool:
    return a[0] <= b[1] and b[0] <= a[1]
