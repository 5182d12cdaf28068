# The verbs of the project. Each does its own set-up: a virtual environment with the locked dependencies.
.PHONY: help wheel demo test check fix soak cluster mutants bench lists-bench pages-bench text-bench image-test lock docs reference pictures screens
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
DOCS := build/docs

help:  ## list the verbs
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

# What the machine says to pip counts only as far as it reaches packages; the lock says which, so nothing is resolved.
$(READY): requirements-dev.lock pyproject.toml tools/pip-settings
	python3 -m venv $(VENV)
	eval "$$(tools/pip-settings)" && \
	$(VENV)/bin/pip install --quiet --no-deps --require-hashes -r requirements-dev.lock && \
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable . && \
	$(VENV)/bin/pip check
	@touch $(READY)

demo: $(READY)  ## two minutes: sample rooms become findable, are edited, and are found anew (ARGS=--once ends after the tour)
	$(VENV)/bin/connector demo $(ARGS)

# Empty is unset: the connector is started a hundred times, and would compile itself each time.
# One worker more than there are cores: where a test waits for a process or a database, another one goes on.
test: export PYTHONDONTWRITEBYTECODE =
test: $(READY)  ## every test, about ten minutes on two cores
	$(PY) -m pytest -n $$(($$(nproc) + 1)) --dist worksteal tests

CLUSTER := tests/ledger/test_postgres.py tests/ledger/test_copying.py tests/rules tests/people tests/model \
	tests/runs/test_kills.py tests/runs/test_cut_wire.py tests/runs/test_upkeep.py
check: $(READY)  ## ruff and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

fix: $(READY)  ## let ruff mend what it can
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

SOAKED := tests/rules/test_switches.py tests/runs/test_kills.py tests/people/test_killed.py tests/text/test_text_fuzz.py \
	tests/ledger/test_postgres.py tests/runs/test_cut_wire.py $(shell grep -rlw every_other --include='test_*.py' tests)
soak: $(READY)  ## for an hour the models of everything that can happen; before that every test without short cuts, every combination, a kill at every call
	CONNECTOR_TEST_AS_IT_IS=1 $(PY) -m pytest -n auto --dist worksteal tests
	CONNECTOR_SOAK=300 $(PY) -m pytest -n auto --dist worksteal $(SOAKED)
	tools/soak $${CONNECTOR_SOAK_S:-3600}

cluster: $(READY)  ## an hour: rules, people, models and kills with each ledger on PostgreSQL; then services are killed, frozen and cut off
	CONNECTOR_TEST_LEDGER=postgresql $(PY) -m pytest -n auto --dist worksteal $(CLUSTER)
	CONNECTOR_CLUSTER=1 $(PY) -m pytest -v tests/engine/test_cluster.py tests/engine/test_shared_walk.py tests/engine/test_fate.py tests/engine/test_every_step.py
	$(if $(CONNECTOR_SOAK_S),tools/soak-cluster $(CONNECTOR_SOAK_S))

mutants: $(READY)  ## does any test notice when what decides is changed? survivors are explained in docs/mutants.md
	eval "$$(tools/pip-settings)" && $(VENV)/bin/pip install --quiet --no-deps --require-hashes -r requirements-mutants.lock
	nice $(VENV)/bin/mutmut run --max-children 2
	$(VENV)/bin/mutmut results

bench: $(READY)  ## how fast, and how much memory, against a bare loop; a quarter of an hour (ARGS=--quick; ARGS=--write for docs/performance.md)
	$(PY) -m bench $(ARGS)

lists-bench: $(READY)  ## what people look up, in a ledger of 10,000 and of a million documents; some minutes, 2.5 GB (ARGS="--large N")
	$(PY) -m bench.lists $(ARGS)

pages-bench: $(READY)  ## each page of the status page, over a ledger of 10,000 and of a million documents; some minutes, 2.5 GB (ARGS="--folder F" keeps them)
	$(PY) -m bench.pages $(ARGS)

text-bench: $(READY)  ## time, memory and words of every file of a folder, or of a corpus of its own (ARGS="FOLDER --out FILE")
	$(PY) -m bench.texts $(ARGS)

wheel: $(READY)  ## dist/interact_connector-VERSION-py3-none-any.whl, for pipx or an environment of your own
	$(PY) -m hatchling build -t wheel

docs: $(DOCS)/.ready  ## the manual as a site, in build/manual: open index.html in a browser; nothing is loaded from elsewhere
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --quiet
	@echo "The manual is in build/manual/index.html"

$(DOCS)/.ready: requirements-docs.lock tools/pip-settings
	python3 -m venv $(DOCS)
	eval "$$(tools/pip-settings)" && \
	$(DOCS)/bin/pip install --quiet --no-deps --require-hashes -r requirements-docs.lock && \
	$(DOCS)/bin/pip check
	@touch $(DOCS)/.ready

reference: $(READY)  ## docs/reference.md anew: settings, commands, exit codes, outcomes, reasons, metrics, as the code has them
	$(PY) -m tools.reference

screens: $(READY)  ## the golden screens of the terminal anew (tests/commands/screens); look at each before it is committed
	$(PY) -m tests.commands.shown

pictures: $(READY)  ## docs/pictures anew, by a browser that looks at a search and at the status page (needs Chromium)
	$(PY) -m tools.pictures

image-test:  ## build the container image with buildah, run the demo and the service in it (needs buildah and mmdebstrap)
	deploy/test-image

LOCKED := --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 -q
LOCK := uv pip compile pyproject.toml $(LOCKED)
lock:  ## resolve the dependencies anew (needs uv on the PATH)
	$(LOCK) --extra build -o requirements.lock
	$(LOCK) --extra build --extra cluster -c requirements.lock -o requirements-cluster.lock
	$(LOCK) --extra build --extra dev --extra cluster -c requirements-cluster.lock -o requirements-dev.lock
	$(LOCK) --extra build --extra dev --extra cluster --extra mutants -c requirements-dev.lock -o requirements-mutants.lock
	uv pip compile --group docs $(LOCKED) -o requirements-docs.lock
