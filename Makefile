# The few commands of this repository. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TOOLS := .venv-tools
INSTALL := -m pip install --quiet --disable-pip-version-check

.PHONY: help setup demo test lint schemas generated image-test cluster-test compose-test lock audit secrets bench \
    dashboards screenshots clean

help: ## List these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## Create .venv and install Warmline with what the demo and the tests need

$(STAMP): pyproject.toml locks/development.txt
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15) and "Warmline needs Python 3.11 to 3.14; try: make setup PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(INSTALL) --require-hashes --requirement locks/development.txt
	$(BIN)/python $(INSTALL) --no-deps --no-build-isolation --editable .
	touch $(STAMP)

$(TOOLS)/.installed: locks/tools.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python $(INSTALL) --require-hashes --requirement locks/tools.txt
	touch $@

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

compose-test: setup ## deploy/compose.yaml started for real, alerts on its topic (needs a Docker engine and the image)
	$(BIN)/python -m pytest tests/compose $(ARGS)

cluster-test: setup ## The chart on a real cluster (needs KUBECONFIG, Helm and the image; see tests/cluster)
	tests/cluster/run.sh

lock: $(TOOLS)/.installed ## Bring locks/ in step with pyproject.toml; ARGS=--upgrade takes newer versions as well
	UV=$(TOOLS)/bin/uv locks/lock.sh $(ARGS)

audit: $(TOOLS)/.installed ## Fail on a locked package with a known vulnerability; say what could not be looked up
	PYTHONPATH=. $(TOOLS)/bin/python -m tests.supply.audit $(ARGS)

secrets: setup ## Fail on a secret anywhere in the history (gitleaks, built with Go)
	$(BIN)/python -m tests.supply.secret_scan $(ARGS)

bench: setup ## Measure: model, windows, end to end; peers in an environment of their own
	$(BIN)/python -m tests.benchmarks $(ARGS)

dashboards: setup ## Draw docs/dashboards anew, from a replay under a real Prometheus
	$(BIN)/python -m docs.dashboards.draw $(ARGS)

screenshots: setup ## Take docs/screenshots anew, in Chromium, from a replay
	$(BIN)/python docs/screenshots/take.py

clean: ## Remove the environment and every cache in the checkout
	rm -rf $(VENV) $(TOOLS) .pytest_cache .mypy_cache .ruff_cache .hypothesis .warmline
