# fauxface: `make demo` and `make test` are all one needs; `make help` says the rest.

PYTHON  ?= python3
VENV    ?= .venv
WEIGHTS ?= default
DATA    ?= ../shared/data/index.csv
RUNS    ?= runs
WORKERS ?= 2

BIN  := $(VENV)/bin
CORE := $(VENV)/.core-installed
DEV  := $(VENV)/.dev-installed
# They show their progress to people and keep quiet in a log. uv unpacks PyTorch's 5 GB in half a minute, pip in three;
# where uv cannot be had or fails, pip does it.
PIP     = $(BIN)/python -m pip install --disable-pip-version-check $$([ -t 2 ] || echo --quiet)
UV      = $(BIN)/uv pip install --python $(BIN)/python $$([ -t 2 ] || echo --quiet)
INSTALL = { $(PIP) uv && $(UV) $(1); } || { echo "uv did not manage; trying pip" >&2; $(PIP) $(1); }
FAIL    = { echo "error: $(1)" >&2; exit 2; }
, := ,

# Without byte code every start of Python compiles all packages anew: imports take twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench weights data-size steps leave-one-out results clean

help:
	@echo "make demo     judge the pictures in examples/ (installs the core, about 200 MB, under a minute)"
	@echo "make test     run all tests (installs everything with PyTorch, about 5 GB, some minutes)"
	@echo "make check    ruff, formatting, pyright"
	@echo "make format   let ruff repair style and formatting"
	@echo "make bench    measure speeds into benchmarks/results/ (on a quiet machine)"
	@echo "make weights  train the shipped detector again from DATA=$(DATA) (hours)"
	@echo "make data-size  train the first two steps on 10 % and 30 % of the pictures too, for docs/results"
	@echo "make steps    measure the steps before the last one, for docs/results"
	@echo "make leave-one-out  how well generators are found that were not trained on (an hour), for docs/results"
	@echo "make results  draw the figures and tables of docs/results/ again from stored predictions"
	@echo "make clean    remove $(VENV) and caches"
	@echo
	@echo "make test ARGS='-k cutout' runs some of the tests only."
	@echo "Needs Python 3.11 or newer; another one than python3:  make demo PYTHON=python3.12"

demo: $(CORE)
	@$(BIN)/fauxface predict --weights "$(WEIGHTS)" examples || $(call FAIL,the demo failed; the lines above say why)

# One thread of PyTorch a worker: several that spin on few cores slow each other down.
test: $(DEV)
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	[ ! -x $(BIN)/hadolint ] || $(BIN)/hadolint Dockerfile

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)
	$(BIN)/python benchmarks/predict_speed.py
	$(BIN)/python benchmarks/input_speed.py
	$(BIN)/python benchmarks/startup.py

# How the shipped weights are exported: half precision, limits on both errors, and where they fail.
EXPORT = $(BIN)/fauxface export --version 6 --half --data "$(DATA)" \
  --max-false-positive-rate 0.0175 --max-false-negative-rate 0.05 --least-colour 6 \
  --limit "It judges a face that fills the picture as FFHQ frames it; a verdict on anything else means nothing." \
  --limit "It saw fakes of StyleGAN, StyleGAN2, StyleGAN2-ADA and one unknown portrait GAN; newer generators, diffusion models above all, were not measured and may pass as photographs." \
  --limit "It keeps known fakes from passing by calling some pictures uncertain, photographs above all: see metrics.test.said." \
  --limit "Each source but FFHQ and StyleGAN has one class and its own look, so good figures on those may be due to the look." \
  --limit "Fine traces tell how a picture was made smaller, too: photographs that were resized otherwise than any it learned from it more often calls fake or uncertain. Strong recompression, noise and screenshots leave few traces: there it often says uncertain, and in ways that it did not learn from more known fakes pass: of screenshots 14 %, of brightened pictures 13 %, blurred or with patches cut out 10 %, as WebP of quality 80 7 %, cropped to three quarters 4 %, at half the saturation 3 of 14. Filters and retouching were not measured." \
  --limit "On 270 fakes from elsewhere (263 of StyleGAN2), which took part in the choice of how traces are used, it called 11 % real (95 % interval: 8 to 16 %): more than it promises for the fakes of its own sources." \
  --limit "It was not measured whether it is equally good for all groups of people."

