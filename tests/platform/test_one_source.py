# SPDX-License-Identifier: Apache-2.0
"""A fact is moved by editing the one file that has it: in a copy, a bit and an address move, and everything follows.

The bit is RedMule's y_broadcast, in redmule.rdl; the address is RedMule's base, in the address map. The engine's tests
and a training step of cct_tiny then pass, on hardware, firmware and golden models that all have the new places.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from traindeploy.platform.paths import BUILD, ROOT

BIT, BASE = 9, 0x1020_2400
EDITS = {  # file -> what stands there, what is written instead
    "rtl/redmule/redmule.rdl": ("y_broadcast[2:2]", f"y_broadcast[{BIT}:{BIT}]"),
    "traindeploy/platform/address_map.py": ('Region("REDMULE", 0x1020_1000', f'Region("REDMULE", {BASE:#x}'),
}
ENGINE = (  # on the smallest engine with everything in it
    "RandomJobsOneAtATime",
    "QueuedJobs",
    "registers_read_back_and_acquire_clears_the_extension",
    "illegal_jobs_end_at_once_with_their_code_and_touch_nothing",
)
RUN_ENGINE = """
import sys
from pathlib import Path
from tb.blocks.run import run
from tests.plan import PLAN
for name in sys.argv[1:]:
    print(name, run(PLAN[f"redmule.{name}"], "h2-l3-p1", 1, Path("build/engine") / name))
"""


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working copy with the two edits; it shares the caches of simulators and objects, which go by content."""
    copy = tmp_path_factory.mktemp("moved") / "copy"
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    (copy / "build").mkdir()
    for cache in ("sim", "objects"):
        (BUILD / cache).mkdir(parents=True, exist_ok=True)
        (copy / "build" / cache).symlink_to((BUILD / cache).resolve())
    for name, (before, after) in EDITS.items():
        text = (copy / name).read_text()
        assert text.count(before) == 1, f"{name} does not say {before!r} once"
        (copy / name).write_text(text.replace(before, after))
    return copy


def run(copy: Path, *arguments: str, seconds: float) -> str:
    """What ``python *arguments`` says in the copy, which must end well."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    print(f"{' '.join(arguments)[:60]}...: {time.monotonic() - begun:.0f} s")
    return done.stdout


def test_the_engine_is_right_with_y_broadcast_at_another_bit(moved: Path) -> None:
    said = run(moved, "-c", RUN_ENGINE, *ENGINE, seconds=900)
    assert [line.split()[0] for line in said.splitlines() if "Outcome" in line] == list(ENGINE)
    assert f"word[{BIT}]" in (moved / "build/generated/td_redmule_reg_pkg.sv").read_text()


def test_a_training_step_is_right_with_the_bit_and_redmule_elsewhere(moved: Path) -> None:
    command = "from traindeploy.app.cli import main; main()"
    run(moved, "-c", command, "sim", *["--model", "cct_tiny", "--strategy", "lp", "--config", "compact"], seconds=1500)
    folder = next((moved / "build").glob("cct_tiny-lp-redmule-compact-*"))
    jobs = re.search(r"td_redmule_job_t jobs\[\] = \{(.*?)\n\};", (folder / "network.c").read_text(), re.DOTALL)
    assert jobs is not None
    flags = [int(line.split("}")[0].split(",")[-1].strip(" u")) for line in jobs[1].strip().splitlines()]
    assert any(word & 1 << BIT for word in flags), "no job of this step has y_broadcast"
    assert not any(word & 1 << 2 for word in flags), "a job has the old bit"
    header = (moved / "build/generated/td_platform.h").read_text()
    assert f"#define TD_REDMULE_BASE {BASE:#x}u" in header
