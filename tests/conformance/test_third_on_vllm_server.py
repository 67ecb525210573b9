"""vllm's server with a third model."""

from support.conformance_checks import ThirdModel
from support.conformance_served import EveryServer, WordsAlone

SERVER, MODEL = "vllm", "third"


class TestThirdOnVllmServer(ThirdModel, EveryServer, WordsAlone):
    """See `support.third_model`."""
