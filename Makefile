# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets. Everything below is built on demand; nothing but the system packages in README.md is assumed.

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3
JOBS   ?= 2

.PHONY: help sim test test-redmule nightly weekly bench-sim docs hooks lock golden-c lint clean system
.DELETE_ON_ERROR:

help:  ## list the targets and variables
	@echo "TrainDeploy: RTL co-simulation of on-device training"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F '|' '{ printf "%-20s %s\n", $$1, $$2 }'
	@echo "variables of make sim (README.md has the table):"
	@sed -n '/generated options: begin/,/generated options: end/s/^| `\([A-Z_]*\)` | [^|]* | \([^|]*\) | \([^|]*\) | \([^|]*\) |$$/  \1|\2: \3 (\4)/p' README.md \
	  | tr -d '`' | awk -F '|' '{ printf "%-13s %s\n", $$1, $$2 }'

system:
	@PYTHON=$(PYTHON) sh tools/check_system.sh $(if $(WAVES),waves)

# One stamp per set of packages; the development set contains the other one. LOCKED=1 installs the versions of
# requirements.lock and has its own stamps, which a newer lock outdates.
INSTALLED     := $(VENV)/.installed$(if $(LOCKED),-locked)
INSTALLED_DEV := $(VENV)/.installed-dev$(if $(LOCKED),-locked)
DECLARED      := pyproject.toml $(if $(LOCKED),requirements.lock)
INSTALL       := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(LOCKED),--constraint requirements.lock)

$(BIN)/python: | system
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): $(DECLARED) | $(BIN)/python
	@test -e $(INSTALLED_DEV) && test -z "$$(find $(DECLARED) -newer $(INSTALLED_DEV))" || \
	  { echo "installing Python packages into $(VENV)"; $(INSTALL) -e .; }
	@touch $@

$(INSTALLED_DEV): $(DECLARED) | $(BIN)/python
	@echo "installing Python packages, tests' included, into $(VENV)"
	@$(INSTALL) -e '.[dev]'
	@touch $@

# Variables reach the program through the environment, as data: no shell reads their values.
sim: $(INSTALLED) | system  ## run training steps on the RTL, check every tensor, write build/latest/report.html
	@TRAINDEPLOY_FROM_MAKE=1 $(BIN)/traindeploy sim

test: $(INSTALLED_DEV) | system  ## all tests, RTL included (pytest arguments: make test PYTEST='tests/report -k table')
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(PYTEST)

test-redmule: $(INSTALLED_DEV) | system  ## the matrix engine alone: random jobs, every small shape, queue, cycles
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup tests/rtl tests/golden/test_redmule_model.py -k redmule $(PYTEST)

nightly: $(INSTALLED_DEV) | system  ## the long tests: sweeps and 10,000 RedMule jobs
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m nightly $(PYTEST)

weekly: $(INSTALLED_DEV) | system  ## what the test plan keeps for the week: all mutants, many seeds
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m weekly $(PYTEST)

bench-sim: $(INSTALLED) | system  ## how fast the simulation is, against bare cores; what checking and Python cost
	@$(BIN)/python -m traindeploy.app.bench_sim

docs: $(INSTALLED_DEV)  ## rewrite the generated tables of the documents
	@$(BIN)/python -m traindeploy.app.docs
	@$(BIN)/python -m traindeploy.platform.tables
	@$(BIN)/python -m traindeploy.records.schema
	@$(BIN)/python -m tests.plan

hooks: $(INSTALLED_DEV)  ## check each commit before it is made: ruff, mypy, licence headers, its first line
	@$(BIN)/pre-commit install

lock: $(INSTALLED_DEV)  ## upgrade all Python packages and write their versions to requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager -e '.[dev]'
	@$(BIN)/python tools/lock.py

golden-c: $(INSTALLED_DEV)  ## rewrite the golden copies of cct_tiny's generated C (a meant change of the compiler)
	@$(BIN)/python -m tests.codegen.golden_c

lint: $(INSTALLED_DEV) | system  ## ruff, mypy, verilator -Wall, slang and verible on the RTL, licence headers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python tools/lint_spdx.py
	@$(BIN)/python tools/lint_rtl.py
	@$(BIN)/python tools/lint_slang.py
	@$(BIN)/python tools/lint_verible.py

clean:  ## remove everything that was built, the Python environment included
	rm -rf build $(VENV) .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
