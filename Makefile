# fauxface: `make demo` and `make test` are all one needs; `make help` says the rest.

PYTHON  ?= python3
VENV    ?= .venv
WEIGHTS ?= default
DATA    ?= ../shared/data/index_all.csv
FIRST   ?= ../shared/data/index.csv
RUNS    ?= runs
WORKERS ?= 3

BIN  := $(VENV)/bin
CORE := $(VENV)/.core-installed
DEV  := $(VENV)/.dev-installed
DOCS := $(VENV)/.docs-installed
# They show their progress to people and keep quiet in a log. uv unpacks PyTorch in half a minute, pip in three;
# where uv cannot be had or fails, pip does it.
PIP     = $(BIN)/python -m pip install --disable-pip-version-check $$([ -t 2 ] || echo --quiet)
UV      = $(BIN)/uv pip install --python $(BIN)/python $$([ -t 2 ] || echo --quiet)
INSTALL = { $(PIP) uv && $(UV) $(1); } || { echo "uv did not manage; trying pip" >&2; $(PIP) $(1); }
FAIL    = { echo "error: $(1)" >&2; exit 2; }
, := ,

# Without byte code every start of Python compiles all packages anew: imports take twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check format docs rooms bench weights weights-resnet68 data-size steps results clean

help:
	@echo "make demo     judge the pictures in examples/ (installs the core, about 225 MB, under a minute)"
	@echo "make test     run all tests (installs everything with PyTorch, about 7 GB, some minutes)"
	@echo "make check    ruff, formatting, pyright"
	@echo "make format   let ruff repair style and formatting"
	@echo "make docs     build the documentation as a site into site/"
	@echo "make rooms    write the table of docs/architecture.md from tests/rooms.toml"
	@echo "make bench    measure speeds into benchmarks/results/ (on a quiet machine)"
	@echo "make weights  cross-validate and train the shipped detector again from DATA=$(DATA) (hours)"
	@echo "make weights-resnet68  the same for the paper's network at a quarter of its width, from FIRST=$(FIRST) too (hours)"
	@echo "make data-size  train the first two steps on 10% and 30% of the pictures too, for docs/results"
	@echo "make steps    measure the steps before the last one, for docs/results"
	@echo "make results  draw the plots and tables of docs/results/ again from stored predictions"
	@echo "make clean    remove $(VENV) and caches"
	@echo
	@echo "make test ARGS='-k cutout' runs some of the tests only."
	@echo "Needs Python 3.11 or newer; another one than python3:  make demo PYTHON=python3.12"

demo: $(CORE)
	@$(BIN)/fauxface predict --weights "$(WEIGHTS)" examples || $(call FAIL,the demo failed; the lines above say why)

# One thread of PyTorch a worker: several that spin on few cores slow each other down. Three workers, as some tests wait
# for a server or for a process to start.
test: $(DEV)
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	[ ! -x $(BIN)/hadolint ] || $(BIN)/hadolint Dockerfile

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Only reads the source, so it needs neither PyTorch nor the core.
docs: $(DOCS)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet && echo "the site is in site/"

rooms: | $(BIN)/python
	@$(BIN)/python tools/draw_rooms.py

bench: $(DEV)
	$(BIN)/python benchmarks/predict_speed.py
	$(BIN)/python benchmarks/input_speed.py
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/installed.py
	$(BIN)/python benchmarks/large_pictures.py

