"""vllm's server with another model."""

from support.conformance_checks import AnotherModel
from support.conformance_served import EveryServer

SERVER, OTHER = "vllm", True


class TestOtherOnVllmServer(AnotherModel, EveryServer):
    """See `support.other_model`."""
