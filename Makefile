# Two commands are enough: `make demo` and `make test`. Each sets up what it needs first (see scripts/install.sh).
PYTHON_BIN := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help install demo up test conformance clients-test console-test alfred check format bench train-install train-test eval clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install:  ## Make .venv (4 to 10 minutes the first time; nothing to do after that)
	@scripts/install.sh

demo: install  ## Three sentences, on sample data in a temporary home
	@$(PYTHON_BIN) demo/demo.py

up: install  ## Start Deskhand on your own data, until Ctrl-C
	@.venv/bin/deskhand up

test: install  ## Run every test
	@$(PYTHON_BIN) -m pytest --numprocesses 2 --dist loadfile

clients-test: install  ## Check and test the clients in TypeScript (fetches Node.js when there is none)
	@scripts/clients-test.sh

alfred: install  ## Pack dist/Deskhand.alfredworkflow, and check it
	@$(PYTHON_BIN) clients/alfred/pack.py dist/Deskhand.alfredworkflow
	@$(PYTHON_BIN) clients/alfred/check.py dist/Deskhand.alfredworkflow

console-test: install  ## Drive the web console in a browser (fetches Playwright, and Chromium where none is)
	@scripts/console-test.sh

conformance: install  ## Test against clients that others wrote (fetches them, and Node.js where there is none)
	@scripts/conformance.sh

check: install  ## Lint, format, types, and who may import whom
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/pyright
	@.venv/bin/lint-imports

format: install  ## Put the code into its form
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench: install  ## Measure latency, overhead, memory, start-up and the console's first paint on this machine
	@$(PYTHON_BIN) -m tests.bench

train-install: install  ## Make training/.venv (torch and what else the models are made with)
	@scripts/train-install.sh

train-test: train-install  ## Every stage of the training pipeline, at tiny sizes
	@cd training && .venv/bin/python -m pytest

eval: train-install  ## Measure the models on held-out commands; tables and plots in docs/models.md
	@cd training && .venv/bin/python -m deskhand_training.evaluate

clean:  ## Remove what was built; your data and models stay
	@rm -rf .venv training/.venv build dist clients/raycast/node_modules clients/raycast/dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
