# SPDX-License-Identifier: Apache-2.0
"""The target platform: the one source for compiler, firmware, RTL and bench.

``address_map`` what answers where, ``layout`` software's division of the memories, ``signals`` the numbers that parts
tell each other, ``configurations`` what can be built,
``configuration_file`` what a user's file adds, ``registers`` the register maps (from rtl/**/*.rdl).
``generate`` writes what RTL and firmware include, ``tables`` what docs/ shows.
"""

from traindeploy.platform.address_map import L2, L3, TCDM, Region
from traindeploy.platform.chip import FREQUENCY_HZ, NUM_CORES
from traindeploy.platform.configuration_file import configuration
from traindeploy.platform.configurations import CONFIGS, HardwareConfig
from traindeploy.platform.layout import L2_ARENA, L2_FIRMWARE, STACK_BYTES, TCDM_ARENA, TCDM_VARIABLES
from traindeploy.platform.registers import RegisterMap, register_map

__all__ = [
    "CONFIGS",
    "FREQUENCY_HZ",
    "L2",
    "L2_ARENA",
    "L2_FIRMWARE",
    "L3",
    "NUM_CORES",
    "STACK_BYTES",
    "TCDM",
    "TCDM_ARENA",
    "TCDM_VARIABLES",
    "HardwareConfig",
    "Region",
    "RegisterMap",
    "configuration",
    "register_map",
]
