# SPDX-License-Identifier: Apache-2.0
"""What the cost model says of a call, and what an engine can do at most."""

from math import ceil, prod

import numpy as np

from traindeploy.ops import KERNELS, OPERATOR_OF_KERNEL
from traindeploy.ops.layout import COPY_LOOPS
from traindeploy.platform import CONFIGS, NUM_CORES, HardwareConfig
from traindeploy.records.kernel import Ceiling
from traindeploy.records.program import Engine
from traindeploy.schedule import costs
from traindeploy.schedule.transpose import LINE
from traindeploy.verify.call import Call

# Port whose elements the schedule counts for a kernel (schedule/): of all others it is the first output.
VISITED = {"td_reduce_sum": "x"}
WORD = 4


def visited(call: Call) -> int:
    """Elements that the schedule has the cost model count."""
    if call.kernel == "td_transpose":
        *lines, columns = (call.arguments[f"{loop}s"] for loop in COPY_LOOPS)
        return int(ceil(prod(lines) / NUM_CORES) * NUM_CORES * (columns + LINE))
    declared = KERNELS[call.kernel]
    if call.kernel in OPERATOR_OF_KERNEL and OPERATOR_OF_KERNEL[call.kernel].pattern == "whole":
        return NUM_CORES * int(call.arguments["n"])  # one core does all
    field = VISITED.get(call.kernel, declared.outputs[0].field)
    return int(call.arguments[field].size)


def cycles(call: Call, config: HardwareConfig, cores: int) -> int:
    """Modelled cycles; on fewer cores each does several of the eight shares."""
    if call.kernel == "td_gemm":
        m, n, k = (call.arguments[name] for name in ("m", "n", "k"))
        if call.redmule:
            return costs.redmule(config, m, n, k)
        return ceil(NUM_CORES / cores) * costs.gemm_on_cores(m, n, k)
    return ceil(NUM_CORES / cores) * costs.kernel(call.kernel, visited(call))


def flop(call: Call) -> int:
    """2 a multiply-accumulate of a product."""
    return 2 * int(np.prod([call.arguments[name] for name in "mnk"])) if call.kernel == "td_gemm" else 0


def ceiling(engine: Engine, configuration: str) -> Ceiling:
    """Cores: an FPU operation a cycle and FPU, a word of L1 a cycle and core. RedMule: its adders, its wide port."""
    config = CONFIGS[configuration]
    if engine == "redmule":
        rate, width = 2.0 * config.fmas, WORD * config.tile_columns
    else:
        rate, width = 2.0 * config.num_fpus, WORD * NUM_CORES
    return Ceiling(engine=engine, configuration=configuration, flop_per_cycle=rate, bytes_per_cycle=float(width))
