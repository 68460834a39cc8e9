# Needs git, GNU make (3.81 or later) and Python 3.11 or newer; everything else is installed into .venv.
# `make test ARGS="tests/unit -x"` hands arguments on; `make test PYTHON=python3.12 VENV=.venv-3.12` uses another Python.

VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core-installed
ALL := $(VENV)/.all-installed
UNFINISHED := $(VENV)/.unfinished
UV := .venv-lock/bin/uv
SOLARA := .venv-solara
QUICK := $(addprefix tests/,goldens mechanisms unit/base unit/evidence unit/scenario unit/model unit/engine)
LEFT_OUT := laws, studies, experiments, results, reports, sweeps, explanations, the page, the command line, documents
PYTHONS := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11 python)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run figures diagram first-result sensitivity twins mechanisms course kit rooms tiles test quick fuzz snapshots goldens lint hooks types imports check docs docs-serve
.PHONY: solara-example kills bench bench-waits bench-full bench-pairing bench-page lock check-platforms clean fresh-venv

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(CORE) ## install what is missing, then run the main job
	$(BIN)/maxpressure run $(ARGS)

figures: $(CORE) ## draw the README's picture anew
	$(BIN)/maxpressure run --out outputs/readme --force --quiet
	mkdir -p docs/pictures && cp outputs/readme/wave.png docs/pictures/wave.png

sensitivity: $(ALL) ## move levers and uncertainties together and write docs/sensitivity.md (some minutes)
	$(BIN)/python docs/build/sensitivity.py

twins: $(CORE) ## simulate the twins of docs/how-to/twins.md and write its tables (some minutes)
	$(BIN)/python docs/build/twins.py

diagram: $(CORE) ## draw the diagram of the model
	$(BIN)/python docs/build/model_picture.py

first-result: $(CORE) ## draw the annotated picture of docs/how-to/first-result.md
	$(BIN)/python docs/build/first_result.py

tiles: $(CORE) ## lay out the tile map anew, after a state was added
	$(BIN)/python docs/build/tiles.py

# Started again and again by the tests, Python need not read the sources anew each time.
test snapshots quick: export PYTHONDONTWRITEBYTECODE :=

test: $(ALL) ## install what is missing, then run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

quick: $(ALL) ## the tests to run after each edit, in under a minute
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not slow and not docs" $(QUICK) $(ARGS)
	@echo "Left out: tests marked slow, and $(LEFT_OUT). \`make test\` runs all."

kills: $(ALL) ## kill nine commands sixty times, run each again and compare (some ten minutes; ARGS="--kills 9 --seed 1")
	$(BIN)/python tests/kills.py $(ARGS)

fuzz: $(ALL) ## odd inputs for every reader for an hour (MINUTES=10 SEED=42 KINDS="scenario, link"; a fault again: INPUT=.fuzz/…)
	PYTHONPATH=tests $(BIN)/python -m fuzz.hour --minutes $(or $(MINUTES),60) $(if $(SEED),--seed $(SEED)) \
	    $(if $(WORKERS),--workers $(WORKERS)) $(if $(KINDS),--kinds "$(KINDS)") $(if $(INPUT),--input "$(INPUT)")

snapshots: $(ALL) ## write anew what the tests keep of pages and commands, word for word (git diff shows what changed)
	$(BIN)/python -m pytest -n auto --dist loadfile --snapshot-update $$(grep -rlw --include='test_*.py' snapshot tests) $(ARGS)

goldens: $(ALL) ## write the golden worlds anew and show what changed
	$(BIN)/python tests/golden_worlds.py

lint: $(ALL) ## look for faults in the code's form and in spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell

hooks: $(ALL) ## check form at each commit from now on (.pre-commit-config.yaml)
	$(BIN)/pre-commit install

types: $(ALL) ## check the package's types
	$(BIN)/mypy

imports: $(ALL) ## print the order of the rooms and check that imports run one way
	@sed -n '/^layers = \[/,/^\]/p' pyproject.toml
	$(BIN)/lint-imports

check: lint types imports docs ## lint, types, imports and the manual

solara-example: $(SOLARA)/.installed ## show the model in Mesa's SolaraViz: make its own environment, and test it
	$(SOLARA)/bin/python -m pytest --import-mode=prepend -p no:cacheprovider docs/examples/solara $(ARGS)
	@echo "To see it: $(SOLARA)/bin/solara run docs/examples/solara/app.py"

# Never quiet: with --quiet MkDocs passes broken links. Its notice about its own future is no fault of ours.
docs: $(ALL) ## build the manual into site/, refusing broken links
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

docs-serve: $(ALL) ## show the manual in a browser while it is written
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

bench: $(CORE) ## measure speed, memory and size, then waits, and write benchmarks/README.md (about twenty minutes)
	$(BIN)/python benchmarks/bench.py $(ARGS)
	$(BIN)/python benchmarks/waits.py

bench-waits: $(CORE) ## measure what a person waits for, against an earlier commit (ARGS="--rows run compare --base main~5")
	$(BIN)/python benchmarks/waits.py $(ARGS)

bench-pairing: $(CORE) ## measure how many fewer worlds paired comparisons need, and write that into benchmarks/README.md
	$(BIN)/python benchmarks/pairing.py $(ARGS)

