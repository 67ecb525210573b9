"""The transformers backend with another model."""

import pytest

torch = pytest.importorskip("torch")

from support.conformance import Backend, Exact, InProcess  # noqa: E402
from support.conformance_checks import AnotherModel  # noqa: E402

MODEL = "other"


@pytest.fixture(scope="module")
def backend(exact: Exact) -> Backend:
    """How it is asked."""
    return InProcess(exact)


class TestOtherInTransformers(AnotherModel):
    """transformers 5, whatever release is installed."""
