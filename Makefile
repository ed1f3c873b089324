# Scorehouse. `make serve` runs it, `make test` proves it; both do all set-up that is missing, once.
#
# Set-up needs Python 3.11 or later with pip, nothing else of the system: environments are made without
# ensurepip, which Debian ships in a separate package, and filled by the pip that is already there.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SDKS := $(patsubst %/requirements.in,%,$(wildcard tests/sdk/*/requirements.in benchmarks/peers/*/requirements.in))

export PIP_DISABLE_PIP_VERSION_CHECK := 1
INSTALL := $(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement

.DEFAULT_GOAL := help
.PHONY: help serve test check format docs bench bench-peers siege fuzz audit lock clean

help: ## say what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

serve: .venv/stamp-runtime ## serve on 127.0.0.1:4480 with the data in ./scorehouse-data
	$(BIN)/scorehouse serve

test: check ## run every check and every test, on as many cores as there are, up to four
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

check: .venv/stamp-test ## format, lint, types, imports between rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/stamp-test ## put the source into the one format
	$(BIN)/ruff check --fix-only --exit-zero --quiet .
	$(BIN)/ruff format .

docs: .venv/stamp-test ## write the tables of docs/dialects.md from what the dialects declare
	$(BIN)/python -m tests.matrix.table

bench: .venv/stamp-test ## measure against a bare floor in the same run
	@command -v wrk >/dev/null || { echo "make bench needs wrk to make the load: install the package 'wrk'."; exit 1; }
	$(BIN)/python -m benchmarks

bench-peers: .venv/stamp-test ## measure beside Arize Phoenix and MLflow, and write docs/benchmarks.md
	@command -v wrk >/dev/null || { echo "make bench-peers needs wrk to make the load: install the package 'wrk'."; exit 1; }
	$(BIN)/python -m benchmarks.peers

siege: .venv/stamp-test ## kill, starve, flood and soak it at full size: two hours; writes docs/reliability.md
	@command -v cc >/dev/null || { echo "make siege needs a C compiler to stand between the server and its disk."; exit 1; }
	$(BIN)/python -m siege all --record

MINUTES ?= 60
fuzz: .venv/stamp-test ## feed garbage to every decoder for MINUTES, 60 unless said otherwise
	$(BIN)/python -m siege.fuzzing --minutes $(MINUTES)

audit: .venvs/audit/stamp ## ask a vulnerability service about every locked package; needs one that can be reached
	@set -e; for lock in locks/*.txt tests/sdk/*/requirements.txt; do \
	  echo "auditing $$lock"; \
	  .venvs/audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner=off --requirement $$lock; \
	done

clean: ## remove what set-up and the checks made; ./scorehouse-data stays
	rm -rf .venv .venvs build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests benchmarks siege -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# ── Environments ──────────────────────────────────────────────────────────────────────────────────────────
# A stamp is newer than all that it was made from, so nothing is installed twice.

.venv/stamp-build: locks/build.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Scorehouse needs Python 3.11 or later; say which: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null \
	  || { echo "Set-up needs pip beside $(PYTHON): install the package 'python3-pip'."; exit 1; }
	@echo "setting up .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip .venv
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes --requirement $<
	@touch $@

.venv/stamp-runtime: locks/runtime.txt pyproject.toml .venv/stamp-build
	$(INSTALL) $<
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/stamp-test: locks/test.txt .venv/stamp-runtime
	$(INSTALL) $<
	@touch $@

# ── Locks ─────────────────────────────────────────────────────────────────────────────────────────────────
# Versions and hashes only: where packages come from is the business of each machine's pip.
# `make lock` keeps the versions that still fit; `make lock UPGRADE=--upgrade` takes the newest.

COMPILE = .venvs/lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
  --no-config --no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(UPGRADE)

lock: .venvs/lock/stamp ## resolve every lock file from its .in file
	$(COMPILE) --output-file=locks/build.txt locks/build.in
	$(COMPILE) --output-file=locks/lock.txt locks/lock.in
	$(COMPILE) --output-file=locks/audit.txt locks/audit.in
	$(COMPILE) --output-file=locks/runtime.txt pyproject.toml
	$(COMPILE) --output-file=locks/fuzz.txt --constraint=locks/runtime.txt pyproject.toml locks/fuzz.in
	$(COMPILE) --output-file=locks/test.txt --constraint=locks/runtime.txt pyproject.toml locks/test.in
	@set -e; for sdk in $(SDKS); do \
	  echo "locking $$sdk"; \
	  $(COMPILE) --output-file=$$sdk/requirements.txt $$sdk/requirements.in; \
	  if [ -f $$sdk/alone.in ]; then \
	    .venvs/lock/bin/python locks/alone.py $$sdk/alone.in >> $$sdk/requirements.txt; \
	  fi; \
	done

.venvs/lock/stamp: locks/lock.txt .venv/stamp-build
	$(PYTHON) -m venv --without-pip .venvs/lock
	$(BIN)/python -m pip --python .venvs/lock/bin/python install --quiet --require-hashes --requirement $<
	@touch $@

.venvs/audit/stamp: locks/audit.txt .venv/stamp-build
	$(PYTHON) -m venv --without-pip .venvs/audit
	$(BIN)/python -m pip --python .venvs/audit/bin/python install --quiet --require-hashes --requirement $<
	@touch $@