bench-page: $(CORE) ## measure the page with thirty students beside Solara's page of an earlier commit (a quarter of an hour)
	$(BIN)/python benchmarks/page.py $(ARGS)

bench-full: $(CORE) ## the same, to a million worlds
	$(BIN)/python benchmarks/bench.py --full $(ARGS)

mechanisms: $(ALL) ## measure what each mechanism does and write docs/mechanisms.md (about a minute)
	$(BIN)/python docs/build/mechanisms.py $(ARGS)

course: $(ALL) ## take every exercise of docs/teaching and write their solutions (ARGS=--fresh: anew)
	$(BIN)/python docs/build/course.py $(ARGS)

kit: $(ALL) ## write the course kit into outputs/kit: an archive for students and one for teachers
	$(BIN)/python docs/build/kit.py

rooms: $(ALL) ## draw the map of the package's rooms and write its table in CONTRIBUTING.md
	$(BIN)/python docs/build/rooms.py

# Installing. A stamp is written only when all of an installation went well, and is out of date once a lock or
# pyproject.toml changes. A marker stands in the environment while packages are being installed: found there at
# the next start, it means that the last time broke off, and the environment is made anew.

$(CORE): requirements.lock pyproject.toml $(BIN)/python
	$(call install,$<)
	@touch $@

$(ALL): requirements-dev.lock pyproject.toml $(BIN)/python
	$(call install,$<)
	@touch $(CORE) $@

define install
@if [ -e $(UNFINISHED) ]; then \
    echo "The last installation did not finish: starting again with a new $(VENV)."; \
    $(MAKE) --no-print-directory fresh-venv; \
fi
@touch $(UNFINISHED)
$(BIN)/python -m pip --disable-pip-version-check install --require-hashes --only-binary :all: -r $(1)
@rm $(UNFINISHED)
$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-build-isolation --no-deps -e .
endef

# Solara for Vue 2 holds back Starlette and others, so the example that shows it has an environment of its own.
$(SOLARA)/.installed: docs/examples/solara/requirements.lock pyproject.toml $(BIN)/python
	rm -rf $(SOLARA)
	$(BIN)/python -m venv $(SOLARA)
	$(SOLARA)/bin/python -m pip --disable-pip-version-check install --require-hashes --only-binary :all: -r $<
	$(SOLARA)/bin/python -m pip --disable-pip-version-check install --quiet --no-build-isolation --no-deps -e .
	@touch $@

$(BIN)/python:
	@$(MAKE) --no-print-directory fresh-venv

fresh-venv:
	@tried=; for python in $(PYTHONS); do \
	    if reason=$$("$$python" -c "$$SUITABLE" 2>&1); then \
	        echo "Making $(VENV) with $$("$$python" --version)."; \
	        rm -rf $(VENV) && mkdir $(VENV) && touch $(UNFINISHED) \
	            && "$$python" -m venv $(VENV) && rm $(UNFINISHED); \
	        exit; \
	    fi; \
	    tried="$$tried  $$python: $$(echo "$$reason" | tail -n 1)$$newline"; \
	done; \
	echo "No Python here can make the environment. Tried:" >&2; \
	printf '%s' "$$tried" >&2; \
	echo "Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; \
	exit 1

define SUITABLE
import sys
if sys.version_info < (3, 11):
    sys.exit("is Python %d.%d, and 3.11 or newer is needed" % sys.version_info[:2])
try:
    import ensurepip, venv
except ImportError:
    sys.exit("lacks the modules venv and ensurepip (on Debian and Ubuntu: apt install python3-venv)")
endef
export SUITABLE

define newline


endef
export newline

# The locks: one resolution for every platform and Python, the core a part of the whole.

COMPILE = $(UV) pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet $(if $(UPGRADE),--upgrade)

lock: $(UV) ## write all locks anew after a change of the dependencies (UPGRADE=1: with the newest versions)
	$(COMPILE) --all-extras --output-file requirements-dev.lock
	$(COMPILE) --constraints requirements-dev.lock --output-file requirements.lock
	$(COMPILE) docs/examples/solara/requirements.in --constraints requirements.lock \
	    --output-file docs/examples/solara/requirements.lock

# Every pinned package must have a ready-made wheel; the full lock holds the core one. Intel Macs stop at Python 3.13,
# since no Numba was built for them afterwards.
check-platforms: $(UV) ## check the locks for the platforms that are not at hand, without installing
	@for platform in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu windows \
	        aarch64-apple-darwin x86_64-apple-darwin; do \
	    for version in 3.11 3.12 3.13 3.14; do \
	        [ $$platform-$$version = x86_64-apple-darwin-3.14 ] && continue; \
	        $(UV) pip compile requirements-dev.lock --no-deps --only-binary :all: --quiet --output-file /dev/null \
	            --python-platform $$platform --python-version $$version \
	            || { echo "The locks do not install on $$platform with Python $$version." >&2; exit 1; }; \
	        echo "$$platform, Python $$version: every package has its wheel"; \
	    done; \
	done

$(UV): $(BIN)/python
	$(BIN)/python -m venv .venv-lock
	.venv-lock/bin/python -m pip --disable-pip-version-check install --quiet uv==0.13.9

clean: ## remove the environments and caches; results stay
	rm -rf .venv .venv-* .fuzz .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
