"""The transformers backend, in this process."""

import pytest

torch = pytest.importorskip("torch")

from modelassay.core.measured import SamplingPlan  # noqa: E402
from modelassay.sampling.sampler import Wanted, remaining  # noqa: E402
from modelassay.sampling.transformers_engine import TransformersSampler  # noqa: E402
from support.conformance import Asked, Backend, Exact, gather  # noqa: E402
from support.conformance_checks import EveryBackend  # noqa: E402


class InProcess:
    """The engine of this process."""

    def __init__(self, exact: Exact) -> None:
        self._exact = exact

    def ask(self, plan: SamplingPlan, wanted: list[Wanted] | None = None) -> Asked:
        """On the CPU."""
        asked = Asked({})
        with TransformersSampler(
            self._exact.folder, plan, self._exact.problems, device="cpu", note=asked.notes.append
        ) as sampler:
            gather(asked, sampler.sample(wanted or remaining(plan, [])))
        return asked


@pytest.fixture(scope="module")
def backend(exact: Exact) -> Backend:
    """How it is asked."""
    return InProcess(exact)


class TestTransformers(EveryBackend):
    """transformers 5, whatever release is installed."""
