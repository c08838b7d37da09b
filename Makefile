# Everything a contributor or a CI machine runs. Each target does all of its own set-up: on a fresh machine the first
# one makes .venv and installs the suite with the versions of constraints.txt; later ones find that done.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OUT := out
# The first interpreter that is new enough; 3.11 comes first because the constraints are tried out with it.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	"$$p" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
RUN ?=
TESTS ?= tests

# begin,WHAT prints what starts now; end prints how long it took. Both run in the one shell of a recipe.
begin = printf '==> %s\n' '$(1)'; began=$$SECONDS
end = printf '    done in %d s\n' "$$((SECONDS - began))"

.PHONY: help setup report test conformance lint bench bench-report mutants oracle screenshots findings repro steady clean

help: ## show this list
	@printf 'make TARGET, where TARGET is one of:\n\n'
	awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	printf '\nThe first one that runs something makes %s and installs three frameworks into it.\n' '$(VENV)'

setup: $(STAMP) ## make .venv and install the suite, the three frameworks and the developers' tools

$(STAMP): pyproject.toml constraints.txt hatch_build.py
	@if [ -z "$(PYTHON)" ]; then echo 'no Python 3.11 or newer was found; install one, or say `make PYTHON=/path/to/python`' >&2; exit 2; fi
	if [ ! -x $(BIN)/python ]; then
	    $(call begin,making the virtual environment $(VENV) with $(PYTHON))
	    "$(PYTHON)" -m venv $(VENV)
	    $(end)
	fi
	$(call begin,installing TensorFlow and PyTorch and JAX and the suite as constraints.txt pins them)
	$(PIP) install -c constraints.txt tensorflow-cpu torch jax -e '.[dev]'
	$(end)
	touch $@

report: $(STAMP) ## run all cases on the three frameworks; write out/report/report.html
	@$(call begin,running every case on TensorFlow and PyTorch and JAX)
	status=0
	$(BIN)/gradconf run --tier standard --output $(OUT)/report $(RUN) || status=$$?
	$(end)
	if [ -e $(OUT)/report/report.html ]; then printf '==> the report is at %s\n' "$$PWD/$(OUT)/report/report.html"; fi
	exit $$status

test: $(STAMP) ## run the tests of the suite itself
	@$(call begin,running the tests of the suite)
	$(BIN)/python -m pytest -q -n auto --dist loadfile --durations 10 $(TESTS)

conformance: $(STAMP) ## run the cases through pytest, each as an item
	@$(BIN)/python -m pytest -q -n auto cases

lint: $(STAMP) ## ruff check, ruff format --check, mypy
	@$(call begin,ruff check)
	$(BIN)/ruff check --quiet .
	$(end)
	$(call begin,ruff format --check)
	$(BIN)/ruff format --check --quiet . || { echo 'not formatted; `$(BIN)/ruff format .` does it'; exit 1; }
	$(end)
	$(call begin,mypy)
	$(BIN)/mypy
	$(end)

bench-report: $(STAMP) ## the size of the report page and how fast it answers, for 1,500 to 15,000 cells
	@$(BIN)/python -m conformance_reports.bench

bench: $(STAMP) ## the cost of the engine and of a run, and derivative cases beside the frameworks' own checks
	@$(BIN)/python -m conformance.bench

mutants: $(STAMP) ## run mutated adapters and print which cases catch them
	@$(BIN)/gradconf check --mutants

oracle: $(STAMP) ## prove every expected number by the independent reference
	@$(BIN)/gradconf check --oracle

screenshots: $(STAMP) ## take the two pictures of the README from out/report/report.html (needs chromium)
	@$(BIN)/python -m conformance_reports.screenshots $(OUT)/report/report.html reports/screenshots

findings: $(STAMP) ## write FINDINGS.md from the known failures of the derivative cases
	@$(BIN)/gradconf findings > FINDINGS.md.new
	mv FINDINGS.md.new FINDINGS.md

repro: $(STAMP) ## run the repro script of every cell in a bare interpreter, and hold it against the report
	@status=0
	$(call begin,running the repro scripts of cells in bare interpreters)
	$(BIN)/python -m conformance.standalone $(RUN) || status=1
	$(end)
	$(call begin,running the repro scripts of all findings)
	$(BIN)/python -m pytest -q -m every_cell tests/every_cell || status=1
	$(end)
	exit $$status

steady: $(STAMP) ## run the eager cells as planned, in random order and each in a new process, and compare verdicts
	@$(BIN)/python -m conformance.steady

clean: ## remove what the targets made, except .venv
	@rm -rf $(OUT) build dist .nox .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
