# The menu. Needs python3 (3.11 or newer) and make, nothing else.
VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.installed
LOCK := lock/dev.txt

.DEFAULT_GOAL := menu
.PHONY: menu setup demo test check format docs bench results lock clean

menu:
	@echo "make setup    install everything, at pinned versions, into $(VENV)"
	@echo "make demo     run the whole engine on a practice zone, end with where to look"
	@echo "make test     run the tests"
	@echo "make check    lint, types, layers, dependencies"
	@echo "make format   format the code"
	@echo "make docs     write the data dictionary from the catalogue"
	@echo "make results  evaluate the zone and the public cases (needs CREDIT_RISK_DATA), write evaluation/RESULTS.md"
	@echo "make bench    run the benchmarks against peers"
	@echo "make lock     resolve the lock files again"
	@echo "make clean    remove what demo and tests wrote"

setup: $(DONE)

$(DONE): $(LOCK) lock/installer.txt pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r lock/installer.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $(LOCK) || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(DONE)

demo: setup
	$(BIN)/credit-risk demo

test: setup
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

format: setup
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

docs: setup
	$(BIN)/credit-risk features dictionary --to docs/data_dictionary.md

bench: setup
	$(BIN)/python -m evaluation.bench

results: setup
	$(BIN)/python -m evaluation.results

lock: setup
	sh lock/lock.sh $(BIN)/uv

clean:
	rm -rf var evaluation/cases/*/var .pytest_cache .mypy_cache .ruff_cache .hypothesis
