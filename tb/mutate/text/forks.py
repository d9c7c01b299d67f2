# SPDX-License-Identifier: Apache-2.0
"""Run pytest many times without waiting for it to start: a process that has imported what is slow, and forks.

``python forks.py MODULE ...`` in a checkout imports the modules, reads a request a line and answers each with a line
(asker.py writes and reads them). The modules are not the checkout's own: each fork imports what its files say by then.
"""

import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

MEMORY = 16 << 30


def main() -> None:
    """Serve until the input ends."""
    sys.path[0] = ""  # the checkout, not the folder of this file
    for name in sys.argv[1:]:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), file=answers, flush=True)


def _answer(request: dict[str, object]) -> dict[str, object]:
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    child = os.fork()
    if child == 0:
        _child(request)
    status, ended = _wait(child, begun + float(str(request["wall"])))
    if not ended:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = os.waitstatus_to_exitcode(status)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "code": code,
        "wall": not ended,
        "endless": code in (-signal.SIGXCPU, -signal.SIGKILL) and ended,
        "cpu": cpu,
    }


def _wait(child: int, until: float) -> tuple[int, bool]:
    pause = 0.01
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status, True
        time.sleep(pause)
        pause = min(2 * pause, 0.2)
    return 0, False


def _child(request: dict[str, object]) -> None:
    """Become pytest; what it prints goes to the file ``log``."""
    code = 99
    try:
        os.setsid()
        log = os.open(str(request["log"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        null = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, null), (1, log), (2, log)):
            os.dup2(source, target)
        seconds = int(str(request["cpu"]))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        arguments = request["arguments"]
        assert isinstance(arguments, list)
        import pytest

        code = int(pytest.main(arguments))
    except BaseException as error:  # noqa: BLE001 (nothing may return into the server's loop)
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    Path(os.curdir).resolve(strict=True)
    main()
