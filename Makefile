# Each verb sets up what it needs: Python 3.11+ is enough, uv is used where present.
PYTHON ?= python3
PORT ?=

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

run: ## set up, migrate, load seed/ and serve (PORT=8000)
	@$(PYTHON) dev.py run $(PORT)

test: ## set up and run all tests, on SQLite and on PostgreSQL
	@$(PYTHON) dev.py test

check: ## format, lint, types, floors, generated docs
	@$(PYTHON) dev.py check

docs: ## regenerate parts of README.md and docs, and the examples in the OpenAPI document
	@$(PYTHON) dev.py docs

bench: ## compare with alternatives at a million facts, write bench/RESULTS.md (ten minutes, and the load)
	@$(PYTHON) dev.py bench

bench-quick: ## the same at a hundred thousand facts, as a quick check
	@$(PYTHON) dev.py bench 100000 --quick

bench-cost: ## compare the CPU of a request with a bare app's, write bench/RESULTS-cost.md (five minutes)
	@$(PYTHON) dev.py bench-cost

drill: ## run all fault drills, write docs/drills.md (two hours)
	@$(PYTHON) dev.py drill all

drill-cluster: ## the cluster drill: servers and replicas are killed while being read
	@$(PYTHON) dev.py drill cluster

lock: ## regenerate the lock files from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml --group dev -o requirements-dev.lock

.DEFAULT_GOAL := help
.PHONY: help run test check docs bench bench-quick bench-cost drill drill-cluster lock
