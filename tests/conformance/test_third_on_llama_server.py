"""llama.cpp's server with a third model."""

from support.conformance import Traits
from support.conformance_checks import ThirdModel
from support.conformance_served import EveryServer, WordsAlone

SERVER, MODEL = "llama.cpp", "third"


class TestThirdOnLlamaServer(ThirdModel, WordsAlone):
    """It puts a blank before text that follows a special token, as SentencePiece's first tokenizers did: chats in words are others."""

    traits = Traits(blank_after_special=True)
    test_the_probe_is_true = EveryServer.test_the_probe_is_true