# The shipped detector, in six steps; each goes on after a stop. What is promised comes from the first one: five
# trainings that each miss some cameras and generators; see docs/training.md. It took three hours on two cores with AMX,
# beside other work.
weights: $(DEV)
	$(BIN)/fauxface crossval --data "$(DATA)" --out $(RUNS)/unseen --degraded 20 --allow-leak
	$(BIN)/fauxface train --data "$(DATA)" --recipe efficientnet-lite0 --out $(RUNS)/efficientnet-lite0 \
	  --crops $(RUNS)/unseen/crops --allow-leak
	$(BIN)/fauxface train --data "$(DATA)" --recipe efficientnet-lite0-longer --out $(RUNS)/efficientnet-lite0-longer \
	  --start-from $(RUNS)/efficientnet-lite0 --crops $(RUNS)/unseen/crops --allow-leak
	$(BIN)/fauxface train --data "$(DATA)" --recipe efficientnet-lite0-last --out $(RUNS)/efficientnet-lite0-last \
	  --start-from $(RUNS)/efficientnet-lite0-longer --crops $(RUNS)/unseen/crops --allow-leak
	$(BIN)/fauxface train --data "$(DATA)" --recipe efficientnet-lite0-averaged --out $(RUNS)/efficientnet-lite0-averaged \
	  --start-from $(RUNS)/efficientnet-lite0-last --crops $(RUNS)/unseen/crops --allow-leak
	$(EXPORT) --name efficientnet-lite0 --version 12 $(KNOWN_FAILURES) $(MEASURED_FAILURES) $(RUNS)/efficientnet-lite0-averaged \
	  --average-with $(RUNS)/efficientnet-lite0-last \
	  --crops $(RUNS)/unseen/crops --out-of-source $(RUNS)/unseen/out_of_source.parquet --degraded $(RUNS)/unseen/degraded \
	  --lowest-jpeg-quality 50 --out src/fauxface/weights/efficientnet_lite0

EXPORT = $(BIN)/fauxface export --half --data "$(DATA)" --no-perturbations \
  --max-missed-fakes 0.05 --max-accused 0.045 --least-colour 6 --smallest-side 64
KNOWN_FAILURES = \
  --known-failure "It judges a face that fills the picture as FFHQ frames it; a verdict on anything else means nothing." \
  --known-failure "It knows fakes of StyleGAN, StyleGAN2, StyleGAN2-ADA, studio GANs, SDXL and Stable Diffusion 2.1. It was never shown StyleGAN3, StyleGAN2 pictures of real faces (inversion), FLUX, DALL-E, Midjourney, Stable Diffusion 3 or any newer generator: many of those may pass as photographs." \
  --known-failure "It does not detect face swaps or retouching." \
  --known-failure "Photographs of a camera that it does not know are called fake far more often where most pictures of that look that it saw were fakes. See the worst camera in metrics.unseen_sources." \
  --known-failure "Its probabilities are calibrated for sources that it does not know, half of them photographs; in other mixtures they are off."
MEASURED_FAILURES = --known-failure "What it promises was counted on cameras and generators that were left out of training, by networks that were trained for a sixth as long as this one." \
  --known-failure "Its metrics count what its rules for small and for colourless faces do, but not that strongly compressed pictures and those without a face are called uncertain." \
  --known-failure "Brightening, and filters that raise contrast and colour, make most fakes pass." \
  --known-failure "Most fakes of SDXL and Stable Diffusion 2.1, which it knows, lie far from its training pictures by its measure of novelty: it calls them uncertain, not fake."
RESNET_FAILURES = --known-failure "What it promises was counted on cameras and generators that were left out of training, by networks that began with random weights; this one went on from weights that knew the first pack." \
  --known-failure "Its metrics count what its rules for small and for colourless faces do, but not that strongly compressed pictures and those without a face are called uncertain." \
  --known-failure "Brightening, and filters that raise contrast and colour, make most fakes pass."

