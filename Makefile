# Lightbox: install, run, test. `make help` lists what there is; everything runs from .venv, which make builds itself.

PORT ?= 8501
SEED ?= 0
# TensorFlow 2.21 has no wheels for Python 3.14 yet. Debian's python3 comes without ensurepip, which venv needs.
FITS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
            if $$p -c '$(FITS)' 2>/dev/null; then echo $$p; break; fi; done)
IN_VENV := .venv/bin/python

export TF_CPP_MIN_LOG_LEVEL ?= 2

# $(call require,COMMAND,SENTENCE): end with the sentence where the command fails.
require = @$(1) >/dev/null 2>&1 || { echo "$(2)" >&2; exit 1; }

NO_PYTHON := Lightbox needs Python 3.11, 3.12 or 3.13 with its venv module: apt-get install python3 python3-venv
NO_CHROMIUM := The tests need a Chromium browser: apt-get install chromium
PORT_TAKEN := Port $(PORT) is taken: stop what listens there, or choose another one with make run PORT=$$(($(PORT) + 1))

HAS_CHROMIUM := { command -v chromium || command -v chromium-browser || command -v google-chrome; }
PORT_IS_FREE := $(IN_VENV) -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))'

.DEFAULT_GOAL := help
.PHONY: run test test-quick check bench torture pictures lock clean help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

run: .venv/ready ## install and start Lightbox on http://127.0.0.1:8501 (PORT=… for another one)
	$(call require,$(PORT_IS_FREE),$(PORT_TAKEN))
	@echo "Lightbox is at http://127.0.0.1:$(PORT)"
	@exec .venv/bin/streamlit run app.py --server.port=$(PORT)

test: .venv/ready ## every test, in minutes; needs Chromium
	$(call require,$(HAS_CHROMIUM),$(NO_CHROMIUM))
	@exec $(IN_VENV) -m pytest

test-quick: .venv/ready ## most tests, in minutes; no browser
	@exec $(IN_VENV) -m pytest -m "not slow"

check: .venv/ready ## lint, formatting and types
	$(IN_VENV) -m ruff check
	$(IN_VENV) -m ruff format --check
	$(IN_VENV) -m mypy

bench: .venv/ready ## measure what the README's figures say
	@exec $(IN_VENV) -m benchmarks

torture: .venv/ready ## kill, fill up and cut off 65 trainings; none may lose anything (about 18 minutes; SEED=…)
	@exec $(IN_VENV) -m benchmarks.torture --seed $(SEED)

pictures: .venv/ready ## take the guides' pictures anew, after the app has changed; look at them before you commit
	$(call require,$(HAS_CHROMIUM),$(NO_CHROMIUM))
	@LIGHTBOX_RENEW_PICTURES=1 exec $(IN_VENV) -m pytest tests/browser/test_guide_pictures.py

lock: .venv/ready ## pin what requirements.txt and requirements-dev.txt ask for
	.venv/bin/uv pip compile --quiet --generate-hashes --universal --no-header --python-version 3.11 --no-emit-index-url \
	    requirements.txt requirements-dev.txt -o requirements.lock

clean: ## remove .venv and the caches; var/ with its scans, runs and models stays
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +

# An install that was cut short leaves no stamp and goes on at the next make; a .venv without a working pip is built anew.
.venv/ready: requirements.lock
	$(call require,$(or $(PYTHON),false) -c '$(FITS)',$(NO_PYTHON))
	@$(IN_VENV) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Lightbox is installing into .venv (about two minutes, 3 GB) …"
	@$(IN_VENV) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@
