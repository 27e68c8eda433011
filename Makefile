# The two commands: `make demo` and `make test`. Everything else is for developers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: demo test check bench models clean

demo: $(VENV)/.runtime
	@$(BIN)/krasae demo --folder demo

test: check
	$(BIN)/pytest -n 2 -p no:cacheprovider

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/gates.py

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(DATA)

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Krasae needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ...")'
	@echo "Setting up $(VENV) (once) ..."
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.runtime

# Retrain the shipped models: make models DATA=folder (docs/models says which data).
models: $(VENV)/.dev
	$(BIN)/python -m nlp.training.sentiment --data "$(DATA)"
	$(BIN)/python -m nlp.training.embeddings --data "$(DATA)"

clean:
	rm -rf $(VENV) demo