# Five steps, from a quarter of the width to the full width, then traces beside it; see docs/training.md. Each goes on
# after a stop. The slim weights are those of the fourth step, with traces as well.
weights: $(DEV)
	$(BIN)/fauxface train --data "$(DATA)" --recipe default-1-narrow --out $(RUNS)/default-1-narrow
	$(BIN)/fauxface train --data "$(DATA)" --recipe default-2-narrow --out $(RUNS)/default-2-narrow \
	  --start-from $(RUNS)/default-1-narrow
	$(BIN)/fauxface train --data "$(DATA)" --recipe default-3-narrow --out $(RUNS)/default-3-narrow \
	  --start-from $(RUNS)/default-2-narrow
	$(BIN)/fauxface train --data "$(DATA)" --recipe default-4-narrow --out $(RUNS)/default-4-narrow \
	  --start-from $(RUNS)/default-3-narrow
	$(BIN)/fauxface train --data "$(DATA)" --recipe default --out $(RUNS)/default --start-from $(RUNS)/default-4-narrow
	$(BIN)/fauxface add-traces $(RUNS)/default --data "$(DATA)" --out $(RUNS)/default-traces
	$(BIN)/fauxface add-traces $(RUNS)/default-4-narrow --data "$(DATA)" --out $(RUNS)/slim-traces
	$(EXPORT) $(RUNS)/default-traces --name resnet68-cutout-traces --out src/fauxface/weights/resnet68_cutout_traces
	$(EXPORT) $(RUNS)/slim-traces --name resnet68-slim-cutout-traces --out src/fauxface/weights/resnet68_slim_cutout_traces

# The first two steps on 10 %, 30 % and all of the training pictures, measured on the same test pictures.
data-size: $(DEV)
	for share in 0.1 0.3; do \
	  $(BIN)/fauxface train --data "$(DATA)" --recipe default-1-narrow --data-fraction $$share \
	    --out $(RUNS)/data-size-$$share-step-1 || exit; \
	  $(BIN)/fauxface train --data "$(DATA)" --recipe default-2-narrow --data-fraction $$share \
	    --start-from $(RUNS)/data-size-$$share-step-1 --out $(RUNS)/data-size-$$share || exit; \
	  $(BIN)/fauxface evaluate --weights $(RUNS)/data-size-$$share --data "$(DATA)" \
	    --out docs/results/data-size-$$share || exit; \
	done
	$(BIN)/fauxface evaluate --weights $(RUNS)/default-2-narrow --data "$(DATA)" --out docs/results/data-size-1

# Four short runs, each without one generator.
leave-one-out: $(DEV)
	$(BIN)/python docs/results/leave_one_out.py "$(DATA)" "$(RUNS)"

# What the steps before the last one reach, and how they learned.
steps: $(DEV)
	for step in 1 2 3 4; do \
	  $(BIN)/fauxface evaluate --weights $(RUNS)/default-$$step-narrow --data "$(DATA)" \
	    --out docs/results/step-$$step || exit; \
	  cp $(RUNS)/default-$$step-narrow/curves.csv docs/results/step-$$step/; \
	done

results: $(DEV)
	$(BIN)/python docs/results/draw.py
	$(BIN)/fauxface card --robustness docs/results/robustness --out docs/model-card.md \
	  $(addprefix --examples ,$(wildcard examples/*.jpg))

clean:
	rm -rf "$(VENV)" .pytest_cache .ruff_cache .hypothesis build dist

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

$(DEV): pyproject.toml | $(BIN)/python
	@echo "installing everything that the tests need: PyTorch and more, about 5 GB (once)"
	@$(call INSTALL,-e '.[dev]') || $(call FAIL,installing failed; is there a network$(,) and 5 GB of space? Then: make test)
	@touch $(CORE) $@
