"""llama.cpp's own server, over a GGUF file of the exact model."""

from collections.abc import Iterator

import pytest

from support.conformance import Backend, Exact, ServerBackend, Traits
from support.conformance_checks import EveryBackend
from support.conformance_served import EveryServer
from support.served import Served, program_of


@pytest.fixture(scope="module")
def served(exact: Exact, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server."""
    server = Served("llama.cpp", program_of("llama.cpp"), tmp_path_factory.mktemp("llama"), exact.folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def backend(served: Served, exact: Exact) -> Backend:
    """How it is asked."""
    return ServerBackend(served, exact)


class TestLlamaServer(EveryBackend, EveryServer):
    """It takes token ids and every setting; the text of special tokens it leaves out."""

    traits = Traits(keeps_special=False)
