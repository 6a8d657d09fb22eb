# The two commands are `make run` and `make test`; the rest is for those who change the code.
# All of the set-up is in run.py, which needs no make.
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
HOST ?= 127.0.0.1
PORT ?= 8501
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3 python,$(shell command -v $(name))))
RUN = $(or $(PYTHON),$(error Fusion Playground needs Python 3.11, 3.12 or 3.13, and found none. Install one, or name it: make PYTHON=/path/to/python run)) run.py

.PHONY: run test test-matrix test-all check setup bench atlas docs format generate lock clean

run:
	$(RUN) run --host $(HOST) --port $(PORT)

test test-matrix test-all:
	$(RUN) $@ $(ARGS)

check:
	$(RUN) check

setup:
	@$(RUN) setup

bench: setup
	$(BIN)/python -m benchmarks $(ARGS)

generate: setup
	$(BIN)/python -m tests.generate $(ARGS)

lock: setup
	$(BIN)/uv pip compile -q --universal --python-version 3.11 -o requirements.lock requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 -o tests/requirements.lock requirements.lock tests/requirements.txt

atlas: setup
	$(BIN)/python -m components.experiments.races.atlas

docs: setup
	$(BIN)/python -m zensical build --strict --clean
	cp docs/*.md build/site  # llms.txt links to them
	@echo "The documentation is in build/site: open build/site/index.html in a browser."

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
