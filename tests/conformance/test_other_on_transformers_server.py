"""transformers's server with another model."""

from support.conformance import Traits
from support.conformance_checks import AnotherModel
from support.conformance_served import EveryServer

SERVER, MODEL = "transformers", "other"


class TestOtherOnTransformersServer(AnotherModel, EveryServer):
    """See `support.other_model`."""

    traits = Traits(protocol="chat", seeds=False, keeps_special=False, min_p_first=False)
