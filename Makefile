# Each verb sets up what it needs: Python 3.11+ is enough, uv is used where present.
PYTHON ?= python3
PORT ?=

help: ## print the verbs
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

run: ## set up, migrate, load seed/ and serve (PORT=8000)
	@$(PYTHON) dev.py run $(PORT)

test: ## set up and run all tests, on SQLite and on PostgreSQL
	@$(PYTHON) dev.py test

check: ## format, lint, types, floors, generated docs
	@$(PYTHON) dev.py check

docs: ## write the generated parts of README.md and openapi.json anew
	@$(PYTHON) dev.py docs

bench: ## measure against peers at a million facts, write bench/RESULTS.md (ten minutes)
	@$(PYTHON) dev.py bench

bench-quick: ## the same at ten thousand facts, only to see that it works
	@$(PYTHON) dev.py bench --quick

drill: ## make every fault on purpose, write docs/drills.md (an hour)
	@$(PYTHON) dev.py drill

drill-cluster: ## the one of a whole cluster: servers and replicas die under readers (needs nginx)
	@$(PYTHON) dev.py drill cluster

lock: ## write the lock files anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml --group dev -o requirements-dev.lock

.DEFAULT_GOAL := help
.PHONY: help run test check docs bench bench-quick drill drill-cluster lock
