"""The server that transformers brings (ASSAY_SERVE_PYTHON; `make test-backends` installs it)."""

from support.conformance import Traits
from support.conformance_checks import EveryBackend
from support.conformance_served import EveryServer

SERVER = "transformers"


class TestTransformersServer(EveryBackend, EveryServer):
    """It takes words alone, so that chats are asked; one random generator serves all requests, so seeds do not hold."""

    traits = Traits(protocol="chat", seeds=False, keeps_special=False, min_p_first=False, own_prompt=True)
