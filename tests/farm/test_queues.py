# SPDX-License-Identifier: Apache-2.0
"""A file says which queue starts workers, and dask-jobqueue's scripts say so, too."""

from pathlib import Path

import pytest

from tb.farm import queues
from traindeploy.errors import UserError
from traindeploy.records.job import Job

FILE = """
[cluster]
system = "{system}"
workers = 2
walltime = "06:00:00"
host = "127.0.0.1"
[cluster.options]
queue = "short"
memory = "3GB"
"""


@pytest.mark.parametrize(
    ("system", "line"),
    [("slurm", "#SBATCH -p short"), ("lsf", "#BSUB -q short"), ("pbs", "#PBS -q short"), ("sge", "#$ -q short")],
)
def test_every_system_gets_a_script_with_its_queue_and_a_lifetime_below_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, line: str
) -> None:
    import dask_jobqueue

    path = tmp_path / "c.toml"
    path.write_text(FILE.format(system=system))
    asked: list[int] = []
    kind = getattr(dask_jobqueue, queues.SYSTEMS[system])
    monkeypatch.setattr(kind, "scale", lambda _self, workers: asked.append(workers))  # no queue here to ask
    made = queues.start(queues.read(path))
    try:
        script = made.job_script()
        assert line in script
        assert "--lifetime 21300s" in script
        assert "--nthreads 1" in script
        assert asked == [2]
    finally:
        made.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"expected a table \[cluster\]"),
        ("[cluster]\nsystem = 'slurm'", "lacks walltime"),
        (FILE.format(system="condor"), "expected system slurm, lsf, pbs, sge"),
        (FILE.format(system="slurm").replace("06:00:00", "6h"), "walltime HH:MM:SS"),
        (FILE.format(system="slurm").replace("workers = 2", "workers = '2'"), "cluster.workers = '2'"),
        ("[cluster", "c.toml"),
    ],
)
def test_a_file_that_says_too_little_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        queues.read(path)


def test_a_job_may_not_outlive_its_worker() -> None:
    known = queues.Cluster("slurm", 2, "01:00:00")
    queues.check_limits(known, [Job(name="a", command=("true",), seconds=3000)])
    with pytest.raises(UserError, match="b may take 3001 s, and workers live 01:00:00"):
        queues.check_limits(known, [Job(name="b", command=("true",), seconds=3001)])
