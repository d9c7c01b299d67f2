# SPDX-License-Identifier: Apache-2.0
"""Which executor a regression asks for: the local pool unless a Dask scheduler or a queue is named."""

from pathlib import Path

from tb.farm import queues
from tb.farm.dask_farm import DaskFarm, connect
from tb.farm.executor import Executor
from traindeploy.errors import UserError
from traindeploy.regress import plan
from traindeploy.regress.run import MakeExecutor


def farm(scheduler: str | None, cluster: Path | None, plan_name: str) -> MakeExecutor | None:
    """What makes the executor; None for the local pool. UserError if the plan's jobs outlive the cluster's workers."""
    if scheduler and cluster:
        raise UserError("--scheduler and --cluster: expected one of them")
    if cluster is not None:
        described = queues.read(cluster)
        queues.check_limits(described, plan.load(plan_name)[1])

        def started(root: Path, session: str, checkout: Path) -> Executor:
            made = queues.start(described)
            return DaskFarm(root, session, connect(made.scheduler_address), checkout, owned=made)

        return started
    if scheduler is None:
        return None
    address = scheduler
    return lambda root, session, checkout: DaskFarm(root, session, connect(address), checkout)
