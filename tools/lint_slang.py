# SPDX-License-Identifier: Apache-2.0
"""Elaborate td_soc with slang, every configuration, all its warnings on but those of ``OFF``, each for a reason."""

import shlex
import sys
from pathlib import Path

from pyslang.driver import Driver

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tb.build.sources import CORE_INCLUDES, CORE_ROOT, RTL_INCLUDE, design_files  # noqa: E402
from traindeploy.platform import CONFIGS, HardwareConfig  # noqa: E402
from traindeploy.platform.generate import generate  # noqa: E402

OFF = {
    "case-redundant-default": "`unique case` with a default is the style: the default says what an illegal value does",
    "empty-output-connection": "an empty connection, .busy_o(), is how we say that an output is not used",
    "arith-op-mismatch": "Width'(1) of an integer is signed to slang; operands of one width are added alike",
    "sign-compare": "as above; == and < of a Width'(constant) that is not negative",
    "sign-conversion": "as above",
    "useless-cast": "a cast may be needed in another configuration only",
    "packed-array-conv": "vectors become arrays of elements of the same total width, which widths are checked for",
}


def lint(config: HardwareConfig) -> bool:
    """Whether td_soc in ``config`` elaborates without an error or a warning; they go to stderr."""
    generated = generate()
    options = [
        *("--top", "td_soc", "-Weverything", *(f"-Wno-{name}" for name in OFF)),
        *("--suppress-warnings", f"{CORE_ROOT}/..."),  # CV32E40P and CVFPU are used as published
        *(f"-G{name}={value}" for name, value in config.parameters.items()),
        *(f"-I{folder}" for folder in [*CORE_INCLUDES, RTL_INCLUDE, generated]),
    ]
    driver = Driver()
    driver.addStandardArgs()
    command = shlex.join(["slang", *options, *map(str, design_files(generated))])
    if not (driver.parseCommandLine(command) and driver.processOptions() and driver.parseAllSources()):
        return False
    driver.reportCompilation(driver.createCompilation(), True)
    clean: bool = driver.reportDiagnostics(True)
    return clean and driver.diagEngine.numWarnings == 0


def main() -> int:
    """Elaborate every configuration; 1 if one has findings."""
    status = 0
    for config in CONFIGS.values():
        clean = lint(config)
        print(f"slang, td_soc, {config.name}: {'clean' if clean else 'findings'}")
        status |= not clean
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
