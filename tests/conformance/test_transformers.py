"""The transformers backend, in this process."""

import pytest

torch = pytest.importorskip("torch")

from support.conformance import Backend, Exact, InProcess  # noqa: E402
from support.conformance_checks import EveryBackend  # noqa: E402


@pytest.fixture(scope="module")
def backend(exact: Exact) -> Backend:
    """How it is asked."""
    return InProcess(exact)


class TestTransformers(EveryBackend):
    """transformers 5, whatever release is installed."""
