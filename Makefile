# The two commands of the README. `make study` needs nothing but Python 3.11 (or newer) and pip.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: study test check clean

# The main job on embedded defaults: no network after the installation, no GPU. Run it again to resume.
study: $(STAMP)
	$(BIN)/assay study examples/study.toml

# What CI runs.
test: check
check: .venv/.installed-dev
	$(BIN)/ruff check src tests tools benchmarks
	$(BIN)/ruff format --check src tests tools benchmarks
	$(BIN)/mypy
	$(BIN)/pytest

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[transformers]'
	touch $@

.venv/.installed-dev: $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[transformers,dev]'
	touch $@

clean:
	rm -rf .venv assay-work
