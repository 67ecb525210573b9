"""llama.cpp's server with another model."""

from support.conformance_checks import AnotherModel
from support.conformance_served import EveryServer

SERVER, MODEL = "llama.cpp", "other"


class TestOtherOnLlamaServer(AnotherModel, EveryServer):
    """See `support.other_model`."""
