# `make` alone lists the targets. Everything runs inside .venv, installed from the hash-pinned lock.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test format lint types unit docs docs-write bench gauntlet mutants lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/installed: pyproject.toml requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv-gauntlet/installed: .venv/installed requirements-gauntlet.lock
	$(PYTHON) -m venv .venv-gauntlet
	.venv-gauntlet/bin/pip install --quiet --require-hashes -r requirements-gauntlet.lock
	@touch $@

demo: .venv/installed  ## Harvest the built-in sandbox account and look at the rows (no Zoom account needed)
	$(BIN)/python -m jobs.demo

test: format lint types docs unit  ## Everything CI runs: format, lint, types, docs in step, tests

format: .venv/installed  ## Check the formatting (fix: .venv/bin/ruff format .)
	$(BIN)/ruff format --check .

lint: .venv/installed  ## Check the lint rules
	$(BIN)/ruff check .

types: .venv/installed  ## Check the types, strictly
	$(BIN)/mypy

docs: .venv/installed  ## Check that generated documentation is in step with the code
	$(BIN)/python tests/generate_docs.py --check

docs-write: .venv/installed  ## Write the generated documentation
	$(BIN)/python tests/generate_docs.py

unit: .venv/installed  ## Run the tests only
	$(BIN)/python -m pytest -n 2 --dist loadfile

bench: .venv/installed  ## Measure speed as ratios against named rivals, in one run (some of it: make bench BENCH="wire --rounds 5")
	$(BIN)/python -m benchmarks $(BENCH)

gauntlet: .venv/installed .venv-gauntlet/installed  ## The long proofs and one table of them (some of it: make gauntlet GAUNTLET="--only kills")
	$(BIN)/python tests/gauntlet $(GAUNTLET)

mutants: .venv/installed  ## Make 54 mistakes in a copy of the code and see that the proofs notice them
	$(BIN)/python tests/mutants

lock: .venv/installed  ## Resolve the dependencies again, with hashes, into the lock files
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -q -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --group gauntlet --constraint requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -q -o requirements-gauntlet.lock

clean:  ## Remove the environment and everything that was built or harvested here by make
	rm -rf .venv .venv-gauntlet .mypy_cache .ruff_cache .pytest_cache .hypothesis dist demo
