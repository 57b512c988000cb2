# Every command of the project. `make` alone lists them.
# uv makes the Python environment from uv.lock; it is fetched into .sandbox/ where it is missing.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Compiling each import anew makes everything slow; what is compiled is ignored by git.
unexport PYTHONDONTWRITEBYTECODE

UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv 2>/dev/null),.sandbox/uv/bin/uv)
RUN := $(UV) run --no-sync
# Paths are said relative, so that a checkout below a folder with a space in its name works.
PYTHON := .venv/bin/python

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

.sandbox/uv/bin/uv:
	@command -v python3 >/dev/null || { echo "python3: not found. Install Python 3.11 or newer." >&2; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python3 is $$(python3 -V). Install Python 3.11 or newer." >&2; exit 1; }
	@mkdir -p .sandbox && python3 -m venv .sandbox/uv && .sandbox/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# The stamp is inside the environment, so that removing .venv asks for a new one.
.venv/.locked: uv.lock pyproject.toml | $(filter .sandbox/%,$(UV))
	@$(UV) sync --locked --quiet && touch $@

.PHONY: setup
setup: .venv/.locked ## Make the Python environment (.venv) from uv.lock

.PHONY: demo
demo: setup ## Set up everything, release a good and a bad version under traffic, leave it running
	@$(PYTHON) -m sandbox demo

.PHONY: up
up: setup ## Start the sandbox, or fix it
	@$(PYTHON) -m sandbox up

.PHONY: down
down: setup ## Stop the sandbox; data stays (make down PURGE=1 removes it)
	@$(PYTHON) -m sandbox down $(if $(PURGE),--purge)

.PHONY: status
status: setup ## Show the sandbox's parts, addresses and users
	@$(PYTHON) -m sandbox status

QUICK := $(PYTHON) -m pytest -m "not sandbox and not pipelines and not terraform"
LIBRARY := tests/unit/fieldday tests/dags tests/compose

.PHONY: test-fast
test-fast: setup ## Unit tests: no network, no cluster, under a minute
	@echo "The library's tests and all others, side by side; each shows what it found at its end."
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-library test-others

.PHONY: test-library test-others
test-library: setup
	@$(QUICK) --cov --cov-report=term --cov-fail-under=90 $(LIBRARY)

test-others: setup
	@$(QUICK) tests services $(LIBRARY:%=--ignore=%)

.PHONY: test-terraform
test-terraform: setup ## Terraform: valid against current schemas, promises kept, scans clean
	@$(PYTHON) -m pytest -m terraform tests/terraform $(NAMED)

.PHONY: test-parts
test-parts: setup ## The sandbox's real parts
	@$(PYTHON) -m pytest -m sandbox tests $(NAMED)

.PHONY: test-services
test-services: setup ## The services as processes, with real stores; a smoke where they are as on main (FULL=1: all)
	@$(PYTHON) -m pytest -m "$$(FULL='$(FULL)' .ci/service-tests)" services $(NAMED)

.PHONY: test-releases
test-releases: setup ## Releases from form to record, under traffic, and all twelve services
	@$(PYTHON) -m pytest -m pipelines tests/pipelines/releases $(NAMED)

.PHONY: test-provisions
test-provisions: setup ## Provisioning and drift from form to record
	@$(PYTHON) -m pytest -m pipelines tests/pipelines/provisions $(NAMED)

# Much of a pipeline is waiting, so these run side by side, each group in a sandbox of its own.
SIDE_BY_SIDE := 3
SLOW := test-releases test-provisions test-parts test-services test-terraform
SHOWN := .sandbox/reports/shown

.PHONY: test
test: test-fast ## The tests: what is fast, then the rest side by side (SIDE_BY_SIDE=1 for less memory)
	@rm -rf $(SHOWN) && mkdir -p $(SHOWN)
	@$(MAKE) --no-print-directory --keep-going --jobs=$(SIDE_BY_SIDE) $(SLOW) \
		NAMED='-vv --durations=15 --durations-min=5 | sed -u "s/^/$$@: /" | tee $(SHOWN)/$$@' \
		|| { echo "Failed:"; grep -hE '^test-[a-z]+: (FAILED|ERROR) ' $(SHOWN)/*; exit 1; } >&2

.PHONY: test-all
test-all: ## All tests, with all of the services' own, whatever has changed
	@$(MAKE) --no-print-directory test FULL=1

.PHONY: bench-parse
bench-parse: setup ## Show what parsing each DAG file costs
	@PYTHONPATH=. $(PYTHON) -m tests.dags.parsing

.PHONY: fuzz
fuzz: setup ## Send the twelve services over 10,000 inputs made from their OpenAPI documents
	@FUZZ_INPUTS=$${FUZZ_INPUTS:-15000} $(PYTHON) -m pytest -m sandbox -s services/reference/tests/fleet/test_service_fuzz.py

.PHONY: lint
lint: setup ## Format, lint, types, layers, Terraform's format, lock files
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@PYTHONPATH=plugins:. .venv/bin/lint-imports
	@$(PYTHON) -m tests.terraform format --check
	@.venv/bin/hadolint services/reference/Dockerfile compose/airflow/Dockerfile
	@$(UV) lock --check --quiet
	@$(UV) export --frozen --no-dev --no-hashes --no-annotate --no-header --quiet | diff requirements.txt - \
		|| { echo "requirements.txt differs from uv.lock. Run 'make requirements.txt' and commit it." >&2; exit 1; }

.PHONY: format
format: setup ## Format the code and fix what ruff can fix
	@$(PYTHON) -m ruff format . && $(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m tests.terraform format

.PHONY: catalog
catalog: setup ## Write what is a copy of catalog.yaml: charts, docker-compose.yaml, documentation
	@PYTHONPATH=plugins $(PYTHON) -m fieldday.catalog

.PHONY: runbooks
runbooks: setup ## Write what is a copy of the DAGs' docstrings: runbooks/
	@$(PYTHON) runbooks/generate.py

.PHONY: mutate-terraform
mutate-terraform: setup ## See which of 240 seeded mistakes in the modules the tests notice (ARGS="--seed 2 vpc")
	@$(PYTHON) -m tests.terraform mutate $(ARGS)

.PHONY: terraform-readmes
terraform-readmes: setup ## Write what is a copy of the modules: their READMEs
	@$(PYTHON) -m tests.terraform readmes

requirements.txt: uv.lock | setup
	@$(UV) export --frozen --no-dev --no-hashes --no-annotate --no-header --quiet > $@
