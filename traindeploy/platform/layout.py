# SPDX-License-Identifier: Apache-2.0
"""Software's division of the memories: what the runtime takes, and what is left for the compiler to place."""

from traindeploy.platform.address_map import KB, L2, TCDM, Region
from traindeploy.platform.chip import NUM_CORES

STACK_BYTES = 1 * KB  # a core's; all stacks lie at the end of TCDM, core 0's last

# From the start of TCDM what the compiler places, then the runtime's variables, then the stacks.
TCDM_VARIABLE_BYTES = 1 * KB
_ARENA_BYTES = TCDM.size - TCDM_VARIABLE_BYTES - NUM_CORES * STACK_BYTES
TCDM_ARENA = Region("TCDM_ARENA", TCDM.base, _ARENA_BYTES, "placed by the compiler")
TCDM_VARIABLES = Region("TCDM_VARIABLES", TCDM_ARENA.end, TCDM_VARIABLE_BYTES, "the runtime's variables")

# From the start of L2 code, constants and descriptors, then what the compiler places.
L2_FIRMWARE = Region("L2_FIRMWARE", L2.base, 384 * KB, "code, constants, descriptors")
L2_ARENA = Region("L2_ARENA", L2_FIRMWARE.end, L2.size - L2_FIRMWARE.size, "placed by the compiler")

DIVISION = (TCDM_ARENA, TCDM_VARIABLES, L2_FIRMWARE, L2_ARENA)
