# SPDX-License-Identifier: Apache-2.0
"""Lint rtl/ with ``verilator --lint-only -Wall``, every configuration; rtl/waivers.vlt has the waivers and reasons."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tb.build import toolchain  # noqa: E402
from tb.build.sources import CORE_CONTROL, CORE_INCLUDES, RTL_INCLUDE, design_files  # noqa: E402
from traindeploy.platform import CONFIGS, HardwareConfig  # noqa: E402
from traindeploy.platform.generate import generate  # noqa: E402
from traindeploy.platform.paths import RTL  # noqa: E402


def lint(config: HardwareConfig) -> int:
    """Verilator's exit status for the whole SoC in ``config``; its messages go to stderr."""
    verilator = toolchain.find_verilator()
    generated = generate()
    command = [
        str(verilator.executable),
        *("--lint-only", "-Wall", "--no-timing", "--top-module", "td_soc"),
        *(f"-G{name}={value}" for name, value in config.parameters.items()),
        *(f"-I{folder}" for folder in [*CORE_INCLUDES, RTL_INCLUDE, generated]),
        str(RTL / "waivers.vlt"),
        str(CORE_CONTROL),
        *(str(path) for path in design_files(generated)),
    ]
    result = subprocess.run(
        command, env={**os.environ, **verilator.environment}, capture_output=True, text=True, check=False
    )
    if result.returncode:
        print(result.stdout + result.stderr, file=sys.stderr)
    return result.returncode


def main() -> int:
    """Lint every configuration; 1 if one has warnings."""
    status = 0
    for config in CONFIGS.values():
        failed = lint(config) != 0
        print(f"verilator -Wall, td_soc, {config.name}: {'warnings' if failed else 'clean'}")
        status |= failed
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
