# SPDX-License-Identifier: Apache-2.0
"""Run a compiled program on the RTL: build the simulator if need be, start it, return the facts."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from tb.build.simulator import Build, SimulationError, build_platform
from tb.env.common.elf import Firmware
from tb.env.network.settings import VARIABLE, BenchSettings, Watch
from traindeploy.errors import UserError
from traindeploy.platform import L2, HardwareConfig
from traindeploy.records import progress as events
from traindeploy.records import serial
from traindeploy.records.bench import BenchRecord
from traindeploy.records.progress import Progress
from traindeploy.records.verdict import Verdict

Window = tuple[int, int | None]  # first and last cycle, None for the end
NETWORK = ("tb.env.network.test_network", "NetworkTest")  # module and class of a bench
KERNEL = ("tb.env.kernel.test_kernel", "KernelTest")


def simulate(
    run_dir: Path,
    config: HardwareConfig,
    *,
    max_cycles: int,
    max_seconds: float,
    waves: Window | None = None,
    progress: Progress | None = None,
    disturb_row: int | None = None,
    arithmetic: str = "rtl",
    build: Build | None = None,
    plusargs: Sequence[str] = (),
    check: bool = True,
    profile: bool = False,
    watch: Watch | None = None,
    bench: tuple[str, str] = NETWORK,
) -> BenchRecord:
    """Simulate ``run_dir``'s program and return what is in bench.json then.

    Args:
        run_dir: holds firmware.elf, program.json, l3.npz (address as text -> array) and expected/step_<k>.npz.
        max_cycles, max_seconds: the watchdog's limits for simulated cycles and for wall time.
        waves: record run_dir/dump.fst: (first, last) cycle, last None for the end. The run goes on behind the window.
        progress: called from another thread with each event: build_begin, build_end, step, operator, tick, print, end.
        disturb_row: falsify this row of RedMule once (tests of the bench itself).
        arithmetic: of RedMule's multiply-adders, "rtl" or "host" (same bits, same cycles, faster).
        build: a simulator to use instead of the cached one of ``config``.
        check: False leaves the tensors uncompared, to measure what comparing costs.
        profile: also measure the time in Python, and the host's time at each mailbox word (``profile`` in the record).
        watch: follow core 0 through a window and keep memories there (``tb.env.network.watch``).
        bench: which test runs in the simulator.
        plusargs: for the simulator, such as the seed of a ``randomized`` build.

    Raises:
        UserError: a file or tool is missing, or the simulator does not build.
    """
    run_dir = Path(run_dir).resolve()
    for name in ("firmware.elf", "program.json", "l3.npz"):
        if not (run_dir / name).exists():
            raise UserError(f"{run_dir / name} is missing: compile the model first")
    _check_firmware(run_dir / "firmware.elf")
    if build is None:
        disturbable = disturb_row is not None
        build = build_platform(
            config, waves=waves is not None, disturbable=disturbable, arithmetic=arithmetic, progress=progress
        )
    result, followed = run_dir / "bench.json", run_dir / "progress.jsonl"
    for stale in (result, followed, run_dir / "timeline.json"):
        stale.unlink(missing_ok=True)
    settings = BenchSettings(
        run_dir=PurePosixPath(run_dir),
        max_cycles=max_cycles,
        max_seconds=max_seconds,
        waves=waves,
        disturb_row=disturb_row,
        check=check,
        profile=profile,
        watch=watch,
    )
    reason = ""
    with _Follower(followed, progress):
        try:
            build.test(
                bench[0],
                run_dir,
                testcase=bench[1],
                plusargs=plusargs,
                env={VARIABLE: serial.line(settings)},
                timeout=max_seconds + 120,
            )
        except SimulationError as error:
            reason = str(error)
    record = _without_record(reason) if not result.exists() else serial.read(BenchRecord, result)
    if reason and (assertion := _assertion(run_dir / "sim.log")):
        record = replace(record, verdict=Verdict.FAILED, failure=assertion)
    elif reason and record.passed:
        record = replace(record, verdict=Verdict.ERROR, failure=reason.splitlines()[0])
    serial.write(record, result)
    return record


def _check_firmware(path: Path) -> None:
    for address, data in Firmware(path).segments:
        if address < L2.base or address + len(data) > L2.base + L2.size:
            raise UserError(f"{path}: {len(data)} bytes at {address:#010x} are not in L2, where firmware is loaded")


def _without_record(reason: str) -> BenchRecord:
    lines = reason.splitlines() or ["the simulator ended without a result"]
    return BenchRecord(verdict=Verdict.ERROR, failure=lines[0], detail="\n".join(lines[1:]))


def _assertion(log: Path) -> str:
    """The first RTL assertion or error message in the simulator's log."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line for line in lines if "%Error" in line), "")


class _Follower:
    """Reads the progress file while the simulator writes it, and hands each event to ``progress``."""

    def __init__(self, path: Path, progress: Progress | None) -> None:
        self.path = path
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._follow, args=(progress,), daemon=True) if progress else None

    def __enter__(self) -> "_Follower":
        if self.thread is not None:
            self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        if self.thread is not None:
            self.thread.join(5)

    def _follow(self, progress: Progress) -> None:
        position, rest = 0, ""
        while True:
            last = self.stop.is_set()
            if self.path.exists():
                with open(self.path) as file:
                    file.seek(position)
                    rest += file.read()
                    position = file.tell()
                *lines, rest = rest.split("\n")
                for line in lines:
                    progress(events.parse(line))
            if last:
                return
            time.sleep(0.2)
