"""The server that transformers brings (ASSAY_SERVE_PYTHON; `make test-backends` installs it)."""

from collections.abc import Iterator

import pytest

from support.conformance import Backend, Exact, ServerBackend, Traits
from support.conformance_checks import EveryBackend
from support.conformance_served import EveryServer
from support.served import Served, program_of


@pytest.fixture(scope="module")
def served(exact: Exact, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server."""
    server = Served(
        "transformers", program_of("transformers"), tmp_path_factory.mktemp("serve"), exact.folder
    )
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def backend(served: Served, exact: Exact) -> Backend:
    """How it is asked."""
    return ServerBackend(served, exact)


class TestTransformersServer(EveryBackend, EveryServer):
    """It takes words alone, so that chats are asked; one random generator serves all requests, so seeds do not hold."""

    traits = Traits(protocol="chat", seeds=False, keeps_special=False, min_p_first=False, own_prompt=True)
