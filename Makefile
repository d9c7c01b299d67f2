# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets. Everything below is built on demand; nothing but the system packages in README.md is assumed.

BIN  := .venv/bin
JOBS ?= 2

# What stands on make's command line is data: no $ in it is expanded, and no shell reads it but PYTEST's.
$(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),\
  $(eval override $(name) := $$(value $(name)))$(eval export $(name))))

.PHONY: help sim train verify test test-redmule nightly weekly bench-sim docs hooks lock golden-c lint clean
.DELETE_ON_ERROR:

help:  ## list the targets and variables
	@echo "TrainDeploy: RTL co-simulation of on-device training"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F '|' '{ printf "%-20s %s\n", $$1, $$2 }'
	@echo "kernels of make verify:"
	@grep -oh '"td_[a-z0-9_]*"' traindeploy/ops/*.py | tr -d '"' | sed 's/td_//' | tr '\n' ' ' | fold -s -w 110 | sed 's/^/  /'; echo
	@echo "variables of make sim (README.md has the table):"
	@sed -n '/generated options: begin/,/generated options: end/s/^| `\([A-Z_]*\)` | [^|]* | \([^|]*\) | \([^|]*\) | \([^|]*\) |$$/  \1|\2: \3 (\4)/p' README.md \
	  | tr -d '`' | awk -F '|' '{ printf "%-13s %s\n", $$1, $$2 }'

# .venv with what a run needs, what development needs, and what the tests need of the system besides.
ENVIRONMENT := sh tools/environment.sh

# Variables reach the program through the environment, as data: no shell reads their values.
sim:  ## run training steps on the RTL, check every tensor, write build/latest/report.html
	@$(ENVIRONMENT) run && TRAINDEPLOY_FROM_MAKE=1 $(BIN)/python -m traindeploy.app.cli sim

train:  ## train for epochs on the host in the chip's arithmetic (make train STRATEGY=lora2 EPOCHS=10 PROVE=3)
	@$(ENVIRONMENT) run && TRAINDEPLOY_FROM_MAKE=1 $(BIN)/python -m traindeploy.app.cli train

# Without KERNEL all of them.
verify:  ## kernels alone on the RTL, many cases each (make verify KERNEL=layernorm_grad CASES=2000)
	@$(ENVIRONMENT) run && KERNEL="$${KERNEL:-all}" TRAINDEPLOY_FROM_MAKE=1 $(BIN)/python -m traindeploy.app.cli verify

test:  ## all tests, RTL included (pytest arguments: make test PYTEST='tests/report -k table')
	@$(ENVIRONMENT) test
	@$(BIN)/python -m pytest -n "$(JOBS)" --dist loadgroup $(PYTEST)

test-redmule:  ## the matrix engine alone: random jobs, every small shape, queue, cycles
	@$(ENVIRONMENT) test
	@$(BIN)/python -m pytest -n "$(JOBS)" --dist loadgroup tests/rtl tests/golden/test_redmule_model.py -k redmule $(PYTEST)

# A regression: BUDGET=3h bounds it, JOBS=n is how much runs at once; it is resumed if it was interrupted.
nightly:  ## a push's and a night's part of the test plan, remembered, with a dashboard
	@$(ENVIRONMENT) test && TRAINDEPLOY_FROM_MAKE=1 $(BIN)/python -m traindeploy.app.cli regress --plan night

weekly:  ## all of the test plan: all mutants, many seeds
	@$(ENVIRONMENT) test && TRAINDEPLOY_FROM_MAKE=1 $(BIN)/python -m traindeploy.app.cli regress --plan week

bench-sim:  ## how fast the simulation is, against bare cores; what checking and Python cost
	@$(ENVIRONMENT) run
	@$(BIN)/python -m traindeploy.app.bench_sim

docs:  ## rewrite the generated tables of the documents
	@$(ENVIRONMENT) dev
	@$(BIN)/python -m traindeploy.app.docs
	@$(BIN)/python -m traindeploy.platform.tables
	@$(BIN)/python -m traindeploy.records.schema
	@$(BIN)/python -m tests.plan

hooks:  ## check each commit before it is made: ruff, mypy, licence headers, its first line
	@$(ENVIRONMENT) dev
	@$(BIN)/python -m pre_commit install

lock:  ## upgrade all Python packages and write their versions to requirements.lock
	@$(ENVIRONMENT) dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager -e '.[dev,farm]'
	@$(BIN)/python tools/lock.py

golden-c:  ## rewrite the golden copies of cct_tiny's generated C (a meant change of the compiler)
	@$(ENVIRONMENT) dev
	@$(BIN)/python -m tests.codegen.golden_c

lint:  ## ruff, mypy, verilator -Wall, slang and verible on the RTL, licence headers
	@$(ENVIRONMENT) dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/python -m mypy
	@$(BIN)/python tools/lint_spdx.py
	@$(BIN)/python tools/lint_rtl.py
	@$(BIN)/python tools/lint_slang.py
	@$(BIN)/python tools/lint_verible.py

clean:  ## remove everything that was built, the Python environment included
	rm -rf build .venv .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
