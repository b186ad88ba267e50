# Targets for running, testing and checking Nối; `make` alone lists them.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
RUN_STAMP := .venv/.installed
DEV_STAMP := .venv/.installed-dev
# One more than there are cores, for many tests wait for sockets and disks.
WORKERS := $(shell expr $$(nproc) + 1)
PYTEST := $(BIN)/pytest --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help run demo test test-long check format bench lock chromium clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## Start a network here (NOI_… variables and ./noi.toml are honoured)
	@exec $(BIN)/noi serve

demo: $(RUN_STAMP) ## Run three networks and their alliance's hub here, with people in them
	@exec $(BIN)/python tools/demo

test: $(DEV_STAMP) chromium ## Test everything on SQLite and PostgreSQL, pages in Chromium
	$(PYTEST) -n $(WORKERS) -m "not long"

test-long: $(DEV_STAMP) chromium ## Run the tests that take long (kill -9, large data, fuzzing)
	$(PYTEST) -n auto -m long

check: $(DEV_STAMP) ## Check style, types, floors and that everything is documented
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/test_documentation.py

format: $(DEV_STAMP) ## Put the code in its format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(DEV_STAMP) ## Measure the budgets of the design
	$(BIN)/python -m benchmarks

lock: $(DEV_STAMP) ## Renew the pinned versions (then review the difference)
	sh tools/lock.sh

# Where the browser is missing and may not be installed, its tests say so and are skipped.
chromium:
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } || true

clean: ## Remove the virtual environment and caches (never the data folder)
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache build src/*.egg-info

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Nối needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv .venv

$(RUN_STAMP): requirements.txt | .venv/bin/python
	@echo "Installing the pinned parts into .venv …"
	$(PIP) -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(RUN_STAMP)
	@echo "Installing the parts for tests and checks …"
	$(PIP) -r requirements-dev.txt
	@touch $@
