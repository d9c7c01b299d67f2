# SPDX-License-Identifier: Apache-2.0
"""Job arrays for a queue, with nothing but a shell and a shared disk: ``sbatch --array`` or ``bsub -J name[1-n]``.

``write`` puts ``submit.sh`` and ``task.sh`` into the regression's folder. Builds are an array of their own that ends
before the others begin; jobs that occupy different licences are different arrays. ``submit.sh`` may be run again: a
task whose job has ended returns at once, one during which two workers have died is quarantined (tb/farm/work.py).
"""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tb.farm import work
from tb.farm.store import Store
from traindeploy.errors import UserError
from traindeploy.platform.paths import ROOT
from traindeploy.records.job import Job, JobResult, Outcome

SYSTEMS = ("slurm", "lsf", "sh")
SESSION = "array"  # all submissions are one: attempts add up
MARGIN = 600  # seconds of a task beside the job's own limit
SUBMIT, TASK = "submit.sh", "task.sh"


@dataclass(frozen=True)
class Array:
    """Jobs that are submitted together: by their numbers in jobs.jsonl, from 1."""

    name: str
    numbers: Sequence[int]
    seconds: int
    resources: Mapping[str, int]
    after: str = ""


def arrays(jobs: Sequence[Job]) -> list[Array]:
    """Builds first, then a group for each set of licences."""
    needed = {name for job in jobs for name in job.needs}
    groups: dict[tuple[bool, tuple[tuple[str, int], ...]], list[int]] = {}
    for number, job in enumerate(jobs, 1):
        groups.setdefault((job.name not in needed, tuple(sorted(job.resources.items()))), []).append(number)
    made: list[Array] = []
    for place, ((waits, resources), numbers) in enumerate(sorted(groups.items()), 1):
        seconds = max(jobs[number - 1].seconds for number in numbers) + MARGIN
        builds = " ".join(array.name for array in made if not array.after and waits and array.name.startswith("build"))
        made.append(Array(f"{'jobs' if waits else 'build'}{place}", numbers, seconds, dict(resources), builds))
    return made


def write(store: Store, system: str, at_once: int, checkout: Path = ROOT) -> Path:
    """Write the scripts for ``system``; ``at_once`` bounds how many tasks of an array run. The path of submit.sh."""
    if system not in SYSTEMS:
        raise UserError(f"no array is written for {system!r}: expected {', '.join(SYSTEMS)}")
    root = store.root.resolve()
    made = arrays(store.jobs())
    for array in made:
        (root / f"{array.name}.txt").write_text("".join(f"{number}\n" for number in array.numbers), encoding="ascii")
    task = [
        "#!/bin/sh",
        "# usage: task.sh ARRAY [INDEX]   runs the job that line INDEX of ARRAY.txt names",
        f"cd {shlex.quote(str(checkout.resolve()))} || exit 1",
        "index=${2:-${SLURM_ARRAY_TASK_ID:-$LSB_JOBINDEX}}",
        f'number=$(sed -n "${{index}}p" {shlex.quote(str(root))}/"$1".txt)',
        f'exec {shlex.quote(sys.executable)} -m tb.farm {shlex.quote(str(root))} "$number"',
        "",
    ]
    lines = {"slurm": _slurm, "lsf": _lsf, "sh": _sh}[system](made, root, at_once)
    head = [
        "#!/bin/sh",
        "# Submits the arrays; may be run again, what has ended is not. SUBMIT_OPTIONS has more options for the queue.",
        "# Then: traindeploy regress --collect with this folder.",
        "set -e",
    ]
    _script(root / TASK, task)
    _script(root / SUBMIT, [*head, *lines, ""])
    return root / SUBMIT


def _slurm(made: Sequence[Array], root: Path, at_once: int) -> Iterator[str]:
    for array in made:
        words = [
            "sbatch --parsable $SUBMIT_OPTIONS",
            f"--job-name={array.name} --array=1-{len(array.numbers)}%{at_once} --time={-(-array.seconds // 60)}",
            f"--output={shlex.quote(str(root))}/{array.name}-%a.log",
        ]
        if array.resources:
            words.append("--licenses=" + ",".join(f"{name}:{n}" for name, n in array.resources.items()))
        if array.after:
            words.append("--dependency=afterany:" + ":".join(f"${name}" for name in array.after.split()))
        yield f"{array.name}=$({' '.join(words)} {shlex.quote(str(root / TASK))} {array.name})"
        yield f"{array.name}=${{{array.name}%%;*}}"  # a federation adds the cluster's name


def _lsf(made: Sequence[Array], root: Path, at_once: int) -> Iterator[str]:
    tag = root.name
    for array in made:
        words = [
            "bsub $SUBMIT_OPTIONS",
            f"-J {shlex.quote(f'{array.name}-{tag}[1-{len(array.numbers)}]%{at_once}')} -W {-(-array.seconds // 60)}",
            f"-o {shlex.quote(str(root))}/{array.name}-%I.log",
        ]
        if array.resources:
            words.append(f"-R 'rusage[{','.join(f'{name}={n}' for name, n in array.resources.items())}]'")
        if array.after:
            words.append("-w " + shlex.quote(" && ".join(f"ended({name}-{tag})" for name in array.after.split())))
        yield f"{' '.join(words)} {shlex.quote(str(root / TASK))} {array.name}"


def _sh(made: Sequence[Array], root: Path, at_once: int) -> Iterator[str]:
    """No queue at all: one task after the other, to try it."""
    for array in made:
        yield f"for index in $(seq {len(array.numbers)}); do {shlex.quote(str(root / TASK))} {array.name} $index; done"


def _script(path: Path, lines: Sequence[str]) -> None:
    partial = path.with_name(f".{path.name}-{os.getpid()}")
    partial.write_text("\n".join(lines), encoding="utf-8")
    partial.chmod(0o755)
    partial.replace(path)


def run_task(root: Path, number: int) -> JobResult:
    """What a task of an array does: the job of that number, unless a build that it needs has failed."""
    store = Store(root)
    jobs = store.jobs()
    job = jobs[number - 1]
    if (known := store.result(job)) is not None:
        return known
    for name in job.needs:
        build = next(other for other in jobs if other.name == name)
        result = store.result(build)
        if result is None or result.outcome is not Outcome.ENDED or result.status:
            return store.without_run(job, Outcome.NOT_RUN, f"its build {name} failed")
    return work.run(root, job, SESSION)


def collected(store: Store, job: Job) -> JobResult:
    """What has become of a job: what it left, or that it was lost or never started; nothing is written."""
    if (known := store.result(job)) is not None:
        return known
    if attempts := store.attempts(job, SESSION):
        reason = "a task began it and left no result: submit.sh may be run again"
        return JobResult(name=job.name, outcome=Outcome.LOST, reason=reason, losses=attempts)
    return JobResult(name=job.name, outcome=Outcome.NOT_RUN, reason="no task has begun it: submit.sh may be run again")
