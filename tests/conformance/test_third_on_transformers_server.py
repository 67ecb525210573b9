"""transformers's server with a third model."""

from support.conformance import Traits
from support.conformance_checks import ThirdModel
from support.conformance_served import EveryServer

SERVER, MODEL = "transformers", "third"


class TestThirdOnTransformersServer(ThirdModel, EveryServer):
    """See `support.third_model`. Its template writes the BOS that the template of the first model leaves out."""

    traits = Traits(protocol="chat", seeds=False, keeps_special=False, min_p_first=False)
