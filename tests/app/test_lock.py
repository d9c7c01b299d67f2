# SPDX-License-Identifier: Apache-2.0
"""requirements.lock and pyproject.toml agree."""

import tomllib

from packaging.requirements import Requirement

from traindeploy.platform.paths import ROOT


def test_each_dependency_is_locked_at_a_version_that_pyproject_allows() -> None:
    lines = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
    pins = dict(line.split("==") for line in lines)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for line in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
        wanted = Requirement(line)
        assert wanted.name in pins, f"{wanted.name} is not in requirements.lock: run `make lock`"
        assert pins[wanted.name] in wanted.specifier, f"{line} excludes {pins[wanted.name]}: run `make lock`"