# The paper's network at a quarter of its width (weights resnet68): four steps on the first pack, one on the whole pack. What
# it promises comes from five trainings from random weights that each miss some cameras and generators.
weights-resnet68: $(DEV)
	$(BIN)/fauxface crossval --data "$(DATA)" --recipe resnet68-slim-cutout --out $(RUNS)/unseen-resnet68 --degraded 20 --allow-leak
	$(BIN)/fauxface train --data "$(FIRST)" --recipe default-1-narrow --out $(RUNS)/default-1-narrow
	for step in 2 3 4; do \
	  $(BIN)/fauxface train --data "$(FIRST)" --recipe default-$$step-narrow --out $(RUNS)/default-$$step-narrow \
	    --start-from $(RUNS)/default-$$((step - 1))-narrow || exit; \
	done
	$(BIN)/fauxface train --data "$(DATA)" --recipe resnet68-slim-cutout-whole --out $(RUNS)/resnet68-slim-cutout-whole \
	  --start-from $(RUNS)/default-4-narrow --crops $(RUNS)/unseen-resnet68/crops --allow-leak
	$(EXPORT) --name resnet68-cutout --version 9 $(KNOWN_FAILURES) $(RESNET_FAILURES) $(RUNS)/resnet68-slim-cutout-whole \
	  --crops $(RUNS)/unseen-resnet68/crops \
	  --out-of-source $(RUNS)/unseen-resnet68/out_of_source.parquet --degraded $(RUNS)/unseen-resnet68/degraded \
	  --out src/fauxface/weights/resnet68_cutout

# The first two steps on 10%, 30% and all of the training pictures, measured on the same test pictures.
data-size: $(DEV)
	for share in 0.1 0.3; do \
	  $(BIN)/fauxface train --data "$(FIRST)" --recipe default-1-narrow --data-fraction $$share \
	    --out $(RUNS)/data-size-$$share-step-1 || exit; \
	  $(BIN)/fauxface train --data "$(FIRST)" --recipe default-2-narrow --data-fraction $$share \
	    --start-from $(RUNS)/data-size-$$share-step-1 --out $(RUNS)/data-size-$$share || exit; \
	  $(BIN)/fauxface evaluate --weights $(RUNS)/data-size-$$share --data "$(FIRST)" \
	    --out docs/results/data-size-$$share || exit; \
	done
	$(BIN)/fauxface evaluate --weights $(RUNS)/default-2-narrow --data "$(FIRST)" --out docs/results/data-size-1

# What the steps before the last one reach, and how they learned.
steps: $(DEV)
	for step in 1 2 3 4; do \
	  $(BIN)/fauxface evaluate --weights $(RUNS)/default-$$step-narrow --data "$(FIRST)" \
	    --out docs/results/step-$$step || exit; \
	  cp $(RUNS)/default-$$step-narrow/curves.csv docs/results/step-$$step/; \
	done

results: $(DEV)
	$(BIN)/python docs/results/draw.py
	$(BIN)/fauxface card --out docs/model-card.md --people docs/results/unseen-sources/attributes.json \
	  $(addprefix --examples ,$(wildcard examples/*.jpg))

clean:
	rm -rf "$(VENV)" .pytest_cache .ruff_cache .hypothesis build dist site

$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null || \
	  $(call FAIL,there is no '$(PYTHON)': install Python 3.11 or newer$(,) or name yours with PYTHON=/path/to/python3.12)
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  $(call FAIL,$$("$(PYTHON)" --version) is too old: fauxface needs 3.11 or newer; name a newer one with PYTHON=…)
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	  $(call FAIL,$(PYTHON) comes without venv: on Debian and Ubuntu  apt-get install python3-venv)
	@echo "making $(VENV) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv "$(VENV)" || \
	  { rm -rf "$(VENV)"; echo "error: $(VENV) could not be made; the lines above say why" >&2; exit 2; }

$(CORE): pyproject.toml | $(BIN)/python
	@echo "installing the core (once)"
	@$(call INSTALL,-e .) || $(call FAIL,installing failed; without a network there is nothing to install from. Then: make demo)
	@touch $@

$(DOCS): pyproject.toml | $(BIN)/python
	@echo "installing what the site needs (once)"
	@$(call INSTALL,-e '.[docs]') || $(call FAIL,installing failed; is there a network? Then: make docs)
	@touch $(CORE) $@

$(DEV): pyproject.toml | $(BIN)/python
	@echo "installing everything that the tests need: PyTorch and more, about 7 GB (once)"
	@$(call INSTALL,-e '.[dev]') || $(call FAIL,installing failed; is there a network$(,) and 7 GB of space? Then: make test)
	@touch $(CORE) $@
