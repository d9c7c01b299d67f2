# SPDX-License-Identifier: Apache-2.0
"""cocotb's Verilator runner with two changes: only listed signals are public, and a run can time out.

``--public-flat-rw``, which cocotb adds, keeps Verilator from optimising anything across modules: the model comes out
three times as large and several times slower. The command is built by a private method, so cocotb is pinned in
pyproject.toml and tests/tb/test_runner.py checks the result.
"""

import os
import signal
import subprocess
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cocotb_tools.runner import Verilator as CocotbVerilator

from tb.build.alias import aliased
from tb.build.object_cache import ObjectCache
from tb.build.toolchain import Verilator

# What an outer make or shell may hold and cocotb or the inner make would misread.
MISLEADING = (
    "WAVES",
    "GUI",
    "MAKEFLAGS",
    "MFLAGS",
    "MAKELEVEL",
    "MAKEOVERRIDES",
    "COCOTB_TEST_FILTER",
    "SEED",
    "STEPS",
)


@contextmanager
def clean_environment(extra: Mapping[str, str] | None = None) -> Iterator[None]:
    """os.environ without ``MISLEADING`` and with ``extra``, for the duration."""
    saved = dict(os.environ)
    for name in MISLEADING:
        os.environ.pop(name, None)
    os.environ.update(extra or {})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


class _Interruption:
    """SIGINT and SIGTERM raise KeyboardInterrupt, but only while ``armed``; an earlier one is raised by ``arm``.

    For a child that is being started can only be ended once its number is known. In the main thread only; elsewhere
    nothing changes.
    """

    def __init__(self) -> None:
        self.armed = self.pending = False
        self.previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "_Interruption":
        if threading.current_thread() is threading.main_thread():
            self.previous = {number: signal.signal(number, self._handle) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def _handle(self, _number: int, _frame: object) -> None:
        self.pending = True
        if self.armed:
            raise KeyboardInterrupt

    def arm(self) -> None:
        self.armed = True
        if self.pending:
            raise KeyboardInterrupt


class PublicByListRunner(CocotbVerilator):
    """``make_variables`` go to make's command line; ``timeout`` (seconds) bounds each command.

    ``objects`` saves the compilation of what has not changed since another build.
    """

    def __init__(
        self,
        verilator: Verilator,
        *,
        make_variables: Sequence[str] = (),
        trace: bool = False,
        timeout: float | None = None,
        jobs: int | None = None,
        objects: ObjectCache | None = None,
    ) -> None:
        super().__init__()
        self.verilator = verilator
        self.make_variables = list(make_variables)
        self.trace = trace
        self.timeout = timeout
        self.jobs = jobs or os.cpu_count() or 1
        self.objects = objects

    def _simulator_in_path_build_only(self) -> None:
        self.executable = str(self.verilator.executable)

    def _build_command(self) -> list[list[str]]:
        generate, make = super()._build_command()
        generate = [arg for arg in generate if arg != "--public-flat-rw"]
        if self.executable != aliased(self.executable):
            # Verilator's Perl script looks through links and breaks at blanks; what it does is to call this program.
            program = str(Path(self.executable).with_name("verilator_bin"))
            arguments = generate[generate.index(self.executable) + 1 :]
            generate = ["sh", "-c", 'ulimit -s unlimited 2>/dev/null; exec "$0" "$@"', program, *arguments]
        make = ["make", "-j", str(self.jobs), *make[3:-1], f"VM_TRACE={int(self.trace)}", *self.make_variables]
        return [generate, make]

    def _execute_cmds(self, cmds: Sequence[list[str]], cwd: Any, stdout: Any = None) -> None:
        for command in cmds:
            if command[0] == "make" and self.objects is not None:
                self._make(command, cwd, stdout, self.objects)
            else:
                self._call(command, cwd, stdout)

    def _make(self, command: list[str], cwd: Any, stdout: Any, objects: ObjectCache) -> None:
        """Compile what the cache of objects lacks, and link."""
        build_dir = Path(self.build_dir)
        missing = objects.take(build_dir)
        headers = {kind: f"Vtop__pch.h.{kind}.gch" for kind in ("fast", "slow")}
        if missing:
            self._call([*command, *(headers[kind] for kind in sorted(missing))], cwd, stdout)
            for taken in build_dir.glob("*.o"):  # newer than the precompiled headers, which they do not need
                taken.touch()
        unneeded = [word for kind, header in headers.items() if kind not in missing for word in ("-o", header)]
        self._call([*command, *unneeded], cwd, stdout)
        objects.keep(build_dir)

    def _call(self, command: Sequence[str], cwd: Any, stdout: Any) -> None:
        with _Interruption() as interruption:
            status = self._run(command, cwd, stdout, interruption)
        if status != 0:
            raise RuntimeError(f"{Path(command[0]).name} ended with status {status}")

    def _run(self, command: Sequence[str], cwd: Any, stdout: Any, interruption: _Interruption) -> int:
        """The command's exit status; whatever ends the wait also ends the command and all that it started."""
        process = subprocess.Popen(
            [aliased(word) for word in command],
            cwd=cwd and aliased(str(cwd)),
            env=self.env and {name: aliased(value) for name, value in self.env.items()},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=None if stdout is None else subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            interruption.arm()
            return process.wait(self.timeout)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"stopped after {self.timeout:g} s") from None
        finally:
            interruption.armed = False
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    @staticmethod
    def failed_tests(results: Path) -> str:
        """What the JUnit file ``results`` says went wrong; empty if at least one test ran and all passed."""
        if not results.exists():
            return "no results: the simulation ended before its tests did"
        cases = list(ElementTree.parse(results).iter("testcase"))
        if not cases:
            return "no test ran"
        bad = [
            case.get("name", "?")
            for case in cases
            if case.find("failure") is not None or case.find("error") is not None
        ]
        return f"failed: {', '.join(bad)}" if bad else ""
