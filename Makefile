# Contributor and user commands. `make install` creates .venv; every other target uses it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help install quickstart test lint format bench docs clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## Create .venv and install everything into it (a second call does nothing)

$(STAMP): setup.py mmsar/version.py $(wildcard requirements/*.txt)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mmsar needs Python 3.11 or newer: make install PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements/constraints.txt -r requirements/torch.txt -e '.[all]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/hosts.txt
	touch $@

data/ports/val.json: | install
	python tools/dataset_converters/simulate_ports.py data/ports

QUICK := work_dirs/quickstart
PORTS := configs/quickstart/faster-rcnn_r18-slim_fpn_bridge_ports.py
quickstart: install data/ports/val.json ## Simulate ports, pre-train a bridge network, train a ship detector from it, test and draw (minutes on two cores)
	python tools/train.py configs/quickstart/bridge_r18-slim_ports.py --work-dir $(QUICK)/bridge
	python tools/analysis_tools/correlate_pairs.py configs/quickstart/bridge_r18-slim_ports.py
	python tools/model_converters/publish_backbone.py $(QUICK)/bridge $(QUICK)/bridge_sar.pth --branch sar
	python tools/train.py $(PORTS) --work-dir $(QUICK)/detector
	python tools/analysis_tools/cfar.py data/ports/val.json data/ports/images
	python tools/test.py $(PORTS) $(QUICK)/detector --work-dir $(QUICK)/detector --show-dir $(QUICK)/pictures
	@echo 'Predictions beside ground truth: $(QUICK)/pictures'

JOBS := 2
test: install ## Run the tests, JOBS=2 at a time
	python -m pytest -n $(JOBS) --dist loadfile

lint: install ## Check style and types
	ruff check .
	ruff format --check .
	codespell
	mypy

format: install ## Format the code
	ruff check --fix .
	ruff format .

bench: install data/ports/val.json ## Run the benchmarks
	python tools/benchmarks/data_time.py configs/quickstart/faster-rcnn_r18-slim_fpn_ports.py
	python tools/benchmarks/pair_pipeline.py
	python tools/benchmarks/bridge_step.py
	python tools/benchmarks/gradient_features.py
	python tools/benchmarks/saratrx_step.py
	python tools/benchmarks/ssnet_speed.py
	python tools/benchmarks/isar_pairs.py configs/ssnet/ssnet-tiny_x4_1xb8-5k_spacecraft.py

docs: install ## Build the documentation into docs/_build
	sphinx-build -W -q -b html docs docs/_build

clean: ## Remove .venv, caches and outputs of the quickstart
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache docs/_build data/ports work_dirs/quickstart
	find mmsar tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
