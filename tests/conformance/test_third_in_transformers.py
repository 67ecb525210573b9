"""The transformers backend with a third model."""

import pytest

torch = pytest.importorskip("torch")

from support.conformance import Backend, Exact, InProcess  # noqa: E402
from support.conformance_checks import ThirdModel  # noqa: E402

MODEL = "third"


@pytest.fixture(scope="module")
def backend(exact: Exact) -> Backend:
    """How it is asked."""
    return InProcess(exact)


class TestThirdInTransformers(ThirdModel):
    """transformers 5, whatever release is installed."""
