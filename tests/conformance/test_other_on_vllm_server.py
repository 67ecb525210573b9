"""vllm's server with another model."""

from support.conformance_checks import AnotherModel
from support.conformance_served import EveryServer

SERVER, MODEL = "vllm", "other"


class TestOtherOnVllmServer(AnotherModel, EveryServer):
    """See `support.other_model`."""
