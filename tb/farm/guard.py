# SPDX-License-Identifier: Apache-2.0
"""Runs one command so that nothing of it is left: at its end, at its limit, and when whoever asked for it dies.

A program of its own that imports nothing of ours: ``python -I -S guard.py SECONDS REPORT -- command...``. Its standard
input is a pipe that nobody writes to: when it ends, whoever asked has died, however that happened (``kill -9``
included). The command and all that it starts are then killed, those too that have made a session of their own.
REPORT receives one line: how it ended (``ended``, ``stopped`` or ``orphaned``), exit status, wall and
processor seconds.
"""

import contextlib
import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import time

NO_COMMAND = 127  # exit status of a command that cannot be started, as shells have it
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h: orphans among our descendants become our children


def main(arguments: list[str]) -> int:
    """Run the command; our exit status is 0 if the report was written."""
    limit, report, command = float(arguments[0]), arguments[1], arguments[3:]
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.monotonic()
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", flush=True)
        return reported(report, "ended", NO_COMMAND, started)
    how = wait(child, started + limit)
    return reported(report, how, kill_all(child), started)


def reported(report: str, how: str, status: int, started: float) -> int:
    """Write the report, whole or not at all."""
    wall = time.monotonic() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    partial = f"{report}.part"
    with open(partial, "w", encoding="ascii") as file:
        file.write(f"{how} {status} {wall:.3f} {used.ru_utime + used.ru_stime:.3f}\n")
    os.replace(partial, report)
    return 0


def wait(child: "subprocess.Popen[bytes]", end: float) -> str:
    """Until the command ends, its limit is reached, or our standard input is closed."""
    ended = os.pidfd_open(child.pid)
    try:
        while True:
            ready, _, _ = select.select([ended, 0], [], [], max(end - time.monotonic(), 0))
            if ended in ready:
                return "ended"
            if not ready:
                return "stopped"
            if not os.read(0, 4096):
                return "orphaned"
    finally:
        os.close(ended)


def kill_all(child: "subprocess.Popen[bytes]") -> int:
    """Kill the command's process group, then whatever becomes our child, until there is none; its exit status."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    status = child.wait()  # what it leaves behind is ours from here on
    while others := children():
        for pid in others:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    return status


def children() -> list[int]:
    """Our children, adopted ones included."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
