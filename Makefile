# The two commands are `make run` and `make test`; the rest is for those who change the code.
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
HOST ?= 127.0.0.1
PORT ?= 8501
PYTHON ?= $(shell for python in python3.12 python3.13 python3.11 python3 python; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	>/dev/null 2>&1 && echo $$python && break; done)

.PHONY: run test test-fast check bench atlas format generate lock screenshots clean

run: $(VENV)/run.stamp
	$(BIN)/streamlit run app.py --server.address $(HOST) --server.port $(PORT)

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

test-fast: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow" $(ARGS)

check: $(VENV)/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks

generate: $(VENV)/test.stamp
	$(BIN)/python -m tests.generate

lock: $(VENV)/test.stamp
	$(BIN)/uv pip compile -q --universal --python-version 3.11 -o requirements.lock requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 -o tests/requirements.lock requirements.lock tests/requirements.txt

atlas: $(VENV)/run.stamp
	$(BIN)/python -m components.race.atlas

screenshots: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks.screenshots

format: $(VENV)/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/run.stamp: requirements.lock
	@test -n "$(PYTHON)" || { echo "Fusion Playground needs Python 3.11, 3.12 or 3.13 with its venv module. Received none. Install one, or name it: make PYTHON=/path/to/python run"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp tests/requirements.lock tests/install_browser.sh
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.lock
	sh tests/install_browser.sh $(BIN)/python
	touch $@
