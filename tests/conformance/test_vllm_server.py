"""vLLM behind its own server (ASSAY_VLLM_PYTHON; `make test-backends` installs its CPU build)."""

from collections.abc import Iterator

import pytest

from support.conformance import Backend, Exact, ServerBackend
from support.conformance_checks import EveryBackend
from support.conformance_served import EveryServer
from support.served import Served, program_of


@pytest.fixture(scope="module")
def served(exact: Exact, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server."""
    server = Served("vllm", program_of("vllm"), tmp_path_factory.mktemp("vllm"), exact.folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def backend(served: Served, exact: Exact) -> Backend:
    """How it is asked."""
    return ServerBackend(served, exact)


class TestVllmServer(EveryBackend, EveryServer):
    """It takes token ids and every setting."""
