# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets. Everything below is built on demand; nothing but the system packages in README.md is assumed.

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3
JOBS   ?= 2

.PHONY: help sim test test-redmule nightly weekly bench-sim docs golden-c lint clean system
.DELETE_ON_ERROR:

help:  ## list the targets and variables
	@echo "TrainDeploy: RTL co-simulation of on-device training"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F '|' '{ printf "%-20s %s\n", $$1, $$2 }'
	@echo "variables of make sim (README.md has the table):"
	@sed -n '/generated options: begin/,/generated options: end/s/^| `\([A-Z_]*\)` | [^|]* | \([^|]*\) | \([^|]*\) | \([^|]*\) |$$/  \1|\2: \3 (\4)/p' README.md \
	  | tr -d '`' | awk -F '|' '{ printf "%-13s %s\n", $$1, $$2 }'

system:
	@PYTHON=$(PYTHON) sh tools/check_system.sh $(if $(WAVES),waves)

# One stamp per set of packages; the development set contains the other one.
$(BIN)/python: | system
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@test ! -e $(VENV)/.installed-dev || test pyproject.toml -nt $(VENV)/.installed-dev || { touch $@; exit 0; }; \
	  echo "installing Python packages into $(VENV)"; $(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "installing Python packages, tests' included, into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# Variables reach the program through the environment, as data: no shell reads their values.
sim: $(VENV)/.installed | system  ## run training steps on the RTL, check every tensor, write build/latest/report.html
	@TRAINDEPLOY_FROM_MAKE=1 $(BIN)/traindeploy sim

test: $(VENV)/.installed-dev | system  ## all tests, RTL included (pytest arguments: make test PYTEST='tests/report -k table')
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(PYTEST)

test-redmule: $(VENV)/.installed-dev | system  ## the matrix engine alone: random jobs, every small shape, queue, cycles
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup tests/rtl tests/golden/test_redmule_model.py -k redmule $(PYTEST)

nightly: $(VENV)/.installed-dev | system  ## the long tests: sweeps and 10,000 RedMule jobs
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m nightly $(PYTEST)

weekly: $(VENV)/.installed-dev | system  ## what the test plan keeps for the week: all mutants, many seeds
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m weekly $(PYTEST)

bench-sim: $(VENV)/.installed | system  ## how fast the simulation is, against bare cores; what checking and Python cost
	@$(BIN)/python -m traindeploy.app.bench_sim

docs: $(VENV)/.installed-dev  ## rewrite the generated tables of the documents
	@$(BIN)/python -m traindeploy.app.docs
	@$(BIN)/python -m traindeploy.platform.tables
	@$(BIN)/python -m traindeploy.records.schema
	@$(BIN)/python -m tests.plan

golden-c: $(VENV)/.installed-dev  ## rewrite the golden copies of cct_tiny's generated C (a meant change of the compiler)
	@$(BIN)/python -m tests.codegen.golden_c

lint: $(VENV)/.installed-dev | system  ## ruff, verilator -Wall, slang and verible on the RTL, licence headers
	@$(BIN)/ruff check .
	@$(BIN)/python tools/lint_spdx.py
	@$(BIN)/python tools/lint_rtl.py
	@$(BIN)/python tools/lint_slang.py
	@$(BIN)/python tools/lint_verible.py

clean:  ## remove everything that was built, the Python environment included
	rm -rf build $(VENV) .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
