# SPDX-License-Identifier: Apache-2.0
"""Write what RTL and firmware include into build/generated: ``python -m traindeploy.platform.generate``.

Files are rewritten only when they change, so that nothing is built again for nothing.
"""

from pathlib import Path

from traindeploy.platform import c, systemverilog
from traindeploy.platform.paths import GENERATED, RTL, write_if_changed
from traindeploy.platform.registers import load, map_files

ORIGIN = "Generated from traindeploy/platform; do not edit."


def generate(output: Path = GENERATED, maps: Path = RTL) -> Path:
    """Bring ``output`` up to date with the register maps under ``maps`` and return it; UserError if a map is wrong."""
    write_if_changed(output / "td_platform.h", c.platform_header(ORIGIN))
    write_if_changed(output / "td_platform_pkg.sv", systemverilog.platform_package(ORIGIN))
    for block, source in map_files(maps).items():
        registers, origin = load(source, output), f"Generated from {source.name}; do not edit."
        write_if_changed(output / f"td_{block}_reg_pkg.sv", systemverilog.register_package(registers, origin))
        write_if_changed(output / f"{block}_regs.h", c.register_header(registers, origin))
    return output


if __name__ == "__main__":
    print(generate())
