# SPDX-License-Identifier: Apache-2.0
"""Dask workers that a queue starts: a TOML file says which queue, and dask-jobqueue writes its scripts.

    [cluster]
    system = "slurm"              # slurm, lsf, pbs or sge
    workers = 16                  # each runs one job at a time
    walltime = "06:00:00"         # of a worker; every job's limit must be below it
    host = "10.0.0.1"             # where workers find the scheduler; default: as dask-jobqueue finds it
    [cluster.options]             # of dask-jobqueue's class for that system
    queue = "short"
    memory = "4GB"

Workers end by themselves before the queue ends them (``--lifetime``), not all at once; their number is fixed, as
adaptive scaling cancels what runs and blames the task.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from traindeploy.errors import UserError
from traindeploy.records.job import Job

SYSTEMS = {"slurm": "SLURMCluster", "lsf": "LSFCluster", "pbs": "PBSCluster", "sge": "SGECluster"}
FIELDS = {"system": str, "workers": int, "walltime": str, "host": str, "options": dict}
MARGIN = 300  # seconds before the queue's limit at which a worker ends


@dataclass(frozen=True)
class Cluster:
    """What the file says; ``seconds`` is the walltime."""

    system: str
    workers: int
    walltime: str
    host: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> int:
        hours, minutes, seconds = (int(word) for word in self.walltime.split(":"))
        return 3600 * hours + 60 * minutes + seconds


def read(path: Path) -> Cluster:
    """The file's cluster; UserError says what it lacks."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("cluster")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path}: {error}") from None
    if not isinstance(table, dict):
        raise UserError(f"{path}: expected a table [cluster] with system, workers and walltime")
    for name, value in table.items():
        if name not in FIELDS or type(value) is not FIELDS[name]:
            raise UserError(f"{path}: cluster.{name} = {value!r}: expected {', '.join(FIELDS)}")
    if lacking := {"system", "workers", "walltime"} - set(table):
        raise UserError(f"{path}: [cluster] lacks {sorted(lacking)[0]}")
    cluster = Cluster(**table)
    words = cluster.walltime.split(":")
    if cluster.system not in SYSTEMS or cluster.workers < 1 or len(words) != 3 or not all(map(str.isdecimal, words)):
        raise UserError(f"{path}: expected system {', '.join(SYSTEMS)}, a worker or more, a walltime HH:MM:SS")
    return cluster


def check_limits(cluster: Cluster, jobs: Iterable[Job]) -> None:
    """UserError if a job may run longer than its worker: its end would look like the infrastructure's fault."""
    for job in jobs:
        if job.seconds + 2 * MARGIN > cluster.seconds:
            raise UserError(
                f"{job.name} may take {job.seconds} s, and workers live {cluster.walltime}: expected a walltime of at"
                f" least {job.seconds + 2 * MARGIN} s"
            )


def start(cluster: Cluster) -> Any:
    """dask-jobqueue's cluster with all its workers asked for; UserError if it cannot be made."""
    try:
        import dask_jobqueue
    except ImportError:
        raise UserError("--cluster needs the package dask-jobqueue: pip install 'traindeploy[farm]'") from None
    lifetime = ["--lifetime", f"{cluster.seconds - MARGIN}s", "--lifetime-stagger", f"{MARGIN // 2}s"]
    known = {"cores": 1, "processes": 1, "memory": "4GB", "walltime": cluster.walltime, "worker_extra_args": lifetime}
    scheduler = {"dashboard_address": None} | ({"host": cluster.host} if cluster.host else {})
    try:
        made = getattr(dask_jobqueue, SYSTEMS[cluster.system])(
            **{**known, **cluster.options, "scheduler_options": scheduler}
        )
        made.scale(cluster.workers)
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        raise UserError(f"dask-jobqueue cannot start {cluster.system} workers: {error}") from None
    return made
