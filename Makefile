# The few commands of this repository. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo test lint schemas generated bench screenshots clean

help: ## List these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## Create .venv and install Warmline with what the demo and the tests need

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Warmline needs Python 3.11 or newer; try: make setup PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[local,dev]'
	touch $(STAMP)

demo: setup ## Run everything here, on a broker and a Valkey of its own, and watch it
	$(BIN)/warmline demo $(ARGS)

test: setup ## Run every test that this machine has the parts for; say what was skipped and why
	$(BIN)/python -m pytest $(ARGS)

lint: setup ## ruff and mypy --strict
	$(BIN)/ruff check services tests deploy
	$(BIN)/ruff format --check services tests deploy
	$(BIN)/mypy

schemas: setup ## Write schemas/ anew from the contracts
	$(BIN)/warmline schemas generate

generated: setup ## Write anew what deploy/ and helm/ hold that is made from the code
	$(BIN)/python -m deploy.generate

image-test: setup ## Build the image for real and run it confined (needs a Docker engine, takes minutes)
	WARMLINE_TEST_IMAGE=build $(BIN)/python -m pytest tests/integration/test_image.py $(ARGS)

cluster-test: setup ## The chart on a real cluster (needs KUBECONFIG, Helm and the image; see tests/cluster)
	tests/cluster/run.sh

bench: setup ## Measure: model, windows, end to end; peers in an environment of their own
	$(BIN)/python -m tests.benchmarks $(ARGS)

screenshots: setup ## Take docs/screenshots anew, in Chromium, from a replay
	$(BIN)/python docs/screenshots/take.py

clean: ## Remove the environment and every cache in the checkout
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .warmline
