# make run | serve | test | check | bench | load | soak | lint | clean. Everything is installed into .venv
# on first use.
# PYTHON=python3.12 chooses an interpreter, ARGS="--server.port 8600" goes to streamlit (run),
# the server (serve), pytest (test) or the load clients (load, soak), PIP="--index-url ..." to pip.

PYTHON ?= $(shell sh scripts/find-python)
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
PIP ?=

# every process of a class, and of the tests, would compile the same files anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run serve test check bench load soak lint clean

run: $(VENV)/run.stamp
	$(BIN)/python -m streamlit run app.py $(ARGS)

# a class on one host: a process for each core behind nginx; ARGS=--help tells the options
serve: $(VENV)/run.stamp
	@exec $(BIN)/python -m deploy.serve $(ARGS)

test: $(VENV)/dev.stamp
	$(BIN)/python -m ruff check .
	$(BIN)/python -m scripts.chromium
	@$(BIN)/python -m compileall -q app.py core pages deploy benchmarks scripts tests
	$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder --assert=plain $(ARGS) || \
		{ echo "what failed once more, with what it compared:"; \
		$(BIN)/python -m pytest -n 1 --dist loadgroup --lf --lfnf none --maxfail 20 $(ARGS); exit 1; }

# the quick answer: no browser, no reference library
check: $(VENV)/dev.stamp lint
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not peer" --ignore=tests/browser $(ARGS)

bench: $(VENV)/dev.stamp
	$(BIN)/python -m scripts.chromium
	$(BIN)/python -m benchmarks

load: $(VENV)/dev.stamp
	$(BIN)/python -m scripts.chromium
	$(BIN)/python -m benchmarks.load $(ARGS)

# half an hour of a class, for memory that grows; ARGS="--minutes 6"
soak: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.soak $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

clean:
	rm -rf $(VENV) static/stage-* static/plotly-* screens .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/run.stamp: requirements.txt
	@sh scripts/make-venv "$(PYTHON)" "$(VENV)"
	$(BIN)/python -m pip install $(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.txt
	$(BIN)/python -m pip install --no-compile $(PIP) -r requirements-dev.txt
	@touch $@
