# The project's commands. `make` alone lists them.

PYTHON ?= python3
PORT ?= 8000
RUN_DATA ?= .data/run
VENV := .venv
BIN := $(VENV)/bin

# Python without an ending, which the tools do not find by themselves.
SCRIPTS := bin/services bin/check-composition bin/messages

# Settings that can be read, not servers that answer.
NO_SERVERS := DATABASE_URL=postgres://nobody@localhost/none BROKER_URL=memory://localhost REDIS_URL=memory://localhost

LINT_ENVIRONMENT := $(NO_SERVERS) SECRET_KEY=lint-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ \
	ALLOWED_HOSTS=energy.example.org HTTPS=true DEBUG=false

# Migrations are compared with the models; there is no database whose history could be wrong.
NO_HISTORY := -W "ignore:Got an error checking a consistent migration history:RuntimeWarning"

# Servers of its own, so that no test meets its worker; settings that need not be given.
DEVELOPMENT := PATH="$(abspath $(BIN)):$$PATH" DEBUG=true SITE_URL=http://localhost:$(PORT) \
	$(BIN)/python bin/services --data $(RUN_DATA) run postgres rabbitmq redis --

# What browsers load from npm, with Node from PyPI: the machine needs none.
CHARTS := frontend/built/energy/echarts.js
NPM := PATH="$(abspath $(BIN)):$$PATH" npm

.DEFAULT_GOAL := help
.PHONY: help demo run administrator test test-faults test-load lint format bench bench-settings bench-sockets bench-history bench-pages bench-import services services-stop lock messages screenshots lighthouse assets clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/demo-installed $(CHARTS) ## run all of it in one process on 127.0.0.1 (PORT=8000)
	@PORT=$(PORT) $(BIN)/python -m energy.demo

run: $(VENV)/dev-installed $(CHARTS) ## web server and worker, on servers of their own, started anew on changes (PORT=8000)
	@$(DEVELOPMENT) sh -ec 'python manage.py migrate --verbosity 0; python manage.py tell_where; exec honcho --procfile Procfile.dev start --port $(PORT)'

administrator: $(VENV)/dev-installed ## make an administrator for what make run starts
	@$(DEVELOPMENT) python manage.py createsuperuser

test: lint node_modules/all-installed ## lint, then all tests against real servers
	$(BIN)/python bin/services run -- $(BIN)/python -m pytest

test-faults: $(VENV)/dev-installed ## of these: break servers of their own under load (a few minutes)
	$(NO_SERVERS) $(BIN)/python -m pytest tests/faults

test-load: $(VENV)/dev-installed ## what is too heavy for these: tests/load, and what it measures (PARTS=)
	$(BIN)/python bin/services run -- $(BIN)/python -m pytest tests/load -s -v $(if $(PARTS),-k "$(PARTS)")

lint: $(VENV)/dev-installed ## format, rules, types, imports, migrations, deployment files
	$(BIN)/ruff format --check . $(SCRIPTS)
	$(BIN)/ruff check . $(SCRIPTS)
	$(LINT_ENVIRONMENT) $(BIN)/mypy --scripts-are-modules . $(SCRIPTS)
	$(BIN)/lint-imports --no-logo
	$(LINT_ENVIRONMENT) $(BIN)/python $(NO_HISTORY) manage.py makemigrations --check --dry-run --skip-checks
	$(LINT_ENVIRONMENT) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(LINT_ENVIRONMENT) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	$(BIN)/hadolint Dockerfile
	$(BIN)/yamllint --strict docker-compose.yml

format: $(VENV)/dev-installed ## let ruff format and mend what it can
	$(BIN)/ruff format . $(SCRIPTS)
	$(BIN)/ruff check --fix . $(SCRIPTS)

bench: $(VENV)/dev-installed ## measure ingestion, latency and memory in 20 minutes (PARTS=)
	$(BIN)/python bin/services run -- $(BIN)/python -m bench $(PARTS)

bench-settings: $(VENV)/dev-installed ## measure what prefetch, batch size and flush time change
	$(BIN)/python bin/services run -- $(BIN)/python -m bench settings

bench-sockets: $(VENV)/dev-installed ## measure 2 to 5,000 open pages on one web server
	$(BIN)/python bin/services run -- $(BIN)/python -m bench sockets

bench-history: $(VENV)/dev-installed ## measure history with 1, 10 and 100 million readings (SIZES=1m,10m)
	$(BIN)/python bin/services run -- $(BIN)/python -m bench history $(if $(SIZES),--sizes $(SIZES))

bench-pages: $(VENV)/dev-installed ## measure every page with 100 devices and 10 million readings
	$(BIN)/python bin/services run -- $(BIN)/python -m bench pages

bench-import: $(VENV)/dev-installed ## measure the import of a file with a million past readings
	$(BIN)/python bin/services run -- $(BIN)/python -m bench import

services: $(VENV)/dev-installed ## start private PostgreSQL, RabbitMQ and Redis
	@$(BIN)/python bin/services start
	@echo 'Use them with: eval "$$(bin/services env)"'

services-stop: ## stop them
	@$(PYTHON) bin/services stop

screenshots: $(VENV)/dev-installed node_modules/all-installed ## write pictures of all pages to screenshots/
	SCREENSHOTS=all $(BIN)/python bin/services run -- $(BIN)/python -m pytest tests/e2e/test_screenshots.py -q

lighthouse: $(VENV)/dev-installed node_modules/all-installed ## judge overview, device and alerts; fail below 95
	LIGHTHOUSE=run $(BIN)/python bin/services run -- $(BIN)/python -m pytest tests/e2e/test_lighthouse.py -q -s

assets: $(CHARTS) ## put together what browsers load from npm

messages: $(VENV)/dev-installed ## bring the translations up to date, compile them, list what is missing
	$(BIN)/python bin/messages

lock: $(VENV)/dev-installed ## pin all requirements again, with hashes
	$(BIN)/uv pip compile -q $(LOCK) pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q $(LOCK) --group assets -o requirements-assets.txt
	$(BIN)/uv pip compile -q $(LOCK) --extra demo -c requirements.txt pyproject.toml -o requirements-demo.txt
	$(BIN)/uv pip compile -q $(LOCK) --all-extras -c requirements-demo.txt pyproject.toml -o requirements-dev.txt

LOCK := --universal --generate-hashes --no-header --no-emit-index-url --upgrade

clean: ## delete everything that was made, the demo's data too
	rm -rf $(VENV) node_modules frontend/built/energy .data staticfiles screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A stamp a set of requirements: what is installed is installed once.
$(VENV)/demo-installed: requirements-demo.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-demo.txt
	@touch $@

$(VENV)/dev-installed: requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/demo-installed

$(VENV)/assets-installed: requirements-assets.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-assets.txt
	@touch $@

$(CHARTS): frontend/echarts.js package.json package-lock.json $(VENV)/assets-installed
	$(NPM) ci --silent --omit=dev --ignore-scripts
	$(NPM) run --silent build

# The tools that tests use in the browser, too.
node_modules/all-installed: package-lock.json $(CHARTS)
	$(NPM) ci --silent --ignore-scripts
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; set PYTHON=, for example: make PYTHON=python3.12 demo")'
	@$(PYTHON) -m venv $(VENV) || { echo 'The venv module is missing. On Debian or Ubuntu: apt-get install python3-venv'; rm -rf $(VENV); exit 1; }
